// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Transposed layers.
@Suite struct TransposedModuleTests {
    @Test func `The text is PyTorch's`() throws {
        let texts = [
            "\(try ConvTranspose2d(4, 6, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2))",
            "\(try ConvTranspose1d(4, 8, kernelSize: 4, stride: 2, bias: false, dilation: 3))",
            "\(try ConvTranspose3d(4, 8, kernelSize: [1, 2, 3]))",
        ]
        #expect(
            texts == [
                """
                ConvTranspose2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), \
                groups=2)
                """,
                "ConvTranspose1d(4, 8, kernel_size=(4,), stride=(2,), dilation=(3,), bias=False)",
                "ConvTranspose3d(4, 8, kernel_size=(1, 2, 3), stride=(1, 1, 1))",
            ])
    }

    @Test func `Parameters are initialised within PyTorch's bound`() throws {
        let layer = try ConvTranspose2d(6, 8, kernelSize: [3, 5], groups: 2, seed: 1)
        #expect(layer.weight.shape == [6, 4, 3, 5] && layer.bias?.shape == [8])
        #expect(layer.inChannels == 6 && layer.outChannels == 8 && layer.outputPadding == [0, 0])
        // The fan in is that of the output channels: 4 * 15.
        let bound = 1 / Float(60).squareRoot()
        let largest = layer.weight.elements.map(abs).max() ?? 0
        #expect(largest <= bound && largest > 0.95 * bound)
        #expect((layer.bias?.elements ?? []).allSatisfy { abs($0) <= bound })
    }

    @Test func `A call may ask for a size`() throws {
        let layer = try ConvTranspose2d(3, 5, kernelSize: 3, stride: 2, padding: 1, seed: 1)
        let x = try Tensor.integers([2, 3, 5, 5], seed: 1)
        for size in [[9, 9], [10, 9], [2, 5, 10, 10]] {
            let y = try layer(x, outputSize: size)
            #expect(y.shape == [2, 5] + size.suffix(2))
            let extra = size.suffix(2).map { $0 - 9 }
            #expect(
                try y
                    == convTranspose2d(
                        x, weight: layer.weight, bias: layer.bias, stride: 2, padding: 1, outputPadding: extra))
        }
        // A whole shape has as many axes as the input.
        #expect(throws: ConvolutionError.valueCount(parameter: "output_size", rank: 2, values: [5, 9, 10])) {
            try layer(x, outputSize: [5, 9, 10])
        }
        let one = try Tensor.integers([3, 5, 5], seed: 1)
        #expect(try layer(one, outputSize: [5, 10, 9]).shape == [5, 10, 9])
        #expect(try layer(x).shape == [2, 5, 9, 9])
        #expect(
            throws: ConvolutionError.outputSize([12, 9], least: [9, 9], most: [10, 10], inputSize: [5, 5])
        ) { try layer(x, outputSize: [12, 9]) }
    }

    @Test func `A state dict makes a layer`() throws {
        let made = try ConvTranspose1d(4, 6, kernelSize: 3, groups: 2, seed: 3)
        let layer = try ConvTranspose1d(stateDict: made.stateDict(prefix: "up"), prefix: "up", groups: 2)
        let x = try Tensor.integers([4, 9], seed: 1)
        #expect(try layer(x) == made(x))
        #expect(layer.outChannels == 6 && layer.description == made.description)
        #expect(throws: ConvolutionError.parameterShape(name: "bias", expected: [6], got: [4])) {
            try ConvTranspose1d(stateDict: ["weight": made.weight, "bias": Tensor.zeros([4])], groups: 2)
        }
    }

    @Test func `What no call could compute is refused`() throws {
        #expect(throws: ConvolutionError.paddingWordTransposed("same")) {
            try ConvTranspose2d(2, 2, kernelSize: 3, padding: .same)
        }
        #expect(throws: ConvolutionError.outputPadding([1], stride: [1], dilation: [1])) {
            try ConvTranspose1d(2, 2, kernelSize: 3, outputPadding: 1)
        }
        #expect(throws: ConvolutionError.invalidInputChannels(3, groups: 2)) {
            try ConvTranspose1d(3, 2, kernelSize: 3, groups: 2)
        }
        #expect(throws: ConvolutionError.invalidInputChannels(0, groups: 1)) {
            try ConvTranspose1d(0, 2, kernelSize: 3)
        }
        #expect(throws: ConvolutionError.invalidOutputChannels(3, groups: 2)) {
            try ConvTranspose1d(2, 3, kernelSize: 3, groups: 2)
        }
        #expect(throws: ConvolutionError.transposedBiasShape(weightShape: [2, 3, 4], groups: 1, biasShape: [2])) {
            try ConvTranspose1d(weight: Tensor.zeros([2, 3, 4]), bias: Tensor.zeros([2]))
        }
    }

    /// Other sizes, in turns, share plans or have their own; activation, residual, and channels last.
    @Test func `Calls of other sizes answer as the definition`() throws {
        let layer = try ConvTranspose2d(
            weight: Tensor.integers([4, 3, 4, 3], seed: 1), bias: Tensor.integers([3], seed: 2), stride: [2, 3],
            padding: 1, outputPadding: [1, 0], activation: .relu, options: .init(precision: .strict))
        var count = 0
        for size in [[5, 6], [1, 6], [5, 1], [9, 17], [1, 1], [5, 6]] {
            let x = try Tensor.integers([2, 4] + size, seed: 3)
            let problem = try ConvolutionProblem.transposed(
                inputShape: x.shape, weightShape: layer.weight.shape, stride: [2, 3], padding: 1, outputPadding: [1, 0])
            let residual = try Tensor.integers(problem.outputShape, seed: 4)
            let expected = try ConvolutionPlan(
                problem, weight: layer.weight, bias: layer.bias, activation: .relu,
                options: .init(algorithm: .reference))(x, residual: residual)
            #expect(try layer(x, residual: residual) == expected, "\(size)")
            count += 1
        }
        #expect(count == 6)
    }
}
