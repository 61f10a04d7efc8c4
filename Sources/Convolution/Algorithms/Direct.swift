// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Tiled direct convolution. Applies to everything. Output channels in the lanes, the input read in place, or pixels of
/// a row in the lanes, the input copied row by row with its padding, where a group has so few channels that vectors of
/// them would be empty or their transposed store would take most of the time.
enum Direct: AlgorithmImplementation {
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        .applies
    }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        kernel(problem, instructionSet, threads: threads, workspaceLimit: nil, packedLike: nil).nanoseconds
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        CostModel(problem, Kernel.required(CK_DIRECT, instructionSet), threads: threads).panelPacking
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let geometry = ck_geometry(problem)
        let choice = kernel(
            problem, instructionSet, threads: threads, workspaceLimit: workspaceLimit, packedLike: other)
        let kernel = choice.kernel
        if choice.stage == nil {
            let grid = Grid(
                geometry, kernel, images: problem.imagesPerVolume, groups: problem.allGroups, threads: threads,
                blockPixels: Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel), joinsImages: true)
            // The kernel does without, but is slower.
            let limit = (workspaceLimit ?? .max) / MemoryLayout<Float>.stride
            let scratch = try kernel.scratchCount(geometry, grid.blocks.largest)
            return KernelMethod(
                inPlace: kernel, problem, grid, packedWeightsPerGroup: try kernel.packedCount(geometry),
                scratchCount: threads * scratch <= limit ? scratch : 0)
        }
        let grid = Grid(
            rowsOf: geometry, kernel, images: problem.imagesPerVolume, groups: problem.allGroups, threads: threads,
            columnUnit: 4 * kernel.tilePixels)
        return KernelMethod(
            inPlace: kernel, problem, grid, packedWeightsPerGroup: try kernel.packedCount(geometry),
            scratchCount: try kernel.scratchCount(geometry, grid.blocks.largest))
    }

    /// The kernel that is estimated to be the faster; its stage if that is the one in pixel lanes.
    private static func kernel(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) -> (kernel: Kernel, stage: PixelStage?, nanoseconds: Double) {
        let channels = Kernel.required(CK_DIRECT, instructionSet)
        let pixels = Kernel.required(CK_DIRECT_PIXELS, instructionSet)
        let channelCost = CostModel(problem, channels, threads: threads).direct
        // The stage for any size of the input must fit, as other sizes may share the packed weights.
        guard let stage = PixelStage(ck_geometry(problem), pixels),
            stage.mostCount * threads <= (workspaceLimit ?? .max) / MemoryLayout<Float>.stride
        else { return (channels, nil, channelCost.nanoseconds) }
        let pixelCost = CostModel(problem, pixels, threads: threads).directPixels(stage)
        let isPixels =
            if let other {
                other.kernel == pixels
            } else if problem.hasFixedOrder {
                workspaceLimit == nil
            } else {
                pixelCost.work < channelCost.work
            }
        return isPixels ? (pixels, stage, pixelCost.nanoseconds) : (channels, nil, channelCost.nanoseconds)
    }
}
