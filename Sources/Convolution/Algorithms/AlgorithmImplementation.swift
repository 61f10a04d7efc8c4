// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

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
    static func canCompute(_ lowering: Lowering) -> Bool { !lowering.hasDepthAsChannels && !lowering.weavesColumns }
}
