// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Implicit matrix product. Pixels in the lanes, the input read in place, for pointwise convolutions, and from a copy of
/// the pixels that it picks for those with a stride; output channels in the lanes, the input transposed to channels-last
/// block by block, for all others.
enum Gemm: AlgorithmImplementation {
    static func applicability(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet) -> Applicability {
        .applies
    }

    static func estimate(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        kernel(problem, instructionSet, threads: threads, packedLike: nil).nanoseconds
    }

    static func method(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: (any Method)?
    ) throws(ConvolutionError) -> any Method {
        let kernel = kernel(problem, instructionSet, threads: threads, packedLike: other).kernel
        return switch kernel.algorithm {
        case CK_GEMM_PIXELS: try pixelLanes(problem, kernel, threads: threads)
        case CK_IM2COL: try pickedPixels(problem, kernel, threads: threads)
        default: try channelLanes(problem, kernel, threads: threads, workspaceLimit: workspaceLimit)
        }
    }

    private static func kernel(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, packedLike other: (any Method)?
    ) -> (kernel: Kernel, nanoseconds: Double) {
        let channels = Kernel.required(CK_GEMM_CHANNELS, instructionSet)
        let pixels: Kernel
        let channelTime = CostModel(problem, channels, threads: threads).gemmChannels
        let pixelTime: Double
        if problem.isPointwise {
            pixels = Kernel.required(CK_GEMM_PIXELS, instructionSet)
            pixelTime = CostModel(problem, pixels, threads: threads).gemmPixels
        } else if problem.picksPixels {
            pixels = Kernel.required(CK_IM2COL, instructionSet)
            pixelTime = CostModel(problem, pixels, threads: threads).gemmPickedPixels
        } else {
            return (channels, channelTime)
        }
        let isPixels =
            if let other {
                other.kernelName == pixels.name
            } else {
                pixelTime <= channelTime
            }
        return isPixels ? (pixels, pixelTime) : (channels, channelTime)
    }

    private static func pixelLanes(
        _ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int
    ) throws(ConvolutionError) -> any Method {
        let geometry = ck_geometry(problem)
        let grid = Grid(
            geometry, images: problem.batch, groups: problem.groups, channelUnit: kernel.tileChannels,
            threads: threads, blockPixels: Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel),
            columnUnit: kernel.tilePixels)
        return KernelMethod(
            inPlace: kernel, geometry, grid, packedWeightsPerGroup: try problem.panelWeightCount(kernel))
    }

    private static func pickedPixels(
        _ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int
    ) throws(ConvolutionError) -> any Method {
        let geometry = ck_geometry(problem)
        let picked = geometry.channels * geometry.outputPixels
        let tasks = problem.batch * problem.groups
        guard threads > 1 && threads <= 8 && tasks < 8 * threads && threads * picked <= 4_000_000 else {
            return try Im2col.method(problem, kernel, threads: threads)
        }
        // Each thread copies the pixels for itself: the copy then need not pass from core to core.
        let pieces = tasks % threads == 0 ? 1 : threads
        return KernelMethod(
            kernel: kernel, geometry: geometry, mode: .fused, groups: problem.groups,
            blocks: RegionSplit(
                images: Split(problem.batch, pieces: problem.batch), rows: Split(geometry.out_height, pieces: 1),
                columns: Split(geometry.out_width, pieces: 1)),
            partRows: 1, partColumns: 1,
            channels: Split(geometry.out_channels, unit: kernel.tileChannels, pieces: pieces),
            inputChannels: Split(geometry.channels, pieces: 1),
            packedWeightsPerGroup: try problem.panelWeightCount(kernel), preparedPerGroup: (picked + 15) / 16 * 16,
            scratchCount: 0, rowUnit: 1, columnUnit: 1)
    }

    private static func channelLanes(
        _ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int, workspaceLimit: Int?
    ) throws(ConvolutionError) -> any Method {
        let geometry = ck_geometry(problem)
        let packed = try problem.panelWeightCount(kernel)
        let taps =
            Double(geometry.kernel_height * geometry.kernel_width)
            / Double(geometry.stride_height * geometry.stride_width)
        return try KernelMethod.preparing(
            kernel, geometry, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: packed,
            blockPixels: Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel),
            prepareShare: 7 / (Double(max(1, geometry.out_channels)) * taps)
        ) { (images, rows, columns) throws(ConvolutionError) in
            let rowsRead = inputExtent(
                rows, geometry.kernel_height, geometry.stride_height, geometry.dilation_height, geometry.in_height)
            let columnsRead = inputExtent(
                columns, geometry.kernel_width, geometry.stride_width, geometry.dilation_width, geometry.in_width)
            return (
                prepared: try CheckedSize.product(
                    [images, rowsRead, columnsRead, paddedChannels(geometry.channels)], of: "the workspace"),
                scratch: 0
            )
        }
    }

    /// The most input rows (or columns) that `extent` neighbouring output rows read.
    private static func inputExtent(_ extent: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ input: Int) -> Int {
        min(input, (extent - 1) * stride + (kernel - 1) * dilation + 1)
    }
}
