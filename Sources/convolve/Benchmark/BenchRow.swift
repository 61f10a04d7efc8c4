// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

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

    // Rows of older versions lack the fields below.

    var op: String?
    var inputShape: [Int]?
    var weightShape: [Int]?
    var outputShape: [Int]?
    var stride: [Int]?
    /// Before and after each axis.
    var pads: [Int]?
    var dilation: [Int]?
    var groups: Int?
    var layout: String?
    /// The median over that of the fastest row of the same layer and setting; nil where it was timed alone.
    var timesFastest: Double?
    /// Operations of the direct convolution for each byte of the input, the weight and the output.
    var intensity: Double?
    /// The most that peak and bandwidth allow at this intensity; with `--roofline`.
    var attainableGflops: Double?
    /// Measured on as many bytes as the tensors have and as many threads; with `--roofline`.
    var bandwidth: Double?
    /// Making a plan: choosing and packing; with `--calls`.
    var planMs: Double?
    /// The first run of a plan; with `--calls`.
    var firstRunMs: Double?
    /// A call of conv1d, conv2d or conv3d with the weights as they are; with `--calls`.
    var functionalMs: Double?

    enum CodingKeys: String, CodingKey {
        case layer, algorithm, resolved, isa, executor, threads, spread, repetitions, gflops, count
        case minMs = "min_ms"
        case medianMs = "median_ms"
        case peakFraction = "peak_fraction"
        case maxError = "max_error"
        case workspaceBytes = "workspace_bytes"
        case isAutomaticChoice = "automatic_choice"
        case timesFastest = "times_fastest"
        case intensity = "arithmetic_intensity"
        case attainableGflops = "attainable_gflops"
        case bandwidth = "bandwidth_gb_s"
        case planMs = "plan_ms"
        case firstRunMs = "first_run_ms"
        case functionalMs = "functional_ms"
        case op, stride, pads, dilation, groups, layout
        case inputShape = "input_shape"
        case weightShape = "weight_shape"
        case outputShape = "output_shape"
    }

    /// What rows must share to be compared: all but the algorithm.
    struct Setting: Hashable {
        let isa: String
        let executor: String
        let threads: Int

        var text: String { "\(isa), \(threads) \(threads == 1 ? "thread" : "threads"), \(executor)" }
    }

    var setting: Setting { Setting(isa: isa, executor: executor, threads: threads) }

    /// Takes over what the layer computes, so that a row can be read without its table.
    mutating func note(_ problem: ConvolutionProblem) {
        let axes = problem.spatialAxes
        op = Operation(rank: problem.rank).rawValue
        (inputShape, weightShape, outputShape) = (problem.inputShape, problem.weightShape, problem.outputShape)
        (stride, dilation, groups) = (axes.map(\.stride), axes.map(\.dilation), problem.groups)
        pads = axes.flatMap { [$0.before, $0.after] }
        layout = (problem.layout == .channelsFirst ? LayoutArgument.nchw : .nhwc).rawValue
    }

    /// Times that scatter more than this are marked.
    static let steadySpread = 1.15
    /// Of fewer times than this the spread says nothing.
    static let fewestForSpread = 3
    var isUnsteady: Bool { repetitions >= BenchRow.fewestForSpread && spread > BenchRow.steadySpread }
}

/// The rows of one layer.
struct LayerResult: Sendable {
    let layer: Layer
    let rows: [BenchRow]

    init(layer: Layer, rows: [BenchRow]) {
        self.layer = layer
        self.rows = rows.map { row in
            let peers = rows.filter { $0.setting == row.setting }
            guard peers.count > 1, let best = peers.map(\.medianMs).min(), best > 0 else { return row }
            var row = row
            row.timesFastest = row.medianMs / best
            return row
        }
    }

    /// The settings in their order.
    var settings: [BenchRow.Setting] { rows.map(\.setting).uniqued() }

    /// The row with the least median time.
    func fastest(in setting: BenchRow.Setting) -> BenchRow? {
        rows.filter { $0.setting == setting }.min { $0.medianMs < $1.medianMs }
    }

    /// What `auto` takes in this setting; nil if that was not timed. Timed twice, by `auto` and by name, it is one
    /// computation, and the lower median is the less disturbed.
    func automaticChoice(in setting: BenchRow.Setting) -> BenchRow? {
        rows.filter { $0.setting == setting && $0.isAutomaticChoice }.min { $0.medianMs < $1.medianMs }
    }

    /// How many times faster than im2col in the same setting; nil if that was not timed.
    func speedOverIm2col(_ row: BenchRow) -> Double? {
        rows.first { $0.resolved == Algorithm.im2col.rawValue && $0.setting == row.setting }
            .map { $0.medianMs / row.medianMs }
    }
}

extension Sequence where Element: Hashable {
    /// The elements in their order, each once.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// The geometric mean of positive numbers; 1 of none.
func geometricMean(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 1 }
    return exp(values.map { log($0) }.reduce(0, +) / Double(values.count))
}
