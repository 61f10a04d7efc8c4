// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What `convolve check` compares: a layer and how it is computed.
struct CheckedLayer: Codable, Equatable, Sendable {
    let layer: Layer
    let threads: Int
    /// As asked, `auto` included.
    let algorithm: String
    let isa: String

    var title: String { "\(layer.name) (\(threads) \(threads == 1 ? "thread" : "threads"))" }
}

/// A line for `convolve bench --serve`.
struct ServeRequest: Encodable {
    let item: CheckedLayer
    let repetitions: Int

    private enum CodingKeys: String, CodingKey {
        case algorithm, isa, threads, repetitions
    }

    func encode(to encoder: any Encoder) throws {
        try item.layer.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(item.algorithm, forKey: .algorithm)
        try container.encode(item.isa, forKey: .isa)
        try container.encode(item.threads, forKey: .threads)
        try container.encode(repetitions, forKey: .repetitions)
    }
}

/// What is read of the answer: only fields that every version of the tool promises.
struct ServeAnswer: Decodable, Equatable {
    let layer: String
    let resolved: String
    let isa: String
    let threads: Int
    let minMs: Double
    let gflops: Double
    let peakFraction: Double

    enum CodingKeys: String, CodingKey {
        case layer, resolved, isa, threads, gflops
        case minMs = "min_ms"
        case peakFraction = "peak_fraction"
    }

    /// The arithmetic peak of one thread, in GFLOP/s, measured beside the repetitions.
    var peak: Double { gflops / peakFraction / Double(threads) }

    /// Whether the numbers can be those of a measurement.
    var isPlausible: Bool {
        minMs.isFinite && minMs > 0 && peak.isFinite && peak > 0
    }
}

extension Layer: Encodable {
    private enum Keys: String, CodingKey {
        case name, op, rank, n, c, size, k, kernel, stride, padding, dilation, groups, count, layout
        case outputPadding = "output_padding"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(op, forKey: .op)
        try container.encode(rank, forKey: .rank)
        try container.encode(n, forKey: .n)
        try container.encode(c, forKey: .c)
        try container.encode(size, forKey: .size)
        try container.encode(k, forKey: .k)
        try container.encode(kernel, forKey: .kernel)
        try container.encode(stride, forKey: .stride)
        switch padding {
        case .amounts(let amounts): try container.encode(amounts, forKey: .padding)
        case .same: try container.encode("same", forKey: .padding)
        case .valid: try container.encode("valid", forKey: .padding)
        case .pairs(let values):
            let pairs = Swift.stride(from: 0, to: values.count, by: 2).map { [values[$0], values[$0 + 1]] }
            try container.encode(pairs, forKey: .padding)
        }
        try container.encode(dilation, forKey: .dilation)
        try container.encode(groups, forKey: .groups)
        try container.encodeIfPresent(outputPadding, forKey: .outputPadding)
        try container.encodeIfPresent(count, forKey: .count)
        try container.encodeIfPresent(layout?.rawValue, forKey: .layout)
    }
}
