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
        case CK_IM2COL:
            // Of a 1 x 1 kernel the matrix of windows is the pixels that the stride picks.
            try Im2col.method(
                problem, instructionSet, threads: threads, workspaceLimit: workspaceLimit, packedLike: other)
        default: try channelLanes(problem, kernel, threads: threads, workspaceLimit: workspaceLimit)
        }
    }

    /// The kernel that is estimated to be the faster, or the one that the weights are packed for.
    private static func kernel(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, packedLike other: (any Method)?
    ) -> (kernel: Kernel, nanoseconds: Double) {
        let channels = Kernel.required(CK_GEMM_CHANNELS, instructionSet)
        let channelTime = CostModel(problem, channels, threads: threads).gemmChannels.nanoseconds
        guard problem.picksPixels else { return (channels, channelTime) }
        let pixels = Kernel.required(problem.isPointwise ? CK_GEMM_PIXELS : CK_IM2COL, instructionSet)
        let model = CostModel(problem, pixels, threads: threads)
        let pixelTime = problem.isPointwise ? model.gemmPixels : model.im2col.nanoseconds
        let isPixels =
            if let other {
                other.kernelName == pixels.name
            } else {
                // The copy of picked pixels is of a whole image: no larger than what a plan takes by itself.
                pixelTime <= channelTime && (problem.isPointwise || problem.pickedPixels <= 4e6)
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

    private static func channelLanes(
        _ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int, workspaceLimit: Int?
    ) throws(ConvolutionError) -> any Method {
        let geometry = ck_geometry(problem)
        let packed = try problem.panelWeightCount(kernel)
        return try KernelMethod.preparing(
            kernel, geometry, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: packed,
            blocks: .pixels(Grid.pixels(inputBytes: Grid.secondLevelShare, geometry, kernel)),
            prepareShare: CostModel(problem, kernel, threads: threads).gemmChannels.prepareShare
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
