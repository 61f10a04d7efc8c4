// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Windows that no network has: any stride, along one axis or both, any kernel and any dilation. Channels that fill
/// vectors are computed in channel lanes, others in tiles of pixels, in the same order.
@Suite(.countsCases) struct DepthwiseStrideTests {
    private static let strides = [
        Extent(3, 3), Extent(4, 4), Extent(5, 5), Extent(8, 8), Extent(16, 16), Extent(1, 3), Extent(4, 1),
        Extent(2, 1),
        Extent(1, 2), Extent(2, 3), Extent(2, 2),
    ]
    private static let kernels = [
        Extent(1, 1), Extent(2, 2), Extent(3, 3), Extent(4, 5), Extent(6, 6), Extent(1, 9), Extent(7, 1),
    ]

    /// Outputs of less and of more than a vector; bias, residual, activation, layout and filters of a plane in turn.
    private func shapes(_ listed: ListedKernel) -> [KernelCase] {
        var shapes: [KernelCase] = []
        for stride in Self.strides {
            for kernel in Self.kernels {
                for groups in [2, listed.lanes + 3] {
                    let number = shapes.count
                    var shape = KernelCase(images: 1 + number % 2, outputChannels: number % 5 == 0 ? 2 : 1)
                    (shape.groups, shape.kernel, shape.stride) = (groups, kernel, stride)
                    shape.padding = Margin(
                        top: kernel.height / 2, left: kernel.width / 2, bottom: number % 3, right: number % 2)
                    let columns = number % 3 == 0 ? listed.lanes + 2 : 4
                    shape.input = Extent(2 * stride.height + kernel.height, (columns - 1) * stride.width + kernel.width)
                    (shape.hasBias, shape.hasResidual) = (number % 4 < 2, number % 7 == 0)
                    shape.activation = number % 11 == 0 ? .silu : number % 2 == 0 ? .clamp : .none
                    shapes.append(shape)
                }
            }
        }
        return shapes
    }

    /// Strides and dilations with a divisor in common and without, of kernels of more and of fewer columns than there are
    /// residues of the stride.
    private func dilated(_ listed: ListedKernel) -> [KernelCase] {
        [(2, 2), (3, 2), (2, 3), (4, 6), (6, 4), (5, 3), (4, 5), (9, 2)].flatMap { stride, dilation in
            [Extent(3, 3), Extent(5, 4), Extent(2, 6)].flatMap { kernel in
                [1, listed.lanes].map { groups in
                    var shape = KernelCase()
                    (shape.groups, shape.kernel) = (groups, kernel)
                    (shape.stride, shape.dilation) = (Extent(stride, stride), Extent(dilation, dilation))
                    shape.padding = Margin(top: dilation, left: dilation + 1, bottom: 1, right: 2)
                    shape.input = Extent(
                        (kernel.height - 1) * dilation + 2 * stride, (kernel.width - 1) * dilation + 6 * stride)
                    return shape
                }
            }
        }
    }

