// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A convolution, or a transposed one, that is ready to run: its algorithm chosen, its weights packed and its workspace
/// made.
///
/// ```swift
/// let problem = try ConvolutionProblem(inputShape: [1, 64, 56, 56], weightShape: [64, 64, 3, 3], rank: 2, padding: 1)
/// let plan = try ConvolutionPlan(problem, weight: weight, bias: bias, activation: .relu)
/// var y = try plan(x)                             // a new tensor
/// var elements = y.mutableSpan
/// try plan.run(input: x.span, output: &elements)  // into memory of your own, allocating nothing
/// ```
///
/// A plan is immutable and may be run by any number of threads at once. It keeps one workspace of `workspaceBytes`
/// ready, and one more for each further run under way at the same time; a run may also be given its workspace, which the
/// plans of many layers can share.
///
/// The bits of the answer depend on the algorithm and the instruction set, and not on the number of threads, on the
/// executor, or on how a batch is split over calls.
public final class ConvolutionPlan: Sendable {
    /// The problem that the plan solves.
    public let problem: ConvolutionProblem
    /// The algorithm that was asked for, or chosen.
    public let algorithm: Algorithm
    /// The instruction set of its kernels.
    public let instructionSet: InstructionSet
    /// The number of threads that a run uses at most.
    public let threads: Int
    /// What runs the tasks.
    public let executor: ExecutorKind
    /// The activation applied to each output element.
    public let activation: Activation
    /// The time of one run in milliseconds of each algorithm that was tried, if the options had the choice measured;
    /// else empty, as for a plan that `resized` made.
    public let measuredMilliseconds: [Algorithm: Double]

    private let lowering: Lowering
    private let method: any Method
    private let phases: [Int]
    private let weights: PackedWeights
    private let workspaces: WorkspacePool
    private let options: ConvolutionOptions

    /// The workspace of one run, in bytes: that of a run that is given one, of any batch and number of calls.
    public var workspaceBytes: Int { workspaceCount * MemoryLayout<Float>.stride }
    /// The name of the kernel that does the work.
    public var kernelName: String { method.kernelName }

    private let workspaceCount: Int

    /// Prepares the convolution, or the transposed one, of a problem.
    ///
    /// - Parameters:
    ///   - problem: The shapes.
    ///   - weight: Of the problem's `weightShape`: (K, C / groups, *kernel), of a transposed convolution
    ///     (C, K / groups, *kernel).
    ///   - bias: (K), or nil.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a shape does not match the problem, the algorithm does not apply to it, the
    ///   instruction set or the executor is not available here, no algorithm fits the workspace limit, or the file that
    ///   tunings are remembered in can't be used.
    public convenience init(
        _ problem: ConvolutionProblem, weight: Tensor, bias: Tensor? = nil, activation: Activation = .none,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        try self.init(
            problem, weight: weight, bias: bias, activation: activation, options: options, isForOneRun: false)
    }

    /// The same for a single run, of a weight that nobody else has and nobody reads any more: its memory goes back to the
    /// system while it is packed.
    package convenience init(
        _ problem: ConvolutionProblem, releasing weight: Tensor, bias: Tensor?, options: ConvolutionOptions
    ) throws(ConvolutionError) {
        try self.init(
            problem, weight: weight, bias: bias, activation: .none, options: options, isForOneRun: true,
            releasesWeight: true)
    }

    /// The same; a plan `isForOneRun` prefers an algorithm that packs its weights quickly.
    package convenience init(
        _ problem: ConvolutionProblem, weight: Tensor, bias: Tensor?, activation: Activation,
        options: ConvolutionOptions, isForOneRun: Bool, releasesWeight: Bool = false
    ) throws(ConvolutionError) {
        try problem.check(weight: weight.shape, bias: bias?.shape)
        func choose() throws(ConvolutionError) -> Choice {
            try ConvolutionPlan.choice(problem, options, weight: weight, isForOneRun: isForOneRun)
        }
        let choice = isForOneRun ? try ChoiceCache.shared.choice(problem, options, choose: choose) : try choose()
        let weights = try PackedWeights(
            problem, choice, weight: weight, bias: bias, releasesWeight: releasesWeight)
        try self.init(problem, choice, weights, activation, options)
    }

