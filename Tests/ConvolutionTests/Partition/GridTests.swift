// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

@testable import Convolution

@Suite struct GridTests {
    struct Layer: Sendable {
        let channels: Int
        let outputs: Int
        let extent: Int
    }

    private static func grid(
        _ layer: Layer, _ algorithm: ck_algorithm, _ instructionSet: InstructionSet, threads: Int
    ) throws -> Grid {
        let kernel = Kernel.required(algorithm, instructionSet)
        let geometry = try ck_geometry(
            KernelProblem(
                slicesOf: ConvolutionProblem(
                    inputShape: [1, layer.channels, layer.extent * layer.extent],
                    weightShape: [layer.outputs, layer.channels, 1], rank: 1)))
        return Grid(
            geometry, kernel, images: 1, groups: 1, threads: threads,
            blockPixels: Grid.pixels(inputBytes: 512 << 10, geometry, kernel),
            columnUnit: algorithm == CK_GEMM_PIXELS ? kernel.tilePixels : 1, joinedColumns: kernel.joinedPixels)
    }

    /// 96 to 24 channels at 56 x 56 was 3 blocks of 2 and 1 panels, 1.12 halves for one of two threads; 1024 to 256 at
    /// 14 x 14 blocks of 144 and 52 pixels.
    @Test(
        arguments: [
            Layer(channels: 96, outputs: 24, extent: 56), Layer(channels: 1024, outputs: 256, extent: 14),
            Layer(channels: 64, outputs: 64, extent: 56), Layer(channels: 320, outputs: 1280, extent: 7),
            Layer(channels: 256, outputs: 128, extent: 28),
        ], [CK_GEMM_PIXELS, CK_DIRECT])
    func threadsEndTogether(layer: Layer, algorithm: ck_algorithm) throws {
        for instructionSet in InstructionSet.available {
            for threads in 2...4 {
                let grid = try Self.grid(layer, algorithm, instructionSet, threads: threads)
                let loadImbalance = grid.blocks.unitImbalance(threads: threads, groups: 1, channels: grid.channels)
                #expect(loadImbalance < 1.1, "\(layer), \(instructionSet), \(threads) threads")
            }
        }
    }

    /// A few pixels beyond whole tiles cost nothing beside the last tile, and a pass of the weights by themselves.
    @Test func aFewPixelsAreNoBlock() throws {
        for instructionSet in InstructionSet.available {
            let joined = Kernel.required(CK_GEMM_PIXELS, instructionSet).joinedPixels
            let grid = try Self.grid(
                Layer(channels: 64, outputs: 8, extent: 7), CK_GEMM_PIXELS, instructionSet, threads: 64)
            for index in 0..<grid.blocks.count {
                let columns = grid.blocks.region(index).columns
                #expect(columns.end - columns.begin > joined)
            }
        }
    }
}
