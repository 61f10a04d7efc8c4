// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Winograd's minimal filtering for 3 x 3 kernels of stride 1 (Lavin and Gray, "Fast Algorithms for Convolutional
/// Neural Networks", 2016): the image in overlapping tiles, each transformed, multiplied point by point with the
/// transformed kernel, summed over channels, and transformed back.
enum Winograd {
    static func applicability(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, tile: Int
    ) -> Applicability {
        for axis in [problem.height, problem.width] {
            if axis.kernel != 3 {
                return .doesNotApply(
                    "the kernel is \(problem.height.kernel) x \(problem.width.kernel); it must be 3 x 3")
            }
            if axis.stride != 1 {
                return .doesNotApply("the stride is \(problem.height.stride) x \(problem.width.stride); it must be 1")
            }
            if axis.dilation != 1 {
                return .doesNotApply(
                    "the dilation is \(problem.height.dilation) x \(problem.width.dilation); it must be 1")
            }
        }
        // With fewer, the largest error in thousands of random convolutions exceeded 0.6 of the bound that a direct sum
        // keeps, 4 eps sqrt(terms) times the sum of the products' magnitudes.
        let leastChannels = tile == 6 ? 16 : tile == 4 ? 2 : 1
        if problem.channelsPerGroup < leastChannels {
            return .doesNotApply(
                "a group has \(problem.channelsPerGroup) input channels; with fewer than \(leastChannels) the rounding "
                    + "errors of the transforms exceed those of the sum")
        }
        if Kernel.select(CK_WINOGRAD, instructionSet, winogradTile: tile) == nil {
            return .doesNotApply("there is no kernel for \(instructionSet)")
        }
        return .applies
    }

    static func estimate(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, tile: Int
    ) -> Double {
        CostModel(
            problem, Kernel.required(CK_WINOGRAD, instructionSet, winogradTile: tile), threads: threads
        ).winograd
    }

    static func method(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?, tile: Int
    ) throws(ConvolutionError) -> any Method {
        let kernel = Kernel.required(CK_WINOGRAD, instructionSet, winogradTile: tile)
        let geometry = ck_geometry(problem)
        let side = tile + 2
        let points = side * side
        let panels = (geometry.out_channels + kernel.tileChannels - 1) / kernel.tileChannels
        // The transformed weights, and the filters with one scale each: see CK_WINOGRAD.
        let packed = try CheckedSize.product(
            [
                panels, kernel.tileChannels,
                CheckedSize.sum(
                    CheckedSize.product([points + 9, geometry.channels], of: "the packed weights"), 1,
                    of: "the packed weights"),
            ], of: "the packed weights")
        return try KernelMethod.preparing(
            kernel, geometry, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: packed, blockPixels: kernel.winogradTiles * tile * tile,
            // Two rows of tiles share the input rows between them, one does not.
            blockColumns: 112, prepareShare: 6 / Double(max(1, geometry.out_channels))
        ) { (images, rows, columns) throws(ConvolutionError) in
            let tiles = try CheckedSize.product(
                [images, (rows + tile - 1) / tile, (columns + tile - 1) / tile], of: "the workspace")
            let channels = try CheckedSize.roundUp(geometry.channels, toMultipleOf: 16)
            let products = (min(tiles, kernel.winogradTiles) * kernel.tileChannels + 31) / 16 * 16
            return (
                prepared: try CheckedSize.product(
                    [
                        points,
                        CheckedSize.sum(
                            CheckedSize.product([tiles, channels], of: "the workspace"), 16, of: "the workspace"),
                    ],
                    of: "the workspace"),
                scratch: max(
                    points * products + 48 * tile * kernel.lanes, side * (115 + 2 * kernel.lanes) * kernel.lanes)
            )
        }
    }
}

/// F(2 x 2, 3 x 3).
enum Winograd2: WinogradOfTile { static let tile = 2 }
/// F(4 x 4, 3 x 3).
enum Winograd4: WinogradOfTile { static let tile = 4 }
/// F(6 x 6, 3 x 3).
enum Winograd6: WinogradOfTile { static let tile = 6 }

/// Winograd's algorithm with output tiles of one size.
protocol WinogradOfTile: AlgorithmImplementation {
    static var tile: Int { get }
}

extension WinogradOfTile {
    static func applicability(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet) -> Applicability {
        Winograd.applicability(problem, instructionSet, tile: tile)
    }

    static func estimate(_ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        Winograd.estimate(problem, instructionSet, threads: threads, tile: tile)
    }

    static func method(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike kernelName: String?
    ) throws(ConvolutionError) -> any Method {
        try Winograd.method(
            problem, instructionSet, threads: threads, workspaceLimit: workspaceLimit, tile: tile)
    }
}
