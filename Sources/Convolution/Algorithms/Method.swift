// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A problem as it is computed: the tasks it is cut into and the memory it needs. Immutable; any number of
/// threads may run it at once, each run with buffers of its own.
protocol Method: Sendable {
    /// The name of the kernel that does the work.
    var kernelName: String { get }
    /// The tasks of each phase. All tasks of a phase end before the next phase begins.
    var phases: [Int] { get }
    /// By how much a run takes longer, by estimate, than if all threads shared the work evenly and did none of it twice:
    /// at least 1.
    var loadImbalance: Double { get }
    /// Floats of workspace that all workers share.
    var sharedCount: Int { get }
    /// Floats of workspace for each worker.
    var workerCount: Int { get }
    /// Floats of packed weights.
    var packedWeightCount: Int { get }
    /// The number of tasks that the packing of the weights is cut into.
    var packingTasks: Int { get }
    /// Floats of scratch for each worker that packs weights, a multiple of 16.
    var packingScratchCount: Int { get }
    /// The format of the packed weights of each form; nil of one that no kernel reads.
    var packedFormats: [PackedFormat?] { get }

    /// Runs one task of the packing; `scratch` is nil if `packingScratchCount` is 0.
    func packWeights(
        _ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int,
        scratch: UnsafeMutablePointer<Float>?)
    /// The weights that a task of the packing reads and no other does; nil if that is not known.
    func weights(ofPackingTask task: Int) -> Range<Int>?
    func run(phase: Int, task: Int, worker: Int, buffers: Buffers)
}

extension Method {
    func weights(ofPackingTask task: Int) -> Range<Int>? { nil }
}

/// The memory of one run, each pointer to element 0 of the whole tensor.
struct Buffers {
    let input: UnsafePointer<Float>
    let weights: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?
    let residual: UnsafePointer<Float>?
    let output: UnsafeMutablePointer<Float>
    /// `sharedCount` floats and then `workerCount` for each worker, 64-byte aligned.
    let workspace: UnsafeMutablePointer<Float>
    /// Of the method that runs.
    let sharedCount: Int
    let workerCount: Int
    let activation: Activation

    func workerWorkspace(_ worker: Int) -> UnsafeMutablePointer<Float> {
        workspace + sharedCount + worker * workerCount
    }

    /// The buffers of a part of the output, which other weights may be for.
    func moved(input: Int, weights: Int, output: Int) -> Buffers {
        Buffers(
            input: self.input + input, weights: self.weights + weights, bias: bias,
            residual: residual.map { $0 + output }, output: self.output + output, workspace: workspace,
            sharedCount: sharedCount, workerCount: workerCount, activation: activation)
    }
}

/// Whether an algorithm can compute a problem.
enum Applicability: Sendable {
    case applies
    /// Why not, as a clause: "the stride is 2 x 1; it must be 1". Put together only when it is shown: a choice asks every
    /// algorithm, and should cost less than the smallest convolution.
    case doesNotApply(@autoclosure @Sendable () -> String)

    var isYes: Bool {
        if case .applies = self { true } else { false }
    }
}

/// What a plan asks of an algorithm before it settles on one.
protocol AlgorithmImplementation {
    /// Whether the algorithm can compute the problem with kernels of the instruction set.
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability

    /// The estimated time of one run, in nanoseconds, if the threads share the work evenly.
    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double

    /// No estimate is below this: where another algorithm is estimated to be faster, the estimate need not be made.
    static var leastEstimate: Double { get }

    /// Whether the algorithm may compute a form of a problem, if it applies to its parts.
    static func canCompute(_ lowering: Lowering) -> Bool

    /// The estimated time to pack the weights, in nanoseconds, which a plan that is run once pays for each run.
    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double

    /// The method for a problem that the algorithm applies to.
    ///
    /// - Parameters:
    ///   - workspaceLimit: The most workspace in bytes, which may make it choose smaller blocks, or nil.
    ///   - other: The format of packed weights that the method must read, or nil.
    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod
}

extension AlgorithmImplementation {
    static var leastEstimate: Double { 0 }
    static func canCompute(_ lowering: Lowering) -> Bool { !lowering.hasDepthAsChannels }
}
