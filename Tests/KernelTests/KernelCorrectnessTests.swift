// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Every kernel of the list against the definition, on small whole numbers: sums are exact in any order.
@Suite(.countsCases) struct KernelCorrectnessTests {
    @Test(arguments: ListedKernel.runnable)
    func pixelsAndOutputChannelsAroundTheTile(kernel: ListedKernel) {
        for width in kernel.widths {
            for outputChannels in kernel.outputChannelCounts {
                var shape = kernel.shape(width: width, outputChannels: outputChannels)
                shape.hasBias = width % 2 == 0
                shape.hasResidual = outputChannels % 3 != 0
                expectCorrect(kernel, shape)
            }
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func moreTilesThanAreMultipliedAtOnce(kernel: ListedKernel) {
        let width = kernel.winograd.tiles * kernel.tileOutputs
        for width in [width, width + 1] {
            expectCorrect(kernel, kernel.shape(width: width, height: 1), placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func inputChannelsAroundTheVector(kernel: ListedKernel) {
        for channels in kernel.channelCounts {
            for layout in [Layout.channelsFirst, .channelsLast] {
                var shape = kernel.shape(
                    width: kernel.tileOutputs + 4, channels: channels, outputChannels: kernel.tileChannels + 1)
                shape.images = 1
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                expectCorrect(kernel, shape)
            }
        }
    }

    /// Windows of all kinds: those with padding wider than the kernel, those that skip input, those that see one pixel.
    @Test(arguments: ListedKernel.runnable)
    func windows(kernel: ListedKernel) {
        for (number, window) in (kernel.algorithm == CK_WINOGRAD ? kernel.winogradWindows : Window.all).enumerated() {
            for layout in [Layout.channelsFirst, .channelsLast] {
                var shape = kernel.shape(width: kernel.tilePixels + 2, height: 9, outputChannels: kernel.lanes + 3)
                window.apply(to: &shape)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                shape.hasBias = true
                shape.hasResidual = (number % 2 == 0) == (layout == .channelsFirst)
                guard shape.output.height > 0 && shape.output.width > 0 else { continue }
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
            }
        }
    }

    /// Rows of many tiles and an incomplete one, and rows too long for what a kernel may keep of them.
    @Test(arguments: ListedKernel.runnable)
    func longRows(kernel: ListedKernel) {
        let windows = [
            Window(kernel: Extent(1, 1)), Window(padding: .all(1)), Window.strided,
            Window(kernel: Extent(1, 9), padding: Margin(left: 4, right: 4)),
            Window(kernel: Extent(1, 10), stride: Extent(1, 2), dilation: Extent(1, 3), padding: Margin(left: 13)),
            // Kernels of several rows whose output is one, and taps no two of which are a whole vector apart.
            Window(kernel: Extent(3, 5), dilation: Extent(2, 1), padding: .all(2)),
            Window(kernel: Extent(1, 4), dilation: Extent(1, 5), padding: Margin(left: 7, right: 7)),
        ]
        for window in windows + ([CK_WINOGRAD, CK_DEPTHWISE].contains(kernel.algorithm) ? kernel.windows : []) {
            for (number, width) in [9 * kernel.lanes + 1, 12 * kernel.lanes + 3, 4001].enumerated() {
                var shape = kernel.shape(width: width, height: 1, channels: 2, outputChannels: 3)
                window.apply(to: &shape)
                (shape.hasBias, shape.hasResidual) = (true, number == 1)
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .offByOne])
            }
        }
    }

    /// Images of less than two vectors to a row: rows whose windows share the zeros between them, unpadded, padded on one
    /// side or by more than the kernel reaches, and with a panel whose weights are not finite beside one whose are.
    @Test(arguments: ListedKernel.runnable(CK_DIRECT_PIXELS))
    func narrowImages(kernel: ListedKernel) {
        let windows = [
            Window(padding: .all(1)), Window(kernel: Extent(2, 4)),
            Window(kernel: Extent(3, 5), dilation: Extent(2, 1), padding: Margin(top: 2, left: 4, bottom: 1)),
            Window(kernel: Extent(1, 3), dilation: Extent(1, 2), padding: Margin(right: 3)),
            Window(kernel: Extent(2, 2), padding: .all(4)),
        ]
        for window in windows {
            for width in 1...2 * kernel.lanes + 1 {
                for (height, activation) in [(3, KernelActivation.none), (2 * kernel.lanes + 1, .silu), (10, .clamp)] {
                    var shape = kernel.shape(
                        width: width, height: height, channels: 3, outputChannels: kernel.tileChannels + 1 + width % 3)
                    window.apply(to: &shape)
                    shape.activation = activation
                    (shape.hasBias, shape.hasResidual) = (width % 2 == 1, height == 10)
                    guard shape.output.height > 0 && shape.output.width > 0 else { continue }
                    expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
                    guard activation == .none else { continue }
                    var data = KernelData(shape)
                    data.input = data.input.map { $0.isNaN ? $0 : abs($0) + 1 }
                    data.weight[0] = .infinity
                    expectCorrect(kernel, shape, data, placements: [.endsAtGuard])
                }
            }
        }
    }

    /// Kernels as tall as the image: their output is one row.
    @Test(arguments: ListedKernel.runnable.filter { $0.algorithm != CK_WINOGRAD && !$0.isForSquares })
    func oneRowOfTallKernels(kernel: ListedKernel) {
        let windows = [
            Window(kernel: Extent(7, 3), padding: Margin(left: 1, right: 1)),
            Window(kernel: Extent(4, 5), dilation: Extent(2, 1), padding: Margin(left: 2)),
            Window(kernel: Extent(7, 2), stride: Extent(1, 2)),
        ]
        for window in windows {
            for width in [kernel.lanes - 1, 5 * kernel.lanes + 1] {
                var shape = kernel.shape(width: max(5, width), height: 7, channels: 2, outputChannels: 3)
                window.apply(to: &shape)
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
            }
        }
    }

    /// Dilated kernels that leave the width as it is, of which a dilation's rows may be one: rows of less than a vector,
    /// and images of less than a dilation, or of no whole number of them.
    @Test(arguments: ListedKernel.depthwise { $0 == CK_DEPTHWISE_WRAPS || !$0.isForSquares })
    func dilatedSquares(kernel: ListedKernel) {
        for window in Window.dilatedSquares {
            for width in [1, 7, kernel.lanes, 4 * kernel.lanes + 1] {
                for height in [1, 6, 13] {
                    var shape = kernel.shape(width: width, height: height)
                    window.apply(to: &shape)
                    (shape.hasBias, shape.hasResidual) = (true, height == 6)
                    if kernel.body.isForChannels {
                        (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
                    }
                    expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
                }
            }
        }
    }

    /// So few tiles that the scratch is no larger than what `prepare` needs, and so far apart that it gathers columns.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func fewTilesFarApart(kernel: ListedKernel) {
        for width in 1...3 {
            var shape = kernel.shape(width: width, height: 1)
            let margin = 37 * (kernel.tileTaps - 1)
            shape.images = 1
            if kernel.winograd.rw > 1 {
                (shape.dilation.width, shape.padding.left, shape.padding.right) = (37, margin - margin / 2, margin / 2)
            } else {
                (shape.dilation.height, shape.padding.top, shape.padding.bottom) = (37, margin - margin / 2, margin / 2)
            }
            expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func layouts(kernel: ListedKernel) {
        for input in Layout.allCases {
            for output in Layout.allCases {
                for window in [CK_WINOGRAD, CK_DEPTHWISE].contains(kernel.algorithm)
                    ? Array(kernel.windows.prefix(3)) : [Window.all[0], .strided]
                {
                    var shape = kernel.shape(
                        width: 2 * kernel.lanes + 3, height: 3, outputChannels: kernel.lanes + 1)
                    window.apply(to: &shape)
                    (shape.inputLayout, shape.outputLayout) = (input, output)
                    shape.hasBias = true
                    shape.hasResidual = true
                    expectCorrect(kernel, shape, placements: [.endsAtGuard])
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func groups(kernel: ListedKernel) {
        for window in kernel.windows {
            for layout in [Layout.channelsFirst, .channelsLast, .apart] {
                for outputChannels in [1, 2, kernel.tileChannels + 1] {
                    var shape = kernel.shape(width: kernel.lanes + 1, height: 4, channels: 3)
                    window.apply(to: &shape)
                    (shape.groups, shape.outputChannels) = (3, outputChannels)
                    (shape.inputLayout, shape.outputLayout) = (layout, layout)
                    shape.hasBias = true
                    shape.hasResidual = true
                    expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func activations(kernel: ListedKernel) {
        for activation in KernelActivation.allCases {
            for window in kernel.windows {
                for layout in [Layout.channelsFirst, .channelsLast, .apart] {
                    var shape = kernel.shape(
                        width: 2 * kernel.lanes + 5, height: 4, channels: 2, outputChannels: kernel.lanes + 3)
                    window.apply(to: &shape)
                    (shape.inputLayout, shape.outputLayout) = (layout, layout)
                    (shape.hasBias, shape.hasResidual) = (true, activation != .silu)
                    shape.activation = activation
                    expectCorrect(kernel, shape, placements: [.endsAtGuard])
                }
            }
        }
    }
}
