// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What computes the outputs of a stream, which all copies of the stream share.
///
/// Kernels are called on the samples where they are kept. Samples beside the signal are its padding, which kernels
/// skip: an infinite weight on padding makes no NaN, as in the convolution of the whole signal.
final class StreamKernel: Sendable {
    /// The convolution of a signal that is about as long as the kernel.
    let problem: ConvolutionProblem
    let axis: StreamAxis
    let parts: [StreamPart]
    let activation: Activation
    let history: StreamHistory
    /// The most samples that are kept before outputs are computed.
    let piece: Int
    /// Where in a stream's memory, behind the samples, are the kernels' scratch, copies of windows, and the outputs of
    /// a phase before they are put between those of others.
    let scratchOffset: Int
    let gatherOffset: Int
    let phaseOffset: Int
    /// Floats of a stream's memory.
    let memoryCount: Int

    /// The part with the most taps.
    var largest: StreamPart { parts.max { $0.phase.taps.count < $1.phase.taps.count } ?? parts[0] }

    /// - Parameters:
    ///   - parts: One for each phase of the axis.
    init(
        _ problem: ConvolutionProblem, _ axis: StreamAxis, _ parts: [StreamPart], activation: Activation
    ) throws(ConvolutionError) {
        (self.problem, self.axis, self.parts, self.activation) = (problem, axis, parts, activation)
        piece = max(256, min(16 * (parts[0].phase.step), 4096))
        let largest = parts.max { $0.phase.taps.count < $1.phase.taps.count } ?? parts[0]
        history = try StreamHistory(
            largest, length: CheckedSize.sum(axis.kept, piece, of: "the samples that a stream keeps"),
            images: problem.batch, groups: problem.groups)
        scratchOffset = try CheckedSize.roundUp(history.count, toMultipleOf: 16)
        let scratchCount = parts.map(\.scratchCount).max() ?? 0
        gatherOffset = try CheckedSize.sum(scratchOffset, scratchCount, of: "the memory of a stream")
        let gatherCount = parts.map(\.gatherCount).max() ?? 0
        phaseOffset = try CheckedSize.sum(gatherOffset, gatherCount, of: "the memory of a stream")
        let phaseCount =
            parts.count > 1 && problem.layout == .channelsFirst
            ? CheckedSize(problem.outputChannels) * piece : CheckedSize(0)
        memoryCount = try (phaseCount + phaseOffset).floats(
            "the memory of a stream", [history.count, scratchCount, gatherCount])
    }

    /// The options of a stream's kernels.
    ///
    /// - Throws: `ConvolutionError.algorithmNotApplicable` if they name an algorithm whose sums have no order.
    static func checked(
        _ options: ConvolutionOptions, for operation: ConvolutionOperation
    ) throws(ConvolutionError) -> ConvolutionOptions {
        if let algorithm = options.algorithm, !FixedOrder.algorithms(of: operation).contains(algorithm) {
            throw .algorithmNotApplicable(
                algorithm, reason: "a stream takes a sum in one order, however its signal is cut into chunks")
        }
        var options = options
        (options.precision, options.tuning) = (.strict, .estimated)
        return options
    }
}

extension StreamKernel {
    /// A convolution.
    ///
    /// - Parameter problem: Of an input as long as the dilated kernel.
    convenience init(
        _ problem: ConvolutionProblem, weight: Tensor, bias: Tensor?, activation: Activation,
        options: ConvolutionOptions
    ) throws(ConvolutionError) {
        try problem.check(weight: weight.shape, bias: bias?.shape)
        let axis = try StreamAxis(problem.width)
        let part = try StreamPart(
            problem, axis.phases[0], weight: weight, bias: bias, Self.checked(options, for: .convolution))
        try self.init(problem, axis, [part], activation: activation)
    }
}
