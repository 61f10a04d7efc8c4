// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// Strides, whose phases take vectors of channels to themselves where the channels make whole vectors.
@Suite(.countsCases) struct WinogradPhaseTests {
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func phasesOfWholeVectors(kernel: ListedKernel) {
        for window in kernel.winogradWindows where window.stride != Extent(1, 1) {
            for layout in [Layout.channelsFirst, .channelsLast, .apart] {
                var shape = kernel.shape(width: 71, height: 13, channels: 2 * kernel.lanes)
                window.apply(to: &shape)
                (shape.inputLayout, shape.hasBias) = (layout, true)
                guard shape.output.height > 0 && shape.output.width > 0 else { continue }
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
            }
        }
    }

    /// Rows of several strips, the largest stride.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func theLargestStride(kernel: ListedKernel) {
        let stride = Int(CK_WINOGRAD_MAX_STRIDE)
        for channels in [3, kernel.lanes] {
            var shape = kernel.shape(width: 1, height: 1, channels: channels)
            let taps = stride * kernel.tileTaps - 3
            shape.kernel = Extent(kernel.winograd.rh > 1 ? taps : 1, kernel.winograd.rw > 1 ? taps : 1)
            shape.stride = Extent(kernel.winograd.rh > 1 ? stride : 1, kernel.winograd.rw > 1 ? stride : 1)
            let (long, short) = (41 * stride + 5, taps + 3)
            shape.input = Extent(
                kernel.isVertical ? long : kernel.winograd.rh > 1 ? short : 2, kernel.winograd.rw > 1 ? long : 2)
            shape.padding = Margin()
            shape.images = 1
            expectCorrect(kernel, shape, placements: [.endsAtGuard])
        }
    }
}
