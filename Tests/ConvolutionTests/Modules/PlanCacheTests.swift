// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

@Suite struct PlanCacheTests {
    private let weight: Tensor

    init() throws {
        weight = try Tensor([1, 2, 3], shape: [1, 1, 3])
    }

    private func plan(
        _ cache: PlanCache, batch: Int = 1, size: Int, options: ConvolutionOptions = .init()
    ) throws -> ConvolutionPlan {
        let problem = try ConvolutionProblem(
            inputShape: [batch, 1, size], weightShape: weight.shape, rank: 1, padding: 1)
        return try cache.plan(for: problem, weight: weight, bias: nil, activation: .none, options: options).plan
    }

    @Test func `A size seen before gets its plan again`() throws {
        let cache = PlanCache()
        let first = try plan(cache, size: 8)
        let second = try plan(cache, size: 9)
        #expect(second.problem.width.input == 9)
        #expect(second.problem.width.before == 1)
        #expect(try plan(cache, size: 8) === first)
        #expect(try plan(cache, size: 9) === second)
        #expect(try plan(cache, batch: 2, size: 8) !== first)
        #expect(cache.count == 3)
    }

    @Test(arguments: [Precision.strict, .standard])
    func `A size for which another algorithm would be chosen shares the packed weights`(_ precision: Precision) throws {
        let options = ConvolutionOptions(precision: precision)
        let layer = try Conv2d(24, 40, kernelSize: 3, padding: 1, seed: 1, options: options)
        let cache = PlanCache()
        var fresh: Set<String> = []
        var shared: Set<String> = []
        for size in [40, 1, 2, 5, 17, 61] {
            let input = try Tensor.randn([1, 24, size, size], seed: 2)
            let problem = try ConvolutionProblem(
                inputShape: input.shape, weightShape: layer.weight.shape, rank: 2, padding: 1)
            let plan = try cache.plan(
                for: problem, weight: layer.weight, bias: layer.bias, activation: .none, options: options
            ).plan
            shared.insert(plan.kernelName)
            fresh.insert(try ConvolutionPlan(problem, weight: layer.weight, options: options).kernelName)
            let expected = try conv2d(
                input, weight: layer.weight, bias: layer.bias, padding: 1, options: .init(algorithm: .reference))
            let scale = expected.elements.reduce(1) { max($0, abs($1)) }
            for answer in [try plan(input), try layer(input)] {
                let error = answer.largestDifference(from: expected)
                #expect(error <= 1e-5 * scale, "\(size)")
            }
        }
        #expect(shared.count == 1)
        #expect(fresh.count > 1 || precision == .strict, "the sizes are such that others would be chosen")
    }

    @Test func `The plan used longest ago is dropped`() throws {
        let cache = PlanCache()
        let first = try plan(cache, size: 1)
        let second = try plan(cache, size: 2)
        for size in 3...PlanCache.capacity { _ = try plan(cache, size: size) }
        #expect(try plan(cache, size: 1) === first)
        _ = try plan(cache, size: 100)
        #expect(cache.count == PlanCache.capacity)
        #expect(try plan(cache, size: 1) === first)
        #expect(try plan(cache, size: 2) !== second)
    }

    @Test func `A plan that can't be made is an error and isn't kept`() throws {
        let cache = PlanCache()
        #expect(throws: ConvolutionError.self) {
            try plan(cache, size: 8, options: .init(algorithm: .winograd2))
        }
        #expect(cache.count == 0)
    }

    @Test func `Any number of threads may call a layer`() async throws {
        let layer = try Conv2d(3, 5, kernelSize: 3, padding: 1, seed: 1, options: .init(precision: .strict))
        let inputs = try (0..<6).map { try Tensor.randn([1, 3, 6 + $0, 7], seed: UInt64($0)) }
        let expected = try inputs.map {
            try conv2d(
                $0, weight: layer.weight, bias: layer.bias, padding: 1, options: .init(algorithm: .reference))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<24 {
                group.addTask {
                    let index = task % inputs.count
                    let output = try layer(inputs[index])
                    #expect(output.shape == expected[index].shape)
                    for (got, expected) in zip(output.elements, expected[index].elements) {
                        #expect(abs(got - expected) < 1e-4)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
