// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// The residual may be the output itself: a convolution then adds to what is there.
@Suite(.countsCases) struct KernelAccumulationTests {
    /// Tails of pixels and of channels, which kernels store over one another where they may, cut in any way.
    @Test(arguments: ListedKernel.runnable)
    func theResidualMayBeTheOutput(kernel: ListedKernel) {
        let widths = [2 * kernel.tilePixels + 3, kernel.lanes + 1, 3 * kernel.lanes - 1]
        let activations: [KernelActivation] = [.none, .silu, .clamp]
        for (number, window) in kernel.windows.enumerated() {
            for (turn, layout) in [Layout.channelsFirst, .channelsLast, .channelsFirst, .apart].enumerated() {
                var shape = kernel.shape(
                    width: widths[(number + turn) % widths.count], height: 5, channels: 3,
                    outputChannels: kernel.tileChannels + kernel.lanes + 1 + number % 3)
                window.apply(to: &shape)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                (shape.hasBias, shape.hasResidual) = (number % 2 == 0, true)
                shape.activation = activations[(2 * number + turn) % activations.count]
                guard shape.isFor(kernel), shape.output.height > 0, shape.output.width > 0 else { continue }
                let data = KernelData(shape, .reals)
                let apart = KernelRun(kernel, shape, data)
                for split in [TaskSplit.whole, .random(seed: 1)] {
                    let run = KernelRun(kernel, shape, data, split: split, accumulates: true)
                    #expect(run.output.hasSameBits(as: apart.output), "\(kernel.name), \(split): \(shape)")
                }
            }
        }
    }
}
