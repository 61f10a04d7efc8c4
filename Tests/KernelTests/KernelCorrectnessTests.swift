// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Every kernel of the list against the definition, on small whole numbers: sums are exact in any order.
@Suite struct KernelCorrectnessTests {
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
        let tiles = kernel.descriptor.pointee.winograd_tiles
        for width in [tiles * kernel.winogradTile, tiles * kernel.winogradTile + 1] {
            expectCorrect(kernel, kernel.shape(width: width, height: 1), placements: [.endsAtGuard])
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func inputChannelsAroundTheVector(kernel: ListedKernel) {
        for channels in kernel.channelCounts {
            for layout in [Layout.channelsFirst, .channelsLast] {
                var shape = kernel.shape(
                    width: kernel.regionUnit + 4, channels: channels, outputChannels: kernel.tileChannels + 1)
                shape.images = 1
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                expectCorrect(kernel, shape)
            }
        }
    }

    /// Windows of all kinds: those with padding wider than the kernel, those that skip input, those that see one pixel.
    @Test(arguments: ListedKernel.runnable)
    func windows(kernel: ListedKernel) {
        for window in Window.all {
            for layout in [Layout.channelsFirst, .channelsLast] {
                var shape = kernel.shape(width: kernel.tilePixels + 2, height: 9, outputChannels: kernel.lanes + 3)
                window.apply(to: &shape)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                shape.hasBias = true
                guard shape.output.height > 0 && shape.output.width > 0 else { continue }
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
            }
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func layouts(kernel: ListedKernel) {
        for input in Layout.allCases {
            for output in Layout.allCases {
                for window in [Window.all[0], Window.strided] {
                    var shape = kernel.shape(
                        width: 2 * kernel.lanes + 3, height: 3, outputChannels: kernel.lanes + 1)
                    window.apply(to: &shape)
                    (shape.inputLayout, shape.outputLayout) = (input, output)
                    shape.hasBias = true
                    shape.hasResidual = true
                    expectCorrect(kernel, shape)
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func groups(kernel: ListedKernel) {
        for layout in [Layout.channelsFirst, .channelsLast, .apart] {
            for outputChannels in [1, 2, kernel.tileChannels + 1] {
                var shape = kernel.shape(width: kernel.lanes + 1, channels: 3)
                (shape.groups, shape.outputChannels) = (3, outputChannels)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                shape.hasBias = true
                shape.hasResidual = true
                expectCorrect(kernel, shape)
            }
        }
    }

    @Test(arguments: ListedKernel.runnable)
    func activations(kernel: ListedKernel) {
        for activation in KernelActivation.allCases {
            for layout in [Layout.channelsFirst, .channelsLast, .apart] {
                var shape = kernel.shape(
                    width: 2 * kernel.lanes + 5, channels: 2, outputChannels: kernel.lanes + 3)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                (shape.hasBias, shape.hasResidual) = (true, activation != .silu)
                shape.activation = activation
                expectCorrect(kernel, shape, placements: [.endsAtGuard])
            }
        }
    }
}

/// The kernel of a convolution and what surrounds it, independent of its channels.
struct Window: Sendable {
    var kernel = Extent(3, 3)
    var stride = Extent(1, 1)
    var dilation = Extent(1, 1)
    var padding = Margin()

    static let strided = Window(stride: Extent(2, 2), padding: .all(1))

    static let all: [Window] = [
        Window(kernel: Extent(1, 1)),
        Window(),
        Window(padding: .all(1)),
        Window(padding: Margin(top: 1, left: 0, bottom: 0, right: 2)),
        Window(padding: Margin(top: 5, left: 4, bottom: 3, right: 21)),
        Window(kernel: Extent(1, 1), stride: Extent(2, 3), padding: .all(1)),
        Window(kernel: Extent(1, 3), padding: Margin(left: 1, right: 1)),
        Window(kernel: Extent(3, 1), padding: Margin(top: 1, bottom: 1)),
        Window(kernel: Extent(2, 2), stride: Extent(2, 2)),
        Window(kernel: Extent(4, 2), stride: Extent(1, 3), padding: Margin(top: 2, left: 1)),
        strided,
        Window(stride: Extent(3, 2), padding: Margin(top: 0, left: 2, bottom: 4, right: 0)),
        Window(kernel: Extent(5, 5), padding: .all(2)),
        Window(kernel: Extent(5, 5), stride: Extent(2, 2), padding: .all(2)),
        Window(kernel: Extent(7, 7), padding: .all(3)),
        Window(kernel: Extent(7, 7), stride: Extent(2, 2), padding: .all(3)),
        Window(dilation: Extent(2, 2), padding: .all(2)),
        Window(stride: Extent(2, 1), dilation: Extent(1, 3), padding: Margin(top: 1, left: 3, bottom: 1, right: 3)),
        // Larger than the image in one direction or both, so that some taps never fall on it.
        Window(kernel: Extent(11, 3), padding: .all(5)),
        Window(dilation: Extent(9, 31), padding: Margin(top: 10, left: 33, bottom: 9, right: 30)),
        Window(kernel: Extent(1, 64), padding: Margin(left: 31, right: 32)),
        // A stride larger than the kernel, and one larger than the image.
        Window(kernel: Extent(2, 2), stride: Extent(5, 4)),
        Window(stride: Extent(40, 90), padding: .all(1)),
    ]

    func apply(to shape: inout KernelCase) {
        shape.kernel = kernel
        shape.stride = stride
        shape.dilation = dilation
        shape.padding = padding
    }
}
