// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Pixels that a stride picks, packed panel by panel while the panel before is multiplied.
@Suite struct PickedPixelsTests {
    /// Output channels for as many register tiles as a panel has vectors and more, for fewer, and for a ragged last one.
    private func shapes(_ kernel: ListedKernel) -> [KernelCase] {
        let tile = kernel.tilePixels, lanes = kernel.lanes
        // Rows shorter and longer than a vector; one to three panels; with 1 to 5 pixels beside whole tiles.
        let sizes = [
            (7, 7), (14, 14), (3, 2 * lanes + 3), (2, tile + 1), (1, 2 * tile + 2), (1, 3 * tile + 3), (53, 1),
        ]
        return sizes.flatMap { rows, columns in
            [2, 3].flatMap { stride in
                [2, 9].map { tiles in
                    var shape = kernel.shape(
                        width: (columns - 1) * stride + 1, height: (rows - 1) * stride + 1, channels: 21,
                        outputChannels: tiles * kernel.tileChannels + tiles % 4)
                    shape.stride = Extent(stride, stride)
                    shape.hasBias = columns % 2 == 1
                    return shape
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_GEMM_PIXELS))
    func panels(kernel: ListedKernel) {
        for var shape in shapes(kernel) {
            expectCorrect(kernel, shape)
            shape.hasResidual = true
            shape.activation = .silu
            expectCorrect(kernel, shape, placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_GEMM_PIXELS))
    func bitsDoNotDependOnTheSplit(kernel: ListedKernel) {
        for shape in shapes(kernel) {
            let data = KernelData(shape, .reals)
            let whole = KernelRun(kernel, shape, data)
            for seed in 1...3 as ClosedRange<UInt64> {
                let pieces = KernelRun(kernel, shape, data, split: .random(seed: seed))
                #expect(pieces.output.hasSameBits(as: whole.output), "\(kernel.name), cut by seed \(seed): \(shape)")
            }
        }
    }
}
