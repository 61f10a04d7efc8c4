// SPDX-License-Identifier: Apache-2.0

import Convolution

/// A pooling of inputs of one shape that is ready to run, into memory of the caller and allocating nothing: its windows are
/// found and its work is cut for threads once.
///
/// ```swift
/// let pool = try PoolingPlan.maximum(inputShape: [1, 64, 112, 112], rank: 2, kernelSize: 3, stride: 2, padding: 1)
/// var y = try Tensor.zeros(pool.outputShape)
/// try pool.run(x, into: &y)
/// ```
///
/// `maxPool2d` and the like are the same for a single call. A plan is immutable and may be run by any number of threads at
/// once.
public struct PoolingPlan: Sendable {
    enum Reduction: Sendable {
        case maximum, average
    }

    /// (N, C, *size), or without N; the channels last in that layout.
    public let inputShape: [Int]
    /// The same with the output's size.
    public let outputShape: [Int]

    let reduction: Reduction
    let rows, columns: PoolingAxis
    let layout: TensorLayout
    let channels: Int
    /// Planes of the input with the channels first, images with the channels last.
    let planes: Int
    /// Whether there is one window, which is all of a plane: the mean of each channel.
    let isOfWholePlanes: Bool
    /// The number of elements of input and output.
    let inputCount, outputCount: Int

    private let options: ConvolutionOptions
    private let threads: Int
    private let phases: [Int]

    /// The taps that a task has at least: a few microseconds of work.
    private static let tapsPerTask = 1 << 15

    init(
        _ input: PoolingInput, inputShape: [Int], _ reduction: Reduction, axes: [PoolingAxis],
        options: ConvolutionOptions
    ) throws(ConvolutionError) {
        self.inputShape = inputShape
        outputShape = input.shape(size: axes.map(\.outputSize))
        self.reduction = reduction
        rows = axes.count == 2 ? axes[0] : .absent
        columns = axes[axes.count - 1]
        layout = input.layout
        channels = input.channels
        planes = (input.batch ?? 1) * (layout == .channelsFirst ? input.channels : 1)
        isOfWholePlanes = rows.isWhole && columns.isWhole
        inputCount = try elementCount(inputShape)
        outputCount = try elementCount(outputShape)
        self.options = options
        threads = try options.threadCount
        // In floating point: a count that overflows is large.
        let taps = axes.reduce(Double(outputCount)) { $0 * max(1, Double($1.span / $1.dilation)) }
        let tasks = min(Double(planes * rows.outputSize), taps / Double(Self.tapsPerTask), Double(4 * threads))
        phases = [threads == 1 ? 1 : max(1, Int(tasks))]
    }

    /// Runs the pooling. Allocates nothing.
    ///
    /// - Parameters:
    ///   - input: The plan's `inputShape`, row-major.
    ///   - output: The plan's `outputShape`, row-major. All of it is written.
    /// - Throws: `ConvolutionError.countMismatch` if a span does not have as many elements as its tensor.
    public func run(input: Span<Float>, output: inout MutableSpan<Float>) throws(ConvolutionError) {
        guard input.count == inputCount else {
            throw .countMismatch(tensor: "input", expected: inputCount, got: input.count)
        }
        guard output.count == outputCount else {
            throw .countMismatch(tensor: "output", expected: outputCount, got: output.count)
        }
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress, outputCount > 0 else { return }
                let run = Run(plan: self, input: input, output: output)
                guard phases[0] > 1 else { return run.run(phase: 0, task: 0, worker: 0) }
                phases.withUnsafeBufferPointer { phases in
                    parallelRegion(
                        options.executor, threads: threads, phases: phases,
                        spinMicroseconds: options.spinMicroseconds, movesWorkers: options.movesWorkers, run)
                }
            }
        }
    }

    /// Runs the pooling into a tensor that is there already. Allocates nothing if the output shares its memory with no
    /// other tensor.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if a shape is not the plan's; the output is then as before.
    public func run(_ input: Tensor, into output: inout Tensor) throws(ConvolutionError) {
        guard input.shape == inputShape else {
            throw .shapeMismatch(tensor: "input", expected: inputShape, got: input.shape)
        }
        guard output.shape == outputShape else {
            throw .shapeMismatch(tensor: "output", expected: outputShape, got: output.shape)
        }
        try output.makeUniqueToOverwrite()
        var elements = output.mutableSpan
        try run(input: input.span, output: &elements)
    }

    /// The pooling in a new tensor of the plan's `outputShape`.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if the input's shape is not the plan's.
    public func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        var output = try Tensor(uninitializedShape: outputShape)
        try run(input, into: &output)
        return output
    }

    /// One run's tasks: each has some rows of the output.
    private struct Run: RegionBody {
        let plan: PoolingPlan
        let input: UnsafePointer<Float>
        let output: UnsafeMutablePointer<Float>

        func run(phase: Int, task: Int, worker: Int) {
            let count = plan.planes * plan.rows.outputSize
            let tasks = plan.phases[0]
            let rows = (count * task / tasks)..<(count * (task + 1) / tasks)
            switch plan.reduction {
            case .maximum: plan.pool(rows, input, output, by: Maximum.self)
            case .average: plan.pool(rows, input, output, by: Sum.self)
            }
        }
    }

    private func pool<By: PoolingReduction>(
        _ rows: Range<Int>, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, by: By.Type
    ) {
        for row in rows {
            let (plane, index) = row.quotientAndRemainder(dividingBy: self.rows.outputSize)
            if layout == .channelsFirst {
                poolRowOfPlane(plane, index, input, output, by: by)
            } else {
                poolRowOfPixels(plane, index, input, output, by: by)
            }
        }
    }
}