    /// A plan for another batch size or input size that shares this plan's packed weights, and so its algorithm. Only
    /// where one of the inputs has a single plane, row or column, or is no larger than the kernel, and the other has more,
    /// or where the phases of a transposed convolution are grouped otherwise, may it need weights of its own: then it
    /// chooses anew.
    ///
    /// - Throws: `ConvolutionError` if the new sizes are not legal.
    public func resized(batch: Int, inputSize: [Int]) throws(ConvolutionError) -> ConvolutionPlan {
        try resized(to: problem.with(batch: batch, size: inputSize))
    }

    /// The same for a problem that differs in nothing but its input.
    func resized(to resized: ConvolutionProblem) throws(ConvolutionError) -> ConvolutionPlan {
        var named = options
        named.algorithm = algorithm
        let order = FixedOrder(resized, instructionSet, named)
        // A kernel that weaves columns may have packed the same weights otherwise than one that does not.
        let forms = (order.map { [$0.lowering] } ?? algorithm.forms(resized)).filter {
            $0.weights == lowering.weights && $0.weavesColumns == lowering.weavesColumns
        }
        // Rows put end to end may be further apart than the algorithm can have the taps of a row.
        let form = forms.first { algorithm.applicability($0, instructionSet).isYes }
        // And weights that no sum of this plan reads are not packed.
        let isComplete = !method.packedFormats.contains { $0 == nil }
        if form == nil || !isComplete, let (weight, bias) = weights.unpacked {
            return try ConvolutionPlan(resized, weight: weight, bias: bias, activation: activation, options: options)
        }
        var sharing = options
        sharing.algorithm = algorithm
        sharing.instructionSet = instructionSet
        // Weights that are packed as they were given serve the problem as it is.
        let choice = try Choice(
            resized, sharing, packedLike: (method.packedFormats, form ?? Lowering(asIs: resized)))
        return try ConvolutionPlan(resized, choice, weights, activation, options)
    }

    private init(
        _ problem: ConvolutionProblem, _ choice: Choice, _ weights: PackedWeights, _ activation: Activation,
        _ options: ConvolutionOptions
    ) throws(ConvolutionError) {
        self.problem = problem
        self.weights = weights
        self.activation = activation
        self.options = options
        algorithm = choice.algorithm
        instructionSet = choice.instructionSet
        threads = choice.threads
        executor = choice.executor
        lowering = choice.lowering
        method = choice.method
        phases = choice.method.phases
        workspaceCount = choice.workspaceCount
        measuredMilliseconds = choice.measuredMilliseconds
        workspaces = try WorkspacePool(count: workspaceCount)
    }

    /// Runs the convolution. Allocates nothing, but for a workspace if all are in use, and what Dispatch needs to wake
    /// workers that have left.
    ///
    /// - Parameters:
    ///   - input: The problem's `inputShape`, row-major.
    ///   - residual: Laid out as the output and added before the activation, or nil.
    ///   - output: The problem's `outputShape`, row-major. All of it is written.
    /// - Throws: `ConvolutionError` if a span does not have as many elements as its tensor.
    public func run(
        input: Span<Float>, residual: Span<Float>? = nil, output: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        try problem.check(inputCount: input.count, residualCount: residual?.count, outputCount: output.count)
        guard problem.outputCount > 0 else { return }
        let workspace = try workspaces.take()
        run(input, residual, &output, workspace?.buffer.base)
        workspaces.giveBack(workspace)
    }

