// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct StateDictTests {
    @Test func `Names have the layer's name before them`() throws {
        let layer = try Conv1d(2, 3, kernelSize: 2, seed: 1)
        #expect(layer.stateDict() == ["weight": layer.weight, "bias": try #require(layer.bias)])
        #expect(Set(layer.stateDict(prefix: "conv1").keys) == ["conv1.weight", "conv1.bias"])
        #expect(Set(layer.stateDict(prefix: "conv1.").keys) == ["conv1.weight", "conv1.bias"])
        #expect(Set(try Conv1d(2, 3, kernelSize: 2, bias: false).stateDict().keys) == ["weight"])
    }

    @Test func `A layer takes its tensors from a model's`() throws {
        let source = try Conv2d(2, 3, kernelSize: 2, seed: 1)
        var layer = try Conv2d(2, 3, kernelSize: 2, seed: 2)
        let input = try Tensor.randn([1, 2, 5, 5], seed: 3)
        let before = try layer(input)
        let copy = layer
        var model = source.stateDict(prefix: "conv1")
        model["fc.weight"] = try Tensor.zeros([4])
        try layer.loadStateDict(model, prefix: "conv1")
        #expect(layer.weight == source.weight)
        #expect(layer.bias == source.bias)
        #expect(try layer(input) == source(input), "the packed weights are the new ones")
        #expect(try copy(input) == before, "a copy keeps its own")
    }

    @Test func `What doesn't fit is an error and changes nothing`() throws {
        var layer = try Conv1d(2, 3, kernelSize: 2, seed: 1)
        let before = layer.stateDict()
        let (weight, bias) = (layer.weight, try #require(layer.bias))
        #expect(throws: ConvolutionError.missingParameter("conv1.weight")) {
            try layer.loadStateDict(["weight": weight, "bias": bias], prefix: "conv1")
        }
        #expect(throws: ConvolutionError.missingParameter("bias")) { try layer.loadStateDict(["weight": weight]) }
        #expect(throws: ConvolutionError.parameterShape(name: "weight", expected: [3, 2, 2], got: [3, 2, 1])) {
            try layer.loadStateDict(["weight": Tensor.ones([3, 2, 1]), "bias": bias])
        }
        #expect(throws: ConvolutionError.parameterShape(name: "a.bias", expected: [3], got: [1, 3])) {
            try layer.loadStateDict(["a.weight": Tensor.ones([3, 2, 2]), "a.bias": Tensor.ones([1, 3])], prefix: "a")
        }
        #expect(layer.stateDict() == before)
        var biasless = try Conv1d(2, 3, kernelSize: 2, bias: false, seed: 1)
        #expect(throws: ConvolutionError.unexpectedParameter("bias")) { try biasless.loadStateDict(before) }
    }

    @Test func `Parameters are replaced together`() throws {
        var layer = try Conv1d(1, 1, kernelSize: 2, seed: 1)
        let input = try Tensor([1, 2, 3], shape: [1, 1, 3])
        _ = try layer(input)
        try layer.setParameters(weight: Tensor([1, 10], shape: [1, 1, 2]), bias: Tensor([100], shape: [1]))
        #expect(try layer(input).elements == [121, 132])
        #expect(throws: ConvolutionError.missingParameter("bias")) {
            try layer.setParameters(weight: Tensor([1, 10], shape: [1, 1, 2]))
        }
        #expect(try layer(input).elements == [121, 132])
    }
}
