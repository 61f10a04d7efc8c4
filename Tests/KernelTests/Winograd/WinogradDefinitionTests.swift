// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Numbers that the transforms alone would get wrong: the kernels fall back to the definition, or scale the filters.
@Suite(.countsCases) struct WinogradDefinitionTests {
    private static let kernels = ListedKernel.runnable(CK_WINOGRAD)

    /// Sums that are finite although the transforms overflow on their way to them.
    @Test(arguments: kernels)
    func hugeInputDoesNotOverflow(kernel: ListedKernel) {
        let shape = shape(kernel)
        var data = KernelData(shape)
        data.input = data.input.map { $0 * 7e37 }
        // One tap of each filter, so that no sum of products is larger than its parts.
        let filter = shape.channels * shape.kernel.height * shape.kernel.width
        data.weight = data.weight.indices.map { $0 % filter == filter / 2 ? 1 : 0 }
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
        var index = 0
        for image in 0..<shape.images {
            for channel in 0..<shape.outputChannels {
                for row in 0..<shape.output.height {
                    for pixel in 0..<shape.output.width {
                        let value = run.output.base[shape.outputStrides.offset(image, channel, row, pixel)]
                        #expect(Double(value) == reference.values[index])
                        index += 1
                    }
                }
            }
        }
    }

    /// Exact zeros stay zeros next to tiles that are not.
    @Test(arguments: kernels)
    func zerosStayZeros(kernel: ListedKernel) {
        let shape = shape(kernel)
        var data = KernelData(shape)
        data.input = data.input.enumerated().map { $0 % 37 == 5 ? $1 : ($1.isNaN ? $1 : 0) }
        expectCorrect(kernel, shape, data, placements: [.endsAtGuard])
    }

    private func shape(_ kernel: ListedKernel) -> KernelCase {
        kernel.shape(width: 3 * kernel.tileOutputs + 1, height: 7, outputChannels: kernel.lanes + 3)
    }
}
