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

    @Test(arguments: ["", "conv1", "conv1.", "features.0.conv"])
    func `A layer is made of a model's tensors`(_ prefix: String) throws {
        let source = try Conv2d(4, 6, kernelSize: [3, 2], stride: 2, padding: [1, 0], groups: 2, seed: 1)
        var model = source.stateDict(prefix: prefix)
        model["fc.weight"] = try Tensor.zeros(4)
        let layer = try Conv2d(stateDict: model, prefix: prefix, stride: 2, padding: [1, 0], groups: 2)
        #expect(layer.description == source.description)
        #expect(layer.weight == source.weight)
        #expect(layer.bias == source.bias)
        let input = try Tensor.randn(2, 4, 7, 7, seed: 3)
        #expect(try layer(input) == source(input))
        let line = try Conv1d(2, 3, kernelSize: 5, bias: false, seed: 1)
        let copy = try Conv1d(stateDict: line.stateDict(prefix: prefix), prefix: prefix, activation: .relu)
        #expect(copy.weight == line.weight)
        #expect(copy.bias == nil)
        #expect(copy.activation == .relu)
    }

    @Test func `Tensors that no layer is made of are refused by name and shape`() throws {
        let model = [
            "a.weight": try Tensor.ones(6, 2, 3, 3), "a.bias": try Tensor.ones(5), "b.weight": try Tensor.ones(6, 2, 3),
            "c.bias": try Tensor.ones(6), "d.weight": try Tensor.ones(6, 2, 0, 3), "e.weight": try Tensor.ones([]),
            "e.bias": try Tensor.ones(1), "f.weight": try Tensor.ones(0, 2, 3, 3),
        ]
        func error(_ prefix: String, groups: Int = 1) throws -> ConvolutionError {
            try #require(
                #expect(throws: ConvolutionError.self) {
                    try Conv2d(stateDict: model, prefix: prefix, groups: groups)
                })
        }
        #expect(try error("a") == .parameterShape(name: "a.bias", expected: [6], got: [5]))
        #expect(
            try error("b.")
                == .stateDict(
                    name: "b.weight", shape: [6, 2, 3], error: .moduleWeightRank(rank: 2, weightShape: [6, 2, 3])))
        #expect(try error("c") == .missingParameter("c.weight"))
        #expect(try error("nowhere") == .missingParameter("nowhere.weight"))
        #expect(try error("") == .missingParameter("weight"))
        #expect(
            try error("d")
                == .stateDict(name: "d.weight", shape: [6, 2, 0, 3], error: .emptyKernel([0, 3])))
        #expect(
            try error("e")
                == .stateDict(name: "e.weight", shape: [], error: .moduleWeightRank(rank: 2, weightShape: [])))
        #expect(
            try error("f")
                == .stateDict(name: "f.weight", shape: [0, 2, 3, 3], error: .invalidOutputChannels(0, groups: 1)))
        let uneven = try #require(
            #expect(throws: ConvolutionError.self) { try Conv1d(stateDict: model, prefix: "b", groups: 4) })
        #expect(
            uneven
                == .stateDict(name: "b.weight", shape: [6, 2, 3], error: .invalidOutputChannels(6, groups: 4)))
        #expect(throws: ConvolutionError.nonPositiveStride([0])) {
            try Conv1d(stateDict: model, prefix: "b", stride: 0)
        }
        for text in ["b.weight", "[6, 2, 3]", "groups=4"] { #expect(uneven.description.contains(text)) }
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
