// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Planes of few columns and of channels that fill vectors, which are transposed to channel lanes.
@Suite struct DepthwisePlanesTests {
    private static let kernels = [(3, 1), (5, 1), (7, 1), (3, 2), (5, 2)]

    /// Columns and rows of output: narrower than the columns that are computed together, a few of those, and more rows
    /// than are in lanes at a time.
    private static let outputs = [(4, 3), (5, 1), (7, 7), (9, 8), (14, 14), (20, 11), (28, 9), (6, 70)]

    /// Channels that fill vectors of any length, with some left over.
    private func shapes() -> [KernelCase] {
        Self.kernels.flatMap { kernel, stride in
            Self.outputs.map { columns, rows in
                .depthwise(groups: 16 + 5, kernel: kernel, stride: stride, output: Extent(rows, columns))
            }
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_DEPTHWISE))
    func planes(listed: ListedKernel) {
        for var shape in shapes() {
            expectCorrect(listed, shape)
            shape.hasResidual = true
            shape.activation = .silu
            expectCorrect(listed, shape, placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_DEPTHWISE))
    func bitsDoNotDependOnTheSplit(listed: ListedKernel) {
        for var shape in shapes() {
            expectSameBits(listed, shape, seeds: 1...3)
            shape.hasResidual = true
            expectSameBits(listed, shape, seeds: 4...5)
        }
    }
}
