// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Testing

@Suite struct NetworkTests {
    private let image: Tensor
    private let first: Tensor
    private let second: Tensor

    init() throws {
        image = try Tensor.randn(1, 4, 9, 8, seed: 1)
        first = try Tensor.randn(4, 4, 3, 3, seed: 2)
        second = try Tensor.randn(4, 4, 1, 1, seed: 3)
    }

    private func plan(_ weight: Tensor, _ shape: [Int], padding: Int = 0) throws -> ConvolutionPlan {
        try ConvolutionPlan(inputShape: shape, weight: weight, padding: padding)
    }

    /// Branches whose values live long, a sum with the input itself, a function in place and one that is not.
    @Test func `A network computes what its layers do one by one`() throws {
        var network = try Network(inputShape: image.shape)
        let shape = image.shape
        let a = try network.add(plan(first, shape, padding: 1), network.input, residual: network.input)
        let b = try network.add(.relu, a)
        let c = try network.add(plan(second, shape), b, residual: a)
        let d = try network.add(.sigmoid, c)
        let e = try network.add(plan(first, shape, padding: 1), d, residual: b)
        let pooled = try network.add(PoolingPlan.maximum(inputShape: shape, rank: 2, kernelSize: 2), e)
        network.finish(pooled)
        #expect(network.convolutionPlans.count == 3)

        let x = try plan(first, shape, padding: 1)(image, residual: image)
        let y = try relu(x)
        let z = try sigmoid(plan(second, shape)(y, residual: x))
        let expected = try maxPool2d(plan(first, shape, padding: 1)(z, residual: y), kernelSize: 2)
        var session = try NetworkSession(network)
        #expect(try session(image) == expected)
        // What is left of a run does not change the next.
        #expect(try session(image) == expected)
        var copy = session
        #expect(try copy(image) == expected)
    }

    @Test func `Values that are not needed at once share their memory`() throws {
        var network = try Network(inputShape: image.shape)
        var value = network.input
        for _ in 0..<10 { value = try network.add(plan(second, image.shape), value) }
        network.finish(value)
        let workspace = network.convolutionPlans.map(\.workspaceBytes).max() ?? 0
        #expect(
            network.memoryBytes == 2 * 4 * image.count + workspace, "the value that is read and that which is written")

        var inPlace = try Network(inputShape: image.shape)
        value = try inPlace.add(plan(second, image.shape), inPlace.input)
        for _ in 0..<3 { value = try inPlace.add(.relu, value) }
        value = try inPlace.add(plan(second, image.shape), value)
        inPlace.finish(value)
        #expect(inPlace.memoryBytes == 4 * image.count + workspace)
    }

    @Test func `What does not fit is an error that names the numbers`() throws {
        var network = try Network(inputShape: image.shape)
        let plan = try plan(second, image.shape)
        #expect(throws: ConvolutionError.countMismatch(tensor: "input", expected: 4, got: 288)) {
            try network.add(PoolingPlan.maximum(inputShape: [4, 1, 1], rank: 2, kernelSize: 1), network.input)
        }
        let pooled = try network.add(
            PoolingPlan.maximum(inputShape: image.shape, rank: 2, kernelSize: 2), network.input)
        #expect(throws: ConvolutionError.countMismatch(tensor: "residual", expected: 288, got: 64)) {
            try network.add(plan, network.input, residual: pooled)
        }
        network.finish(pooled)
        var session = try NetworkSession(network)
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [1, 4, 9, 8], got: [4, 9, 8])) {
            try session(image.view(4, 9, 8))
        }
        var output = try Tensor.zeros(3)
        var elements = output.mutableSpan
        #expect(throws: ConvolutionError.countMismatch(tensor: "output", expected: 64, got: 3)) {
            try session.run(image.span, into: &elements)
        }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [1, -1])) {
            try Network(inputShape: [1, -1])
        }
    }
}
