// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Tiled direct convolution: the input read in place, output channels in the lanes. Applies to everything.
enum Direct: AlgorithmImplementation {
    static func applicability(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet) -> Applicability {
        .applies
    }

    static func estimate(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        CostModel(problem, Kernel.required(CK_DIRECT, instructionSet), threads: threads).direct
    }

    static func method(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: (any Method)?
    ) throws(ConvolutionError) -> any Method {
        let kernel = Kernel.required(CK_DIRECT, instructionSet)
        let geometry = ck_geometry(problem)
        let grid = Grid(
            geometry, images: problem.batch, groups: problem.groups, channelUnit: kernel.tileChannels,
            threads: threads, blockPixels: Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel))
        return KernelMethod(
            inPlace: kernel, geometry, grid, packedWeightsPerGroup: try problem.panelWeightCount(kernel))
    }
}
