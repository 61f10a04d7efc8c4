// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// One input channel a group: each output channel is a filter of one plane. Of the kernels, which are many,
/// `DepthwiseChoice` takes one.
enum Depthwise: AlgorithmImplementation {
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        guard problem.channelsPerGroup == 1 else {
            return .doesNotApply("a group has \(problem.channelsPerGroup) input channels; it must have 1")
        }
        guard problem.weave == nil || DepthwiseChoice(instructionSet).weaves(ck_geometry(problem)) else {
            return .doesNotApply("its kernels weave no rows")
        }
        return .applies
    }

    static func canCompute(_ lowering: Lowering) -> Bool { !lowering.hasDepthAsChannels }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        let kernel = DepthwiseChoice(instructionSet).kernel(ck_geometry(problem), inOrder: problem.hasFixedOrder)
        return CostModel(problem, kernel, threads: threads).depthwise
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        let kernel = DepthwiseChoice(instructionSet).required(CK_DEPTHWISE_ELEMENTS)
        return CostModel(problem, kernel, threads: 1).panelPacking
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let geometry = ck_geometry(problem)
        // All kernels for a form of the problem read the same packed weights, so another size may have another.
        let kernel = DepthwiseChoice(instructionSet).kernel(geometry, inOrder: problem.hasFixedOrder)
        // A task spans groups: its channels are those of the whole image.
        let outputChannels = problem.outputChannels
        var whole = geometry
        whole.out_channels = outputChannels
        let model = CostModel(problem, kernel, threads: 1)
        // Where channels are lanes, a task of part of a vector of them takes as long as one of all.
        let vector = kernel.lanes * (problem.layout == .channelsLast ? 1 : problem.outputChannelsPerGroup)
        let grid = Grid(
            whole, kernel, images: problem.imagesPerVolume, groups: problem.volumes, threads: threads,
            blockPixels: .max,
            channelUnit: problem.weave != nil
                ? problem.phases : kernel.depthwiseBody.isAlongRows ? nil : min(vector, max(1, outputChannels)),
            nanoseconds: model.depthwiseWork)
        let all = ck_region(
            images: ck_range(begin: 0, end: problem.imagesPerVolume),
            rows: ck_range(begin: 0, end: geometry.out_height), columns: ck_range(begin: 0, end: geometry.out_width))
        return KernelMethod(
            inPlace: kernel, problem, grid, groupsInATask: problem.groups,
            packedWeightsPerGroup: try kernel.packedCount(geometry),
            scratchCount: try kernel.scratchCount(geometry, all), plan: try KernelPlan(kernel, geometry))
    }
}
