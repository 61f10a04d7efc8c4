// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// What is particular to the kernels that transform.
@Suite(.countsCases) struct FFTTests {
    private static let kernels = ListedKernel.runnable(CK_FFT)
    private static let points = [
        32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192,
    ]

    /// Every size of transform, with kernels of less than half of it, of three quarters, of all of it and more. The output
    /// of the longest is short, or the definition would take minutes.
    @Test(arguments: kernels, points)
    func everySizeOfTransform(kernel: ListedKernel, points: Int) {
        let lengths = [9, points / 3, 3 * points / 4, 3 * points / 4 + 1, points + 1]
        for taps in lengths {
            for outputChannels in [2, kernel.lanes] {
                let isShort = taps > 9 && points > 512
                let width = isShort ? taps + 40 : points + 5
                var shape = kernel.shape(width: width, height: 1, channels: 2, outputChannels: outputChannels)
                shape.transformPoints = points
                shape.images = 1
                shape.kernel = Extent(1, taps)
                shape.padding = isShort ? Margin(left: 3) : Margin(left: taps / 2, right: taps / 2)
                expectCorrect(kernel, shape, KernelData(shape, .reals), placements: [.endsAtGuard])
            }
        }
    }

    /// Dilations of all sizes, with spans of whole vectors of segments, of fewer and of more, and larger than the output.
    @Test(arguments: kernels)
    func dilations(kernel: ListedKernel) {
        for dilation in [2, kernel.lanes, kernel.lanes + 3, 65, 200, 1000] {
            for outputChannels in [1, kernel.lanes + 3] {
                for (taps, isWide) in [(5, false), (9, true), (40, false)] {
                    var shape = kernel.shape(width: 303, height: 1, channels: 3, outputChannels: outputChannels)
                    shape.kernel = Extent(1, taps)
                    shape.dilation = Extent(1, dilation)
                    let margin = dilation * (taps - 1) / 2
                    shape.padding = Margin(left: margin + (isWide ? 7 : -1), right: margin)
                    (shape.hasBias, shape.hasResidual) = (true, isWide)
                    guard shape.output.width > 0 else { continue }
                    expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
                    expectSameBits(kernel, shape, seeds: 1...2)
                }
            }
        }
    }

    /// Kernels of many parts, with rows of more segments than are multiplied at once.
    @Test(arguments: kernels)
    func longKernels(kernel: ListedKernel) {
        for outputChannels in [1, kernel.lanes + 3] {
            for (taps, stride) in [(333, 1), (500, 4)] {
                var shape = kernel.shape(width: 1300, height: 1, channels: 2, outputChannels: outputChannels)
                shape.kernel = Extent(1, taps)
                shape.stride = Extent(1, stride)
                shape.padding = Margin(left: taps - 1)
                (shape.hasBias, shape.hasResidual) = (true, true)
                expectCorrect(kernel, shape, placements: [.endsAtGuard, .beginsAtGuard])
            }
        }
    }

    /// Sums that are finite although the transforms overflow on their way to them.
    @Test(arguments: kernels)
    func hugeInputDoesNotOverflow(kernel: ListedKernel) {
        let shape = shape(kernel)
        var data = KernelData(shape)
        data.input = data.input.map { $0 * 7e37 }
        // One tap of each filter, so that no sum of products is larger than its parts.
        data.weight = data.weight.indices.map { $0 % (shape.kernel.width * shape.channels) == 4 ? 1 : 0 }
        expectCorrect(kernel, shape, data)
    }

    /// The scale of a filter costs it no bits.
    @Test(arguments: kernels, [Float(0x1p-120), 0x1p-60, 0x1p60, 0x1p100])
    func filtersMayBeOfAnyScale(kernel: ListedKernel, scale: Float) {
        let shape = shape(kernel)
        var data = KernelData(shape)
        data.weight = data.weight.map { $0 * scale }
        data.bias = data.bias?.map { $0 * scale }
        expectCorrect(kernel, shape, data, placements: [.endsAtGuard])
    }

    /// Sums of subnormal products, which the transforms would round as subnormals: exact but for the last rounding.
    @Test(arguments: kernels, [Float(0x1p-148), 0x1p-130])
    func subnormalSumsAreExact(kernel: ListedKernel, scale: Float) {
        var shape = shape(kernel)
        shape.hasBias = false
        var data = KernelData(shape)
        data.input = data.input.map { $0 * scale }
        let reference = KernelReference(shape, data)
        let run = KernelRun(kernel, shape, data, .endsAtGuard)
        let values = (0..<shape.outputCount).map { Double(run.output.base[$0]) }
        #expect(values == reference.values)
    }

    /// Where there is nothing but zeros, as in an image or a filter of zeros, the answer is the bias, to the bit.
    @Test(arguments: kernels)
    func zerosStayZeros(kernel: ListedKernel) {
        var shape = shape(kernel)
        shape.images = 3
        var data = KernelData(shape)
        let image = shape.inputStrides.image
        for index in image..<2 * image { data.input[index] = 0 }
        let filter = shape.channels * shape.kernel.width
        for index in filter..<2 * filter { data.weight[index] = 0 }
        let reference = KernelReference(shape, data)
        let run = KernelRun(kernel, shape, data)
        #expect(run.difference(from: reference) == nil)
        let plane = shape.output.width
        for index in 0..<shape.outputCount {
            let isOfZeros = index / plane / shape.outputChannels == 1 || index / plane % shape.outputChannels == 1
            if isOfZeros { #expect(Double(run.output.base[index]) == reference.values[index]) }
        }
    }

    private func shape(_ kernel: ListedKernel) -> KernelCase {
        var shape = kernel.shape(width: 71, height: 1, outputChannels: kernel.lanes + 3)
        shape.kernel = Extent(1, 12)
        shape.padding = Margin(left: 11, right: 5)
        shape.hasBias = true
        return shape
    }
}
