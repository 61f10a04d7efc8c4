// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ModuleTests {
    @Test func `The worked example of two axes`() throws {
        let layer = try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1], seed: 1)
        let input = try Tensor.randn([5, 8, 10, 5], seed: 2)
        let output = try layer(input)
        #expect(output.shape == [5, 14, 4, 4])
        let same = try conv2d(input, weight: layer.weight, bias: layer.bias, stride: [2, 1])
        for (got, expected) in zip(output.elements, same.elements) {
            #expect(abs(got - expected) < 1e-4)
        }
    }

    @Test func `The text is PyTorch's`() throws {
        let texts = [
            "\(try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1]))",
            "\(try Conv2d(4, 8, kernelSize: 3, padding: 1, dilation: 2, groups: 2, bias: false, paddingMode: .circular))",
            "\(try Conv2d(4, 8, kernelSize: 3, padding: .same))",
            "\(try Conv2d(4, 8, kernelSize: 3, padding: .valid))",
            "\(try Conv2d(4, 8, kernelSize: 3, padding: [0, 2]))",
            "\(try Conv2d(4, 8, kernelSize: 1, padding: 0, paddingMode: .reflect))",
            "\(try Conv1d(4, 8, kernelSize: 3, stride: 2))",
            "\(try Conv1d(4, 8, kernelSize: 3, padding: 1, dilation: 2, groups: 4, bias: false))",
            "\(try Conv2d(4, 8, kernelSize: 3, padding: .pairs([.init(before: 0, after: 1)])))",
            "\(try Conv1d(4, 8, kernelSize: 3, padding: .pairs([.init(before: 0, after: 1)])))",
        ]
        #expect(
            texts == [
                "Conv2d(8, 14, kernel_size=(3, 2), stride=(2, 1))",
                """
                Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), dilation=(2, 2), groups=2, \
                bias=False, padding_mode=circular)
                """,
                "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)",
                "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=valid)",
                "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(0, 2))",
                "Conv2d(4, 8, kernel_size=(1, 1), stride=(1, 1), padding_mode=reflect)",
                "Conv1d(4, 8, kernel_size=(3,), stride=(2,))",
                "Conv1d(4, 8, kernel_size=(3,), stride=(1,), padding=(1,), dilation=(2,), groups=4, bias=False)",
                "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=((0, 1), (0, 1)))",
                "Conv1d(4, 8, kernel_size=(3,), stride=(1,), padding=((0, 1),))",
            ])
    }

    @Test func `The parameters can be read`() throws {
        let layer = try Conv2d(
            4, 8, kernelSize: [3, 2], stride: [2, 1], padding: .valid, dilation: 2, groups: 2, paddingMode: .reflect)
        #expect(layer.inChannels == 4)
        #expect(layer.outChannels == 8)
        #expect(layer.kernelSize == [3, 2])
        #expect(layer.stride == [2, 1])
        #expect(layer.dilation == [2, 2])
        #expect(layer.groups == 2)
        #expect(layer.padding == .valid)
        #expect(layer.paddingMode == .reflect)
        #expect(layer.weight.shape == [8, 2, 3, 2])
        #expect(layer.bias?.shape == [8])
        #expect(try Conv1d(4, 8, kernelSize: 3, bias: false).bias == nil)
    }

    @Test func `Padding modes fill before the convolution`() throws {
        let input = try Tensor([1, 2, 3, 4], shape: [1, 1, 4])
        let weight = try Tensor([1, 10, 100], shape: [1, 1, 3])
        func output(_ mode: PaddingMode, _ padding: Padding = 1) throws -> [Float] {
            try Conv1d(weight: weight, padding: padding, paddingMode: mode)(input).elements
        }
        #expect(try output(.zeros) == [210, 321, 432, 43])
        #expect(try output(.reflect) == [212, 321, 432, 343])
        #expect(try output(.replicate) == [211, 321, 432, 443])
        #expect(try output(.circular) == [214, 321, 432, 143])
        #expect(try output(.circular, .same) == [214, 321, 432, 143])
        #expect(try output(.replicate, .pairs([.init(before: 2, after: 0)])) == [111, 211, 321, 432])
        #expect(throws: ConvolutionError.self) { try output(.reflect, 4) }
        #expect(throws: ConvolutionError.self) { try output(.circular, 5) }
        #expect(try output(.circular, 4).count == 10)
    }

    @Test func `What is wrong with a layer is said when it is made`() {
        #expect(throws: ConvolutionError.nonPositiveGroups(0)) { try Conv2d(4, 8, kernelSize: 3, groups: 0) }
        #expect(throws: ConvolutionError.nonPositiveGroups(-2)) { try Conv1d(4, 8, kernelSize: 3, groups: -2) }
        #expect(throws: ConvolutionError.invalidInputChannels(5, groups: 2)) {
            try Conv2d(5, 8, kernelSize: 3, groups: 2)
        }
        #expect(throws: ConvolutionError.invalidInputChannels(-2, groups: 1)) { try Conv2d(-2, 8, kernelSize: 3) }
        #expect(throws: ConvolutionError.invalidOutputChannels(7, groups: 2)) {
            try Conv2d(4, 7, kernelSize: 3, groups: 2)
        }
        #expect(throws: ConvolutionError.invalidOutputChannels(0, groups: 1)) { try Conv1d(4, 0, kernelSize: 3) }
        #expect(throws: ConvolutionError.emptyKernel([3, 0])) { try Conv2d(4, 8, kernelSize: [3, 0]) }
        #expect(throws: ConvolutionError.emptyKernel([-1])) { try Conv1d(4, 8, kernelSize: -1) }
        #expect(throws: ConvolutionError.nonPositiveStride([0, 0])) { try Conv2d(4, 8, kernelSize: 3, stride: 0) }
        #expect(throws: ConvolutionError.nonPositiveDilation([1, 0])) {
            try Conv2d(4, 8, kernelSize: 3, dilation: [1, 0])
        }
        #expect(throws: ConvolutionError.negativePadding([-1])) { try Conv1d(4, 8, kernelSize: 3, padding: -1) }
        #expect(throws: ConvolutionError.samePaddingWithStride([1, 2])) {
            try Conv2d(4, 8, kernelSize: 3, stride: [1, 2], padding: .same)
        }
        #expect(throws: ConvolutionError.valueCount(parameter: "kernel_size", rank: 2, values: [3, 3, 3])) {
            try Conv2d(4, 8, kernelSize: [3, 3, 3])
        }
        #expect(throws: ConvolutionError.self) { try Conv2d(.max, 8, kernelSize: 3) }
        #expect(throws: ConvolutionError.self) { try Conv2d(4, 8, kernelSize: Extents(.max)) }
        #expect(throws: ConvolutionError.self) { try Conv1d(4, .max, kernelSize: 3) }
    }

    @Test func `What is wrong with given tensors is said when a layer is made`() throws {
        let weight = try Tensor.zeros([6, 2, 3, 3])
        #expect(throws: ConvolutionError.moduleWeightRank(rank: 1, weightShape: [6, 2, 3, 3])) {
            try Conv1d(weight: weight)
        }
        #expect(throws: ConvolutionError.biasShape(weightShape: [6, 2, 3, 3], biasShape: [5])) {
            try Conv2d(weight: weight, bias: Tensor.zeros([5]))
        }
        #expect(throws: ConvolutionError.invalidOutputChannels(6, groups: 4)) { try Conv2d(weight: weight, groups: 4) }
        #expect(throws: ConvolutionError.emptyKernel([0, 3])) { try Conv2d(weight: Tensor.zeros([6, 2, 0, 3])) }
        #expect(try Conv2d(weight: weight, groups: 3).inChannels == 6)
    }

    @Test func `What is wrong with an input is said when the layer is called`() throws {
        let layer = try Conv2d(4, 8, kernelSize: 3, groups: 2, seed: 1)
        #expect(throws: ConvolutionError.inputRank(rank: 2, inputShape: [4, 8])) {
            try layer(Tensor.zeros([4, 8]))
        }
        #expect(
            throws: ConvolutionError.channelMismatch(
                groups: 2, weightShape: [8, 2, 3, 3], inputShape: [1, 6, 8, 8], expected: 4, got: 6)
        ) {
            try layer(Tensor.zeros([6, 8, 8]))
        }
        #expect(throws: ConvolutionError.kernelExceedsInput(paddedSize: [2, 8], kernelSize: [3, 3])) {
            try layer(Tensor.zeros([1, 4, 2, 8]))
        }
        #expect(throws: ConvolutionError.emptyInput(inputShape: [1, 4, 0, 8])) {
            try layer(Tensor.zeros([1, 4, 0, 8]))
        }
        #expect(try layer(Tensor.zeros([0, 4, 8, 8])).shape == [0, 8, 6, 6])
    }
}
