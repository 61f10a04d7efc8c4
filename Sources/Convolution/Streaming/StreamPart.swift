// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// One kernel of a stream with its packed weights: of all outputs, or of one phase of a transposed convolution.
///
/// None of these kernels keeps anything of a geometry, so that they can be called with a new one for each chunk.
struct StreamPart: Sendable {
    let phase: StreamAxis.Phase
    let algorithm: Algorithm
    let kernel: Kernel
    /// That of one output. What differs from call to call is put in before it.
    let geometry: ck_geometry
    let weights: PackedWeights
    let weightsPerGroup: Int
    /// Floats of scratch for any number of outputs.
    let scratchCount: Int
    /// Floats for a copy of windows.
    let gatherCount: Int
    /// The kernel for single outputs, where there is a better one.
    let frames: StreamFrames?
    /// Of all groups.
    let inputChannels: Int
    let outputChannels: Int

    /// Whether one call computes all groups.
    var spansGroups: Bool { kernel.algorithm == CK_DEPTHWISE }
    var form: StreamHistory.Form {
        kernel.algorithm == CK_GEMM_CHANNELS ? .prepared : geometry.in_pixel_stride == 1 ? .planes : .samples
    }

    /// More of a window than this is not gathered.
    private static let mostGathered = 1 << 16

    /// - Parameters:
    ///   - problem: The convolution of as many samples as the phase reaches.
    ///   - weight: (K, C / groups, taps) in the order of the phase's taps.
    ///   - options: Name an algorithm of `FixedOrder`, or none.
    init(
        _ problem: ConvolutionProblem, _ phase: StreamAxis.Phase, weight: Tensor, bias: Tensor?,
        _ options: ConvolutionOptions
    ) throws(ConvolutionError) {
        let choice = try Choice(problem, options)
        guard let method = (choice.method as? LoweredMethod)?.kernelMethods.first else {
            throw .algorithmNotApplicable(choice.algorithm, reason: "it has no kernel")
        }
        self.phase = phase
        algorithm = choice.algorithm
        weights = try PackedWeights(problem, choice, weight: weight, bias: bias)
        weightsPerGroup = method.packedWeightsPerGroup
        (inputChannels, outputChannels) = (problem.inputChannels, problem.outputChannels)
        var geometry = method.geometry
        (geometry.in_pixel_stride, geometry.out_pixel_stride) =
            problem.layout == .channelsFirst ? (1, 1) : (problem.inputChannels, problem.outputChannels)
        kernel = Self.kernel(method.kernel, geometry, problem.layout, choice.instructionSet)
        self.geometry = geometry
        let window = CheckedSize(geometry.channels) * geometry.kernel_width
        let allWindows = (CheckedSize(problem.inputChannels) * geometry.kernel_width).value ?? .max
        frames =
            problem.layout == .channelsFirst && allWindows <= Self.mostGathered
            ? StreamFrames(kernel, geometry, problem, choice.instructionSet) : nil
        scratchCount = try max(
            kernel.scratchCount(geometry, ck_region(images: 1, rows: 1, columns: .max)), frames?.scratchCount() ?? 0)
        gatherCount =
            if frames != nil {
                allWindows
            } else if kernel.algorithm == CK_DIRECT_PIXELS, phase.dilation > 1 {
                min(window.value ?? .max, Self.mostGathered)
            } else {
                0
            }
    }

    /// Of the depthwise kernels, which all read the same weights, the one that keeps nothing of a geometry.
    private static func kernel(
        _ kernel: Kernel, _ geometry: ck_geometry, _ layout: TensorLayout, _ instructionSet: InstructionSet
    ) -> Kernel {
        guard kernel.algorithm == CK_DEPTHWISE else { return kernel }
        let choice = DepthwiseChoice(instructionSet)
        if layout == .channelsFirst { return choice.required(CK_DEPTHWISE_LINES) }
        let channels = Kernel.depthwise(CK_DEPTHWISE_CHANNELS, instructionSet)
        return channels.flatMap { $0.applies(to: geometry) ? $0 : nil } ?? choice.required(CK_DEPTHWISE_ELEMENTS)
    }
}
