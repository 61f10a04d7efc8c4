// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// One input channel a group: each output channel is a filter of one plane.
enum Depthwise: AlgorithmImplementation {
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        problem.channelsPerGroup == 1
            ? .applies
            : .doesNotApply("a group has \(problem.channelsPerGroup) input channels; it must have 1")
    }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        CostModel(problem, Kernel.required(CK_DEPTHWISE, instructionSet), threads: threads).depthwise
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        CostModel(problem, Kernel.required(CK_DEPTHWISE, instructionSet), threads: 1).panelPacking
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let kernel = Kernel.required(CK_DEPTHWISE, instructionSet)
        let geometry = ck_geometry(problem)
        // A task spans groups: its channels are those of the whole image.
        let outputChannels = problem.outputChannels
        var whole = geometry
        whole.out_channels = outputChannels
        let model = CostModel(problem, kernel, threads: 1)
        // Where channels are lanes, a task of part of a vector of them takes as long as one of all.
        let areLanes = problem.layout == .channelsLast || !model.hasDepthwiseBody
        let vector = kernel.lanes * (problem.layout == .channelsLast ? 1 : problem.outputChannelsPerGroup)
        let grid = Grid(
            whole, kernel, images: problem.imagesPerVolume, groups: problem.volumes, threads: threads,
            blockPixels: .max,
            channelUnit: areLanes ? min(vector, max(1, outputChannels)) : nil, nanoseconds: model.depthwiseWork)
        let weights = try CheckedSize.product(
            [outputChannels, geometry.kernel_height, geometry.kernel_width], of: "the packed weights")
        return KernelMethod(
            inPlace: kernel, problem, grid, groupsInATask: problem.groups, packedWeightsPerGroup: weights,
            scratchCount: scratchCount(geometry, lanes: kernel.lanes))
    }

    /// Floats of a worker's scratch: see CK_DEPTHWISE. Sizes that overflow are beyond what the kernel stages.
    private static func scratchCount(_ geometry: ck_geometry, lanes: Int) -> Int {
        let taps = CheckedSize(geometry.kernel_height) * geometry.kernel_width
        let (stride, dilation) = (geometry.stride_width, geometry.dilation_width)
        let residues = stride / greatestCommonDivisor(stride, dilation)
        let phases = min(geometry.kernel_width, residues)
        let reach = CheckedSize(geometry.kernel_width - 1) * dilation
        let length = geometry.kernel_width <= residues ? 0 : (reach.value ?? Int(CK_DEPTHWISE_MOST_STAGE)) / stride
        let pixels = (min(length, Int(CK_DEPTHWISE_MOST_STAGE)) + 2 * lanes - 1) / lanes * lanes
        let staged = (CheckedSize(geometry.kernel_height) * phases * pixels).value ?? .max
        let parts = taps.value.map { $0 <= Int(CK_DEPTHWISE_MOST_TAPS) ? $0 : 0 } ?? 0
        return ((Int(CK_DEPTHWISE_TAP_FLOATS) + lanes) * parts + 15) / 16 * 16
            + max(
                Int(CK_DEPTHWISE_FLOATS),
                min((taps * (8 * lanes)).value ?? .max, Int(CK_DEPTHWISE_MOST_FLOATS)),
                staged <= Int(CK_DEPTHWISE_MOST_STAGE) ? staged : 0)
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
