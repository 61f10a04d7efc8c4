// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// The calls of a module beyond PyTorch's: activation, residual, preparation and an output that is there already.
@Suite struct ModuleRunTests {
    private let input: Tensor
    private let weight: Tensor
    private let bias: Tensor
    private let residual: Tensor
    private let plain: Tensor

    init() throws {
        input = try Tensor.randn(2, 4, 9, 8, seed: 1)
        weight = try Tensor.randn(6, 4, 3, 3, seed: 2)
        bias = try Tensor.randn(6, seed: 3)
        residual = try Tensor.randn(2, 6, 9, 8, seed: 4)
        plain = try conv2d(input, weight: weight, bias: bias, padding: 1, options: .init(algorithm: .reference))
    }

    private func layer(_ activation: Activation = .none, _ mode: PaddingMode = .zeros) throws -> Conv2d {
        try Conv2d(
            weight: weight, bias: bias, padding: 1, paddingMode: mode, activation: activation,
            options: .init(precision: .strict))
    }

    private func isClose(_ tensor: Tensor, _ expected: [Float]) -> Bool {
        tensor.count == expected.count && zip(tensor.elements, expected).allSatisfy { abs($0 - $1) < 1e-4 }
    }

    @Test func `A module applies its activation after the residual`() throws {
        #expect(isClose(try layer(.relu)(input), plain.elements.map { max($0, 0) }))
        let sum = zip(plain.elements, residual.elements).map(+)
        #expect(isClose(try layer()(input, residual: residual), sum))
        #expect(isClose(try layer(.relu6)(input, residual: residual), sum.map { min(max($0, 0), 6) }))
        #expect(try layer(.relu).activation == .relu)
        #expect(try Conv1d(2, 3, kernelSize: 1, activation: .silu).activation == .silu)
        #expect(
            try Conv1d(2, 3, kernelSize: 1, activation: .relu).description
                == "Conv1d(2, 3, kernel_size=(1,), stride=(1,), activation=relu)")
    }

    @Test(arguments: PaddingMode.allCases)
    func `A module writes into an output that is there already`(_ mode: PaddingMode) throws {
        let layer = try layer(.relu, mode)
        var output = try Tensor.full([2, 6, 9, 8], .nan)
        let address = output.withUnsafeBufferPointer { $0.baseAddress }
        try layer(input, residual: residual, into: &output)
        #expect(try output == layer(input, residual: residual))
        #expect(output.withUnsafeBufferPointer { $0.baseAddress } == address, "the memory is used again")
    }

    @Test func `An output that shares its memory gets its own`() throws {
        // As large as its output, so that the input can be its own output.
        let layer = try Conv1d(3, 3, kernelSize: 3, padding: 1, seed: 1)
        let x = try Tensor.randn(1, 3, 20, seed: 2)
        let expected = try layer(x)
        var y = x
        try layer(y, into: &y)
        #expect(y == expected)
        #expect(try x == Tensor.randn(1, 3, 20, seed: 2))
        let sum = try layer(x, residual: expected)
        try layer(x, residual: y, into: &y)
        #expect(y == sum)
        let plan = try layer.prepare(inputShape: x.shape)
        var z = x
        try plan.run(z, residual: z, into: &z)
        #expect(try z == layer(x, residual: x))
    }

    @Test func `Outputs and residuals of another shape are refused and changed by nothing`() throws {
        let layer = try layer()
        for shape in [[2, 6, 9, 9], [6, 9, 8], [1, 6, 9, 8], [2, 6, 72], [2 * 6 * 9 * 8]] {
            var output = try Tensor.full(shape, 5)
            let error = ConvolutionError.shapeMismatch(tensor: "output", expected: [2, 6, 9, 8], got: shape)
            #expect(throws: error) { try layer(input, into: &output) }
            #expect(throws: error) { try layer.prepare(inputShape: input.shape).run(input, into: &output) }
            #expect(try output == Tensor.full(shape, 5))
            #expect(throws: ConvolutionError.shapeMismatch(tensor: "residual", expected: [2, 6, 9, 8], got: shape)) {
                try layer(input, residual: output)
            }
            let fresh = try self.layer()
            #expect(throws: error) { try fresh(input, into: &output) }
            #expect(fresh.plan == nil, "no weight is packed for a call that can't be")
        }
        var empty = try Tensor.zeros(0, 6, 9, 8)
        try layer(Tensor.zeros(0, 4, 9, 8), into: &empty)
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "output", expected: [0, 6, 9, 8], got: [0])) {
            empty = try Tensor.zeros(0)
            try layer(Tensor.zeros(0, 4, 9, 8), into: &empty)
        }
    }

    // MARK: Preparation

    @Test(arguments: PaddingMode.allCases)
    func `A prepared module's calls use the plan of the preparation`(_ mode: PaddingMode) throws {
        let layer = try layer(.relu, mode)
        #expect(layer.plan == nil)
        let plan = try layer.prepare(inputShape: input.shape)
        #expect(layer.plan === plan)
        #expect(plan.activation == .relu)
        #expect(plan.problem.outputShape == [2, 6, 9, 8])
        let output = try layer(input)
        #expect(layer.plan === plan)
        #expect(try layer.prepare(inputShape: input.shape) === plan)
        if mode == .zeros { #expect(try plan(input) == output) }
        let unbatched = try layer.prepare(inputShape: [4, 9, 8])
        #expect(unbatched !== plan)
        #expect(unbatched.problem.isUnbatched)
        #expect(unbatched.problem.outputShape == [6, 9, 8])
        #expect(layer.plan === unbatched)
        #expect(unbatched.kernelName == plan.kernelName, "the packed weights are shared")
    }

    @Test func `What can't be prepared is said`() throws {
        let layer = try layer()
        #expect(throws: ConvolutionError.inputRank(rank: 2, inputShape: [4, 9])) {
            try layer.prepare(inputShape: [4, 9])
        }
        #expect(throws: ConvolutionError.self) { try layer.prepare(inputShape: [1, 5, 9, 8]) }
        #expect(throws: ConvolutionError.self) { try layer.prepare(inputShape: [1, 4, -9, 8]) }
        #expect(throws: ConvolutionError.self) { try self.layer(.none, .reflect).prepare(inputShape: [4, 1, 1]) }
        #expect(layer.plan == nil)
        #expect(try layer.prepare(inputShape: [0, 4, 9, 8]).problem.outputShape == [0, 6, 9, 8])
        #expect(layer.plan == nil, "an empty batch says nothing about the batches to come")
    }
}
