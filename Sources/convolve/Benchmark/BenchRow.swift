// SPDX-License-Identifier: Apache-2.0

import Convolution

/// One line of the benchmark: one layer, computed in one way.
struct BenchRow: Codable, Equatable, Sendable {
    let layer: String
    /// As asked, `auto` included.
    let algorithm: String
    /// The algorithm that ran.
    let resolved: String
    let isa: String
    let executor: String
    let threads: Int
    let minMs: Double
    let medianMs: Double
    /// The 90th percentile of the times over the 10th.
    let spread: Double
    let repetitions: Int
    /// Of the direct convolution's multiplications and additions, in the median time.
    let gflops: Double
    /// gflops over that of the multiply-add probe on as many threads; above 1 where the algorithm multiplies less.
    let peakFraction: Double
    /// Relative to the largest output, against the double-precision reference.
    let maxError: Double
    let workspaceBytes: Int
    /// How often the network has the layer.
    let count: Int
    /// Whether `--algorithm auto` takes this algorithm here.
    let isAutomaticChoice: Bool

    enum CodingKeys: String, CodingKey {
        case layer, algorithm, resolved, isa, executor, threads, spread, repetitions, gflops, count
        case minMs = "min_ms"
        case medianMs = "median_ms"
        case peakFraction = "peak_fraction"
        case maxError = "max_error"
        case workspaceBytes = "workspace_bytes"
        case isAutomaticChoice = "automatic_choice"
    }

    /// What rows must share to be compared: all but the algorithm.
    struct Setting: Hashable {
        let isa: String
        let executor: String
        let threads: Int
    }

    var setting: Setting { Setting(isa: isa, executor: executor, threads: threads) }

    /// Times that scatter more than this are marked.
    static let steadySpread = 1.15
    var isUnsteady: Bool { spread > BenchRow.steadySpread }
}

/// The rows of one layer.
struct LayerResult: Sendable {
    let layer: Layer
    let rows: [BenchRow]

    /// The index of the row with the least median time; nil without rows.
    var fastest: Int? { rows.indices.min { rows[$0].medianMs < rows[$1].medianMs } }

    /// How many times faster than im2col in the same setting; nil if that was not timed.
    func speedOverIm2col(_ row: BenchRow) -> Double? {
        rows.first { $0.resolved == Algorithm.im2col.rawValue && $0.setting == row.setting }
            .map { $0.medianMs / row.medianMs }
    }
}