    /// Kernels as large as their image and larger, whose windows fill the scratch, and taps beyond what is listed.
    private func large(_ listed: ListedKernel) -> [KernelCase] {
        [(31, 1), (31, 2), (31, 8), (31, 16), (21, 3), (16, 4), (65, 7)].flatMap { kernel, stride in
            [1, listed.lanes + 1].map { groups in
                var shape = KernelCase()
                (shape.groups, shape.kernel) = (kernel > 31 ? 1 : groups, Extent(kernel, kernel))
                shape.stride = Extent(stride, stride)
                shape.padding = .all(kernel / 2)
                shape.input = Extent(9 + stride, 11 + 2 * stride)
                return shape
            }
        }
    }

    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func strides(listed: ListedKernel) {
        let shapes = shapes(listed)
        #expect(shapes.count == 154)
        for var shape in shapes {
            expectCorrect(listed, shape, placements: [.endsAtGuard, .beginsAtGuard])
            (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
            expectCorrect(listed, shape, placements: [.endsAtGuard, .beginsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func stridesWithDilation(listed: ListedKernel) {
        for var shape in dilated(listed) {
            expectCorrect(listed, shape, placements: [.endsAtGuard, .beginsAtGuard])
            (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
            expectCorrect(listed, shape, placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func largeKernels(listed: ListedKernel) {
        for var shape in large(listed) {
            expectCorrect(listed, shape, placements: [.endsAtGuard])
            (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
            shape.outputChannels = shape.stride.height == 2 ? 2 : 1
            expectCorrect(listed, shape, placements: [.endsAtGuard])
        }
    }

    /// Rows of one image, with strides, longer than what is copied at a time.
    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func longRows(listed: ListedKernel) {
        for (kernel, stride) in [(3, 3), (9, 4), (31, 8), (5, 16)] {
            for groups in [1, listed.lanes] {
                var shape = KernelCase()
                (shape.groups, shape.kernel, shape.stride) = (groups, Extent(1, kernel), Extent(1, stride))
                (shape.input, shape.padding) = (Extent(1, 1200 * stride), Margin(left: kernel / 2))
                if listed.body.isForChannels {
                    (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
                }
                expectCorrect(listed, shape, placements: [.endsAtGuard])
            }
        }
    }

    /// A cut leaves channels that fill no vector, which tiles compute.
    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func bitsDoNotDependOnTheSplit(listed: ListedKernel) {
        for (number, var shape) in (shapes(listed) + dilated(listed)).enumerated() where number % 3 == 0 {
            shape.groups *= 2
            if shape.isFor(listed) { expectSameBits(listed, shape, seeds: 1...3) }
            (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
            if shape.isFor(listed) { expectSameBits(listed, shape, seeds: 4...5) }
        }
    }

    /// An infinite weight takes its own channel out of the lanes, and no other's bits change.
    @Test(arguments: ListedKernel.depthwise { !$0.isForSquares })
    func anInfiniteWeightStaysInItsChannel(listed: ListedKernel) {
        for stride in [1, 3, 4] {
            for layout in [Layout.channelsFirst, .channelsLast] {
                var shape = KernelCase()
                (shape.groups, shape.kernel) = (3 * listed.lanes, Extent(4, 4))
                (shape.stride, shape.padding) = (Extent(stride, stride), .all(2))
                shape.input = Extent(9, 9)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                var data = KernelData(shape)
                data.input = data.input.map { $0.isNaN ? $0 : abs($0) + 1 }
                data.weight[(listed.lanes + 1) * 16] = .infinity
                expectCorrect(listed, shape, data, placements: [.endsAtGuard])
            }
        }
    }

    /// Only what goes by lanes is written to the scratch: without a stride, tiles read such rows in place.
    @Test(arguments: ListedKernel.depthwise { $0 == CK_DEPTHWISE_COLUMN_LANES || $0 == CK_DEPTHWISE_ROW_LANES })
    func channelsThatFillVectorsAreComputedInLanes(listed: ListedKernel) {
        var cases = 0
        for kernel in [2, 3, 4] {
            for (groups, hasRun) in [
                (1, false), (listed.lanes - 1, false), (listed.lanes, true), (listed.lanes + 1, true),
            ] {
                var shape = KernelCase()
                shape.groups = groups
                if listed.body == CK_DEPTHWISE_COLUMN_LANES {
                    shape.kernel = Extent(1, kernel)
                    shape.input = Extent(1, 48 * listed.lanes + kernel - 1)
                } else {
                    shape.kernel = Extent(kernel, kernel)
                    shape.input = Extent(5, listed.lanes + 1)
                }
                let run = KernelRun(listed, shape, KernelData(shape), watchedScratch: [0])
                #expect(run.traces.writtenScratch == (hasRun ? [0] : []), "\(listed.name): \(shape)")
                cases += 1
            }
        }
        #expect(cases == 12)
    }
}
