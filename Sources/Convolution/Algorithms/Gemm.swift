// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Implicit matrix product. Pixels in the lanes for some kernels without padding: those of 1 x 1, the input read in place,
/// and those whose windows hold few numbers, such as patches of an image, from a copy of the windows of a few pixels.
/// Output channels in the lanes, the input transposed to channels-last block by block, for all others.
enum Gemm: AlgorithmImplementation {
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        if let weave = problem.weave,
            problem.hasPackedWindows || !problem.isUnpadded || weave.shift > 0 || weave.columnPhases != 2
                || weave.columns != 2 * problem.width.output
        {
            return .doesNotApply("its kernels weave pairs of columns of single pixels alone")
        }
        return .applies
    }

    static func canCompute(_ lowering: Lowering) -> Bool { !lowering.hasDepthAsChannels }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        kernel(problem, instructionSet, threads: threads, workspaceLimit: nil, packedLike: nil).nanoseconds
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        CostModel(problem, Kernel.required(CK_GEMM_CHANNELS, instructionSet), threads: threads).panelPacking
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let kernel = kernel(
            problem, instructionSet, threads: threads, workspaceLimit: workspaceLimit, packedLike: other
        ).kernel
        return kernel.algorithm == CK_GEMM_PIXELS
            ? try pixelLanes(problem, kernel, threads: threads, workspaceLimit: workspaceLimit)
            : try channelLanes(problem, kernel, threads: threads, workspaceLimit: workspaceLimit)
    }

    /// The kernel that is estimated to be the faster, or the one that the weights are packed for.
    private static func kernel(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) -> (kernel: Kernel, nanoseconds: Double) {
        let channels = Kernel.required(CK_GEMM_CHANNELS, instructionSet)
        let channelCost = CostModel(problem, channels, threads: threads).gemmChannels
        // The other kernel, which knows no padding, takes the taps of a channel before the next channel.
        guard problem.isUnpadded, !problem.hasFixedOrder else { return (channels, channelCost.nanoseconds) }
        let pixels = Kernel.required(CK_GEMM_PIXELS, instructionSet)
        let pixelCost = CostModel(problem, pixels, threads: threads).gemmPixels
        let isPixels =
            if problem.weave != nil {
                true
            } else if let other {
                other.kernel == pixels
            } else {
                // Pixels whose channels are neighbours, as a single one's are, are in the other kernel's order already.
                problem.layout == .channelsFirst && problem.height.input * problem.width.input > 1
                    && pixelCost.work <= channelCost.work
                    && (try? scratchCount(ck_geometry(problem), pixels)) ?? .max
                        <= mostScratch(problem, workspaceLimit, threads: threads)
            }
        return isPixels ? (pixels, pixelCost.nanoseconds) : (channels, channelCost.nanoseconds)
    }

    /// The most floats of scratch of a thread. Windows that leave the second-level cache take longer than their transposed
    /// input.
    private static func mostScratch(_ problem: KernelProblem, _ workspaceLimit: Int?, threads: Int) -> Int {
        let allowed = (workspaceLimit ?? .max) / MemoryLayout<Float>.stride / threads
        return problem.height.kernel == 1 && problem.width.kernel == 1 ? allowed : min(allowed, 1 << 18)
    }

    /// Floats of scratch for the windows that pixels see.
    private static func scratchCount(_ geometry: ck_geometry, _ kernel: Kernel) throws(ConvolutionError) -> Int {
        try kernel.scratchCount(
            geometry, ck_region(images: 1, rows: geometry.out_height, columns: geometry.out_width))
    }

    private static func pixelLanes(
        _ problem: KernelProblem, _ kernel: Kernel, threads: Int, workspaceLimit: Int?
    ) throws(ConvolutionError) -> KernelMethod {
        let geometry = ck_geometry(problem)
        let isPacked = problem.hasPackedWindows
        // Columns are woven without scratch too.
        let scratch = try scratchCount(geometry, kernel)
        // Every task packs the pixels that it reads. So tasks are few, and cut by images and by rows before they are by
        // output channels, unless that leaves little more than a panel.
        let share = Split.units(geometry.outputPixels, Split.units(threads, max(1, problem.batch)))
        let blockPixels =
            !isPacked
            ? Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel)
            : share >= 4 * kernel.tilePixels ? share : geometry.outputPixels
        let grid = Grid(
            geometry, kernel, images: problem.imagesPerVolume, groups: problem.allGroups, threads: threads,
            blockPixels: blockPixels,
            // Pixels of several rows fill a panel together.
            columnUnit: isPacked && geometry.out_height > 1 ? geometry.out_width : kernel.tilePixels,
            joinedColumns: isPacked && geometry.out_height > 1 ? 0 : kernel.joinedPixels,
            mostTasks: isPacked ? 2 * threads : .max)
        return KernelMethod(
            inPlace: kernel, problem, grid, packedWeightsPerGroup: try kernel.packedCount(geometry),
            scratchCount: problem.weave != nil && scratch > mostScratch(problem, workspaceLimit, threads: threads)
                ? 0 : scratch)
    }

    private static func channelLanes(
        _ problem: KernelProblem, _ kernel: Kernel, threads: Int, workspaceLimit: Int?
    ) throws(ConvolutionError) -> KernelMethod {
        let geometry = ck_geometry(problem)
        return try KernelMethod.preparing(
            kernel, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: kernel.packedCount(geometry),
            blocks: .pixels(Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel)),
            prepareShare: CostModel(problem, kernel, threads: threads).gemmChannels.prepareShare)
    }
}
