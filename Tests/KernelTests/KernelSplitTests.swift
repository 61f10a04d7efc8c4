// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// What the executors rely on: however the work is cut into tasks, and in whatever order they run, the bits are the same.
@Suite(.countsCases) struct KernelSplitTests {
    /// Real numbers, whose sums would show another order.
    @Test(arguments: ListedKernel.runnable)
    func bitsDoNotDependOnTheSplit(kernel: ListedKernel) {
        var shape = kernel.shape(
            width: kernel.tilePixels * 2 + 5, height: 7, channels: 35, outputChannels: 2 * kernel.tileChannels + 5)
        shape.groups *= 2
        (shape.hasBias, shape.hasResidual) = (true, true)
        compareSplits(kernel, shape)
    }

    @Test(arguments: ListedKernel.runnable.filter { $0.algorithm != CK_DEPTHWISE || $0.body.isForChannels })
    func bitsDoNotDependOnTheSplitChannelsLast(kernel: ListedKernel) {
        var shape = kernel.shape(
            width: kernel.tilePixels + 5, height: 5, channels: 19,
            outputChannels: kernel.tileChannels + kernel.lanes + 1)
        shape.activation = .silu
        (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
        compareSplits(kernel, shape)
    }

    @Test(arguments: ListedKernel.depthwise { $0 == CK_DEPTHWISE_WRAPS || !$0.isForSquares })
    func bitsDoNotDependOnTheSplitDilated(kernel: ListedKernel) {
        let rows = Window(kernel: Extent(1, 9), padding: Margin(left: 4, right: 4))
        let windows = Window.dilatedSquares + (kernel.body == CK_DEPTHWISE_WRAPS ? [] : [rows])
        for width in [7, 2 * kernel.lanes + 1] {
            compareSplits(kernel, kernel.shape(width: width, height: 9), windows: windows)
        }
    }

    /// Sums that are stored tile by tile, for want of scratch, are the same.
    @Test(arguments: ListedKernel.runnable(CK_DIRECT))
    func bitsDoNotDependOnTheScratch(kernel: ListedKernel) {
        for window in kernel.windows {
            for layout in [Layout.channelsFirst, .channelsLast, .apart] {
                var shape = kernel.shape(
                    width: kernel.tilePixels + 5, height: 5, channels: 19, outputChannels: 2 * kernel.tileChannels + 3)
                window.apply(to: &shape)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                let data = KernelData(shape, .reals)
                let run = KernelRun(kernel, shape, data)
                let without = KernelRun(kernel, shape, data, hasScratch: false)
                #expect(without.output.hasSameBits(as: run.output), "\(kernel.name): \(shape)")
            }
        }
    }

    private func compareSplits(_ kernel: ListedKernel, _ shape: KernelCase, windows: [Window]? = nil) {
        for window in windows ?? kernel.windows {
            var shape = shape
            window.apply(to: &shape)
            guard shape.isFor(kernel) else { continue }
            expectSameBits(kernel, shape, seeds: 1...6)
        }
    }

    /// The answer for an image does not depend on the images beside it.
    @Test(arguments: ListedKernel.runnable)
    func bitsDoNotDependOnTheBatch(kernel: ListedKernel) {
        var batch = kernel.shape(width: kernel.tilePixels + 3, height: 3, channels: 7, outputChannels: kernel.lanes + 1)
        batch.images = 3
        var single = batch
        single.images = 1
        let data = KernelData(batch, .reals)
        let whole = KernelRun(kernel, batch, data)
        let inputCount = batch.inputStrides.image
        let outputCount = batch.outputStrides.image
        for image in 0..<3 {
            var own = data
            own.input = Array(data.input[image * inputCount..<(image + 1) * inputCount])
            let run = KernelRun(kernel, single, own)
            let isSame = (0..<outputCount).allSatisfy {
                whole.output.base[image * outputCount + $0].bitPattern == run.output.base[$0].bitPattern
            }
            #expect(isSame, "\(kernel.name), image \(image): \(batch)")
        }
    }
}
