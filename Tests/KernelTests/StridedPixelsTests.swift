// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Strided pixels, packed panel by panel while the panel before is multiplied.
@Suite(.countsCases) struct StridedPixelsTests {
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

    /// Patches, overlapping windows and gaps between them, with every way to load them, and tiles of a few pixels and more.
    private func windows(_ kernel: ListedKernel) -> [KernelCase] {
        let kernels = [(Extent(2, 2), Extent(1, 1)), (Extent(4, 4), Extent(1, 1)), (Extent(1, 5), Extent(2, 3))]
        return kernels.flatMap { size, dilation in
            [1, 2, 3, 4, 7].flatMap { stride in
                [(3, 1), (2, kernel.lanes + 1), (1, 2 * kernel.lanes), (2, kernel.tilePixels)].map { rows, columns in
                    var shape = kernel.shape(
                        width: (columns - 1) * stride + (size.width - 1) * dilation.width + 1,
                        height: (rows - 1) * stride + (size.height - 1) * dilation.height + 1, channels: 3,
                        outputChannels: kernel.tileChannels + 1)
                    (shape.kernel, shape.dilation, shape.stride) = (size, dilation, Extent(stride, stride))
                    shape.groups = stride % 2 + 1
                    shape.hasBias = columns % 2 == 1
                    return shape
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_GEMM_PIXELS))
    func windowsOfLargerKernels(kernel: ListedKernel) {
        for var shape in windows(kernel) {
            expectCorrect(kernel, shape)
            shape.hasResidual = true
            shape.activation = .gelu
            expectCorrect(kernel, shape, placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_GEMM_PIXELS))
    func bitsDoNotDependOnTheSplit(kernel: ListedKernel) {
        for shape in shapes(kernel) + windows(kernel) {
            expectSameBits(kernel, shape, seeds: 1...3)
        }
    }
}
