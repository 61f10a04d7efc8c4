// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Testing

@Suite struct ModuleTests {
    /// The norm that the fixtures have behind a convolution with so many output channels.
    private func norm(_ channels: Int) throws -> BatchNorm {
        let variance = try Tensor.ramp([channels], step: 17)
        return try BatchNorm(
            stateDict: [
                "bn.weight": .ramp([channels], step: 19), "bn.bias": .ramp([channels], step: 23),
                "bn.running_mean": .ramp([channels], step: 13),
                "bn.running_var": Tensor(variance.elements.map { abs($0) + 0.5 }, shape: [channels]),
            ], prefix: "bn", eps: 1e-3)
    }

    private func eighth(_ tensor: Tensor) throws -> Tensor {
        try Tensor(tensor.elements.map { $0 / 8 }, shape: tensor.shape)
    }

    @Test func `A norm is folded into a convolution`() throws {
        let fixture = try #require(try Fixture.shared.get().norms["conv2d"])
        let expected = try fixture.result.tensor(fixture.resultShape)
        let x = try Tensor.ramp(fixture.input)
        let conv = try Conv2d(
            weight: eighth(.ramp(fixture.weight, step: 7)), bias: eighth(.ramp([6], step: 11)), padding: 1, groups: 2,
            options: .init(precision: .strict))
        let norm = try norm(6)
        #expect(try relativeError(norm(conv(x)), of: expected) < 1e-5)
        let folded = try norm.folded(into: conv)
        #expect(try relativeError(folded(x), of: expected) < 1e-5)
        #expect(folded.padding == conv.padding && folded.groups == 2)

        let last = try x.channelsLast(isBatched: true)
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [1, 5, 6, 6], got: [1, 5, 6, 4])) {
            try norm(last, layout: .channelsLast)
        }
        let normed = try norm(conv(x).channelsLast(isBatched: true), layout: .channelsLast)
        #expect(try relativeError(normed, of: expected.channelsLast(isBatched: true)) < 1e-5)
    }

    @Test func `A norm is folded into a transposed convolution in groups`() throws {
        let fixture = try #require(try Fixture.shared.get().norms["convTranspose1d"])
        let expected = try fixture.result.tensor(fixture.resultShape)
        let x = try Tensor.ramp(fixture.input)
        let up = try ConvTranspose1d(
            weight: eighth(.ramp(fixture.weight, step: 7)), bias: eighth(.ramp([6], step: 11)), stride: 2, padding: 1,
            groups: 2, options: .init(precision: .strict))
        #expect(try relativeError(norm(6)(up(x)), of: expected) < 1e-5)
        #expect(try relativeError(norm(6).folded(into: up)(x), of: expected) < 1e-5)
    }

    @Test func `The activation of a layer follows the norm that is folded into it`() throws {
        let conv = try Conv2d(4, 6, kernelSize: 1, bias: false, activation: .relu, seed: 1)
        let plain = try Conv2d(weight: conv.weight)
        let x = try Tensor.ramp([1, 4, 3, 3])
        let norm = try norm(6)
        #expect(isClose(try norm.folded(into: conv)(x), try relu(norm(plain(x))), rtol: 1e-4, atol: 1e-5))
    }

    @Test func `Parameters of a norm that do not fit are errors`() throws {
        #expect(throws: ConvolutionError.missingParameter("bn.running_mean")) {
            try BatchNorm(stateDict: [:], prefix: "bn")
        }
        #expect(throws: ConvolutionError.parameterShape(name: "bn.running_var", expected: [3], got: [4])) {
            try BatchNorm(stateDict: ["bn.running_mean": .zeros(3), "bn.running_var": .ones(4)], prefix: "bn.")
        }
        let norm = try BatchNorm(runningMean: .zeros(3), runningVar: .ones(3))
        #expect(throws: ConvolutionError.parameterShape(name: "weight", expected: [3, 2, 1], got: [4, 2, 1])) {
            try norm.folded(into: Conv1d(2, 4, kernelSize: 1))
        }
        #expect(throws: ConvolutionError.parameterShape(name: "weight", expected: [2, 3, 1], got: [2, 4, 1])) {
            try norm.folded(into: ConvTranspose1d(2, 4, kernelSize: 1))
        }
    }

    @Test func `A linear layer is PyTorch's, with any axes before the features`() throws {
        let x = try Tensor.ramp([2, 3, 5])
        let tensors = ["fc.weight": try Tensor.ramp([4, 5], step: 7), "fc.bias": try Tensor.ramp([4], step: 11)]
        let linear = try Linear(stateDict: tensors, prefix: "fc")
        let expected = try Fixture.shared.get().linear.result.tensor([2, 3, 4])
        #expect(isClose(try linear(x), expected, atol: 1e-4))
        #expect(isClose(try linear(x.view(6, 5)), try expected.view(6, 4), atol: 1e-4))
        #expect(try linear(Tensor.zeros(5)) == tensors["fc.bias"])
        #expect(linear.description == "Linear(in_features=5, out_features=4, bias=True)")

        let plan = try linear.prepare(rows: 6)
        var y = try Tensor.zeros(6, 4)
        var elements = y.mutableSpan
        try plan.run(input: x.span, output: &elements)
        #expect(isClose(y, try expected.view(6, 4), atol: 1e-4))

        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [2, 5], got: [2, 4])) {
            try linear(Tensor.zeros(2, 4))
        }
        #expect(throws: ConvolutionError.missingParameter("head.weight")) {
            try Linear(stateDict: tensors, prefix: "head")
        }
        #expect(throws: ConvolutionError.parameterShape(name: "fc.bias", expected: [4], got: [5])) {
            try Linear(
                stateDict: ["fc.weight": Tensor.zeros(4, 5), "fc.bias": Tensor.zeros(5)], prefix: "fc")
        }
        #expect(throws: ConvolutionError.parameterShape(name: "fc.weight", expected: [4, 5], got: [4, 5, 1])) {
            try Linear(stateDict: ["fc.weight": Tensor.zeros(4, 5, 1)], prefix: "fc")
        }
    }
}
