// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The roof over a layer: what the peak of multiply-adds and the memory's bandwidth allow together.
struct Roofline: Equatable, Sendable {
    /// Of all threads, in 10^9 operations a second.
    let peak: Double
    /// Of all threads, in 10^9 bytes a second.
    let bandwidth: Double

    /// The most that an algorithm of `intensity` operations a byte can reach.
    func attainable(intensity: Double) -> Double { min(peak, intensity * bandwidth) }

    /// Operations of the direct convolution for each byte of the tensors, each read or written once.
    static func intensity(_ problem: ConvolutionProblem) -> Double {
        let bytes = tensorBytes(problem)
        return bytes > 0 ? 2 * problem.multiplications / Double(bytes) : 0
    }

    static func tensorBytes(_ problem: ConvolutionProblem) -> Int {
        (problem.inputCount + problem.weightCount + problem.outputCount) * MemoryLayout<Float>.stride
    }
}

/// The bandwidths of this run, each measured once.
struct BandwidthProbe {
    private struct Key: Hashable {
        let instructionSet: InstructionSet
        let threads: Int
        let bytes: Int
    }

    /// Several times the last-level cache of most processors.
    static let memoryBytes = 256 << 20

    private var known: [Key: Double] = [:]

    /// Of so many bytes; of main memory at most. Nil where it cannot be measured.
    mutating func bandwidth(_ instructionSet: InstructionSet, threads: Int, bytes: Int) -> Double? {
        let key = Key(
            instructionSet: instructionSet, threads: threads, bytes: min(bytes, BandwidthProbe.memoryBytes))
        if let bandwidth = known[key] { return bandwidth }
        let bandwidth = MachineProbe.streamGigabytesPerSecond(
            instructionSet: instructionSet, threads: threads, bytes: key.bytes)
        known[key] = bandwidth
        return bandwidth
    }
}

/// The fastest row of each layer under its roof.
struct RooflineView {
    private let results: [LayerResult]

    init(_ results: [LayerResult]) {
        self.results = results
    }

    private func table(style: Style) -> TextTable? {
        let hasBars = style.bars != .none
        let hasSettings = results.flatMap(\.settings).uniqued().count > 1
        let columns = [
            TextTable.Column("layer"), TextTable.Column("setting", dispensable: hasSettings ? nil : 3),
            TextTable.Column("fastest"),
            TextTable.Column("flop/B", .right, dispensable: 1), TextTable.Column("limit"),
            TextTable.Column("roof", .right, dispensable: 2), TextTable.Column("reached", .right),
            TextTable.Column("% of roof", .right), hasBars ? TextTable.Column("", dispensable: 4) : nil,
        ]
        var table = TextTable(columns.compactMap(\.self))
        for result in results {
            for setting in result.settings {
                guard let row = result.fastest(in: setting), let intensity = row.intensity,
                    let bandwidth = row.bandwidth,
                    let attainable = row.attainableGflops, attainable > 0
                else { continue }
                let share = row.gflops / attainable
                let cells = [
                    singleLine(row.layer), "\(row.isa), \(row.threads)", row.resolved, fixed(intensity, 1),
                    intensity * bandwidth > attainable ? "peak" : "memory", compact(attainable), compact(row.gflops),
                    fixed(share * 100, 0), hasBars ? style.bar(share, width: 12) : nil,
                ]
                table.add(cells.compactMap(\.self))
            }
        }
        return table.rows.isEmpty ? nil : table
    }

    private static let explanation = """
        flop/B: operations for each byte of input, weight and output. Roof, in GFLOP/s: the peak, or flop/B times the \
        bandwidth of memory as large as the tensors, if that is less. winograd and fft, which do fewer operations than \
        are counted, can pass it.
        """

    func text(style: Style) -> String {
        guard let table = table(style: style) else { return "" }
        let lines = style.paragraph(RooflineView.explanation, indent: 2)
        return style.bold("Roofline") + "\n" + table.text(style: style, indent: 2) + style.faint(lines)
    }

    var markdown: String {
        guard let table = table(style: .plain) else { return "" }
        return "Roofline. " + RooflineView.explanation + "\n\n" + table.markdown
    }
}
