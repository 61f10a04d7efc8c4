// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Planes of few columns, and ends of rows that half a vector holds, which AVX-512 computes two channels at a time.
@Suite(.countsCases) struct DepthwiseHalvesTests {
    private static let kernels = [(3, 1), (5, 1), (7, 1), (3, 2), (5, 2)]

    /// Output widths up to half a vector and around one and a half; rows around a tile and several; channels of which one
    /// is left over, and several filters of one plane.
    private func shapes(_ listed: ListedKernel) -> [KernelCase] {
        Self.kernels.flatMap { kernel, stride in
            [1, 4, 7, 8, 9, 16 + 1, 16 + 8].flatMap { columns in
                [1, 3, 7, 8, 15].map { rows in
                    .depthwise(
                        groups: 3, multiplier: rows % 2 + 1, kernel: kernel, stride: stride,
                        output: Extent(rows, columns))
                }
            }
        }
    }

    @Test(arguments: ListedKernel.depthwise { $0.isForSquares && $0 != CK_DEPTHWISE_WRAPS })
    func planes(listed: ListedKernel) {
        let shapes = shapes(listed).filter { $0.isFor(listed) }
        // Blocks want a vector of columns and some rows, planes one filter and four columns.
        #expect(shapes.count >= (listed.body == CK_DEPTHWISE_STRIPS ? 175 : 30), "\(shapes.count) cases")
        for var shape in shapes {
            expectCorrect(listed, shape)
            shape.hasResidual = true
            shape.activation = .silu
            expectCorrect(listed, shape, placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.depthwise { $0.isForSquares && $0 != CK_DEPTHWISE_WRAPS })
    func bitsDoNotDependOnTheSplit(listed: ListedKernel) {
        for shape in shapes(listed) where shape.isFor(listed) {
            expectSameBits(listed, shape, seeds: 1...3)
        }
    }
}