    /// Runs the convolution in a workspace of the caller's, which any number of plans may share, one run at a time. The
    /// plan's own is not touched, and nothing is allocated but what Dispatch needs to wake workers that have left.
    ///
    /// ```swift
    /// let most = plans.map(\.workspaceBytes).max() ?? 0
    /// var workspace = try Tensor.zeros(most / MemoryLayout<Float>.stride)  // a tensor's memory is aligned
    /// var scratch = workspace.mutableSpan
    /// try plan.run(input: x.span, output: &y, workspace: &scratch)
    /// ```
    ///
    /// - Parameters:
    ///   - input: The problem's `inputShape`, row-major.
    ///   - residual: Laid out as the output and added before the activation, or nil.
    ///   - output: The problem's `outputShape`, row-major. All of it is written.
    ///   - workspace: At least `workspaceBytes`, aligned to `workspaceAlignment` bytes where any are needed. What is in it
    ///     before does not matter, and afterwards is undefined.
    /// - Throws: `ConvolutionError` if a span does not have as many elements as its tensor, `.workspaceTooSmall` and
    ///   `.workspaceMisaligned`. The output is then as before.
    public func run(
        input: Span<Float>, residual: Span<Float>? = nil, output: inout MutableSpan<Float>,
        workspace: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        try problem.check(inputCount: input.count, residualCount: residual?.count, outputCount: output.count)
        guard problem.outputCount > 0 else { return }
        let memory = workspace.withUnsafeMutableBufferPointer { $0 }
        guard memory.count >= workspaceCount else {
            throw .workspaceTooSmall(bytes: memory.count * MemoryLayout<Float>.stride, expected: workspaceBytes)
        }
        let address = UInt(bitPattern: memory.baseAddress)
        guard workspaceCount == 0 || address.isMultiple(of: UInt(Self.workspaceAlignment)) else {
            throw .workspaceMisaligned(address: address, alignment: Self.workspaceAlignment)
        }
        run(input, residual, &output, workspaceCount == 0 ? nil : memory.baseAddress)
    }

    /// The alignment in bytes of a workspace that a run is given: a line of the cache, as each tensor's memory has it.
    public static let workspaceAlignment = 64

    /// Runs the convolution on tensors.
    ///
    /// - Parameters:
    ///   - input: The problem's `inputShape`.
    ///   - residual: The output's shape, added before the activation, or nil.
    /// - Returns: A tensor of the problem's `outputShape`.
    /// - Throws: `ConvolutionError` if a shape is not the problem's.
    public func callAsFunction(_ input: Tensor, residual: Tensor? = nil) throws(ConvolutionError) -> Tensor {
        try problem.check(input: input.shape, residual: residual?.shape)
        var output = try Tensor(uninitializedShape: problem.outputShape)
        var span = output.mutableSpan
        try run(input: input.span, residual: residual?.span, output: &span)
        return output
    }

    /// The same with spans whose counts are right; `workspace` is nil if none is needed.
    private func run(
        _ input: Span<Float>, _ residual: Span<Float>?, _ output: inout MutableSpan<Float>,
        _ workspace: UnsafeMutablePointer<Float>?
    ) {
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                if let residual {
                    residual.withUnsafeBufferPointer { residual in
                        run(input.baseAddress, residual.baseAddress, output.baseAddress, workspace)
                    }
                } else {
                    run(input.baseAddress, nil, output.baseAddress, workspace)
                }
            }
        }
    }

    private func run(
        _ input: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?,
        _ workspace: UnsafeMutablePointer<Float>?
    ) {
        guard let output else { return }
        let buffers = Buffers(
            // An input without elements has no address; no kernel reads it, but each gets one.
            input: input ?? UnsafePointer(output), weights: weights.packed, bias: weights.bias, residual: residual,
            output: output, workspace: workspace ?? output, sharedCount: method.sharedCount,
            workerCount: method.workerCount, activation: activation)
        phases.withUnsafeBufferPointer { phases in
            parallelRegion(
                executor, threads: threads, phases: phases, spinMicroseconds: options.spinMicroseconds,
                movesWorkers: options.movesWorkers, Run(method: method, buffers: buffers))
        }
    }

    /// One run's tasks.
    private struct Run: RegionBody {
        let method: any Method
        let buffers: Buffers

        func run(phase: Int, task: Int, worker: Int) {
            method.run(phase: phase, task: task, worker: worker, buffers: buffers)
        }
    }
}
