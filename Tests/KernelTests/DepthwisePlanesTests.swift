// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Planes of few columns and of channels that fill vectors, which are transposed to channel lanes.
@Suite(.countsCases) struct DepthwisePlanesTests {
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

    @Test(arguments: ListedKernel.depthwise { $0.isForSquares && $0 != CK_DEPTHWISE_WRAPS })
    func planes(listed: ListedKernel) {
        let shapes = shapes().filter { $0.isFor(listed) }
        #expect(shapes.count >= (listed.body == CK_DEPTHWISE_BLOCKS ? 15 : 38), "\(shapes.count) cases")
        for var shape in shapes {
            expectCorrect(listed, shape)
            shape.hasResidual = true
            shape.activation = .silu
            expectCorrect(listed, shape, placements: [.endsAtGuard])
        }
    }

    /// Only what planes bring into lanes is written to the scratch: strips, which compute what fills no vector, need none.
    @Test(arguments: ListedKernel.depthwise { $0 == CK_DEPTHWISE_PLANES })
    func wholeVectorsOfChannelsAreTransposed(listed: ListedKernel) {
        var cases = 0
        for var shape in shapes() where shape.isFor(listed) {
            for (groups, hasRun) in [(listed.lanes - 1, false), (listed.lanes, true), (listed.lanes + 1, true)] {
                shape.groups = groups
                let run = KernelRun(listed, shape, KernelData(shape), watchedScratch: [0])
                #expect(run.traces.writtenScratch == (hasRun ? [0] : []), "\(listed.name): \(shape)")
                cases += 1
            }
        }
        #expect(cases >= 110, "\(cases) cases")
    }

    @Test(arguments: ListedKernel.depthwise { $0.isForSquares && $0 != CK_DEPTHWISE_WRAPS })
    func bitsDoNotDependOnTheSplit(listed: ListedKernel) {
        for var shape in shapes() where shape.isFor(listed) {
            expectSameBits(listed, shape, seeds: 1...3)
            shape.hasResidual = true
            expectSameBits(listed, shape, seeds: 4...5)
        }
    }
}
