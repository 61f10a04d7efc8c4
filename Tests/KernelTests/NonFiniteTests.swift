// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Infinities and NaN go where the definition has them go, in Winograd kernels as well.
@Suite(.countsCases) struct NonFiniteTests {
    private static let layouts: [Layout] = [.channelsFirst, .channelsLast, .apart]

    /// A padded tap is skipped: an infinite weight that meets nothing but padding leaves no trace.
    @Test(
        arguments: ListedKernel.runnable(
            CK_DIRECT, CK_DIRECT_PIXELS, CK_GEMM_CHANNELS, CK_DEPTHWISE, CK_WINOGRAD, CK_FFT))
    func paddingMeetsNoWeight(kernel: ListedKernel) {
        for window in kernel.windows {
            for layout in Self.layouts {
                for tap in [0, window.kernel.height * window.kernel.width - 1] {
                    var shape = kernel.shape(width: kernel.tilePixels + 3, height: 4, outputChannels: kernel.lanes + 1)
                    window.apply(to: &shape)
                    (shape.inputLayout, shape.outputLayout) = (layout, layout)
                    // Positive input, so that infinite products of one output never meet with both signs.
                    var data = KernelData(shape)
                    data.input = data.input.map { $0.isNaN ? $0 : abs($0) + 1 }
                    let taps = window.kernel.height * window.kernel.width
                    for index in stride(from: tap, to: data.weight.count, by: taps * shape.channels) {
                        data.weight[index] = .infinity
                    }
                    expectCorrect(kernel, shape, data, placements: [.endsAtGuard])
                }
            }
        }
    }

    /// A NaN or an infinity in the input reaches the outputs whose windows hold it, and no others.
    @Test(arguments: ListedKernel.runnable)
    func inputSpreadsToItsWindowsAlone(kernel: ListedKernel) {
        for value in [Float.nan, .infinity] {
            for (window, layout) in kernel.windows.flatMap({ window in Self.layouts.map { (window, $0) } }) {
                var shape = kernel.shape(width: kernel.tilePixels + 3, height: 4, outputChannels: kernel.lanes + 1)
                window.apply(to: &shape)
                (shape.inputLayout, shape.outputLayout) = (layout, layout)
                var data = KernelData(shape)
                data.weight = data.weight.map { $0 == 0 ? 1 : abs($0) }
                let strides = shape.inputStrides
                for (channel, row, pixel) in [(0, 0, 0), (shape.groups * shape.channels - 1, 3, kernel.tilePixels)] {
                    data.input[strides.offset(0, channel, row, pixel)] = value
                }
                for activation in [KernelActivation.none, .clamp, .leakyReLU] {
                    shape.activation = activation
                    expectCorrect(kernel, shape, data, placements: [.endsAtGuard])
                }
            }
        }
    }
}
