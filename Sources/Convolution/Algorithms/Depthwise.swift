// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// One input channel a group: each output channel is a filter of one plane.
enum Depthwise: AlgorithmImplementation {
    static func applicability(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet) -> Applicability {
        problem.channelsPerGroup == 1
            ? .applies
            : .doesNotApply("a group has \(problem.channelsPerGroup) input channels; it must have 1")
    }

    static func estimate(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        CostModel(problem, Kernel.required(CK_DEPTHWISE, instructionSet), threads: threads).depthwise
    }

    static func packingEstimate(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        CostModel(problem, Kernel.required(CK_DEPTHWISE, instructionSet), threads: 1).panelPacking
    }

    static func method(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: (any Method)?
    ) throws(ConvolutionError) -> any Method {
        let kernel = Kernel.required(CK_DEPTHWISE, instructionSet)
        var geometry = ck_geometry(problem)
        // A task spans groups: its channels are those of the whole image.
        let outputChannels = problem.outputChannels
        var whole = geometry
        whole.out_channels = outputChannels
        let grid = Grid(
            whole, kernel, images: problem.batch, groups: 1, threads: threads, blockPixels: .max)
        geometry.groups = problem.groups
        let weights = try CheckedSize.product(
            [outputChannels, geometry.kernel_height, geometry.kernel_width], of: "the packed weights")
        return KernelMethod(inPlace: kernel, geometry, grid, packedWeightsPerGroup: weights)
    }
}
