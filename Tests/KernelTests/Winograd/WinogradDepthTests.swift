// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Input channels that lie in several planes of a volume, in vectors of one plane and of several.
@Suite(.countsCases) struct WinogradDepthTests {
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func channelsOfSeveralDepths(kernel: ListedKernel) {
        for window in kernel.winogradWindows.prefix(2) {
            for (depthChannels, taps) in [(1, 3), (3, 2), (kernel.lanes, 2), (2 * kernel.lanes, 3), (5, 1)] {
                for (layout, isInnermost) in [(Layout.channelsFirst, true), (.channelsLast, false), (.apart, true)] {
                    var shape = kernel.shape(
                        width: 2 * kernel.tileOutputs + 1, height: 5, channels: depthChannels * taps,
                        outputChannels: kernel.lanes + 1)
                    window.apply(to: &shape)
                    (shape.images, shape.hasBias, shape.inputLayout) = (1, true, layout)
                    (shape.depthTaps, shape.isDepthInnermost) = (taps, isInnermost)
                    guard shape.output.height > 0 && shape.output.width > 0 else { continue }
                    expectCorrect(kernel, shape, placements: [.endsAtGuard])
                }
            }
        }
    }

    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func bitsDoNotDependOnTheSplit(kernel: ListedKernel) {
        for (depthChannels, taps) in [(5, 7), (kernel.lanes, 3)] {
            var shape = kernel.shape(
                width: 2 * kernel.tileOutputs + 1, height: 5, channels: depthChannels * taps,
                outputChannels: kernel.tileChannels + 1)
            (shape.depthTaps, shape.isDepthInnermost) = (taps, true)
            expectSameBits(kernel, shape, seeds: 1...2)
        }
    }
}
