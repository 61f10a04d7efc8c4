// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// An order of each sum that the input's extents have no part in, so that a signal can be convolved in pieces, or as a
/// whole, with the same bits: that of convolutions of one axis under `Precision.strict`.
///
/// The algorithm and its kernel follow from the weights, their parameters and the options alone. Of the kernels, those
/// that take the taps of all channels one after the other, whatever the tile, are left to choose from:
///
/// | algorithm | order | taken |
/// |---|---|---|
/// | depthwise | tap by tap | one input and one output channel in a group |
/// | direct, in pixel lanes | channel by channel, the taps of each | few channels, which fill no vector |
/// | gemm, in channel lanes | tap by tap, the channels of each | all others |
/// | direct, in channel lanes | tap by tap, some channels after others | with a limit of workspace: it needs none |
///
/// A transposed convolution is one for each phase of its stride, whose bias is added before the sum or behind it in
/// pixel lanes, as phases are interleaved or not, which may be a matter of the length. So it leaves out `direct`, and
/// with a limit of workspace it has no such order.
struct FixedOrder {
    /// The algorithm that computes the problem.
    let algorithm: Algorithm
    /// The problem as it computes it.
    let lowering: Lowering

    /// nil for a problem of more axes, for other precisions, and if the options ask for what has no such order.
    init?(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet, _ options: ConvolutionOptions) {
        guard problem.rank == 1, options.precision == .strict else { return nil }
        let isTransposed = problem.operation == .transposed
        if let algorithm = options.algorithm {
            guard Self.algorithms(of: problem.operation).contains(algorithm) else { return nil }
            self.algorithm = algorithm
        } else if options.workspaceLimit != nil {
            guard !isTransposed else { return nil }
            algorithm = .direct
        } else {
            algorithm = Self.algorithm(problem, instructionSet)
        }
        lowering = Lowering(asIs: problem).inFixedOrder
    }

    /// The algorithms whose kernels can take the sums of an operation in such an order.
    static func algorithms(of operation: ConvolutionOperation) -> [Algorithm] {
        operation == .transposed ? [.gemm, .depthwise] : [.direct, .gemm, .depthwise]
    }

    /// Fewer output channels of a group, or fewer products of a sum, are not worth a vector of channels: most of its
    /// lanes would be idle, or storing it would take longer than the sum.
    private static let (leastChannels, leastProducts) = (8, 16)

    private static func algorithm(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet) -> Algorithm {
        let (channels, outputs) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        if channels == 1 && outputs == 1 { return .depthwise }
        let isNarrow = outputs < leastChannels || channels * problem.width.kernel < leastProducts
        guard isNarrow, problem.operation != .transposed else { return .gemm }
        let pixels = Kernel.required(CK_DIRECT_PIXELS, instructionSet)
        return PixelStage(ck_geometry(KernelProblem(slicesOf: problem)), pixels) != nil ? .direct : .gemm
    }
}
