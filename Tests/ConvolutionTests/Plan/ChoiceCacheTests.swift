// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ChoiceCacheTests {
    private func choice(
        _ cache: ChoiceCache, size: Int, kernel: Int = 3, dilation: Extents = 1, options: ConvolutionOptions = .init()
    ) throws -> Choice {
        let problem = try ConvolutionProblem(
            inputShape: [1, 2, size], weightShape: [2, 2, kernel], rank: 1, dilation: dilation)
        return try cache.choice(problem, options) { () throws(ConvolutionError) in
            try ConvolutionPlan.choice(problem, options)
        }
    }

    @Test func `Equal calls share a choice`() throws {
        let cache = ChoiceCache()
        let problem = try ConvolutionProblem(inputShape: [1, 2, 20], weightShape: [2, 2, 3], rank: 1)
        var made = 0
        for _ in 0..<3 {
            _ = try cache.choice(problem, .init()) { () throws(ConvolutionError) in
                made += 1
                return try Choice(problem, .init())
            }
        }
        #expect(made == 1)
        #expect(cache.count == 1)
    }

    /// Problems with as many elements in each tensor have one hash.
    @Test func `Calls that differ in their sizes or options don't share one`() throws {
        let cache = ChoiceCache()
        func square(_ height: Int, _ options: ConvolutionOptions = .init()) throws -> Choice {
            let problem = try ConvolutionProblem(
                inputShape: [1, 1, height, 36 / height], weightShape: [1, 1, 1, 1], rank: 2)
            return try cache.choice(problem, options) { () throws(ConvolutionError) in try Choice(problem, options) }
        }
        _ = try square(6)
        _ = try square(4)
        #expect(cache.count == 2)
        #expect(try square(6, .init(algorithm: .direct)).algorithm == .direct)
        #expect(try square(6, .init(algorithm: .gemm)).algorithm == .gemm)
        #expect(try square(6, .init(instructionSet: .scalar)).instructionSet == .scalar)
        #expect(try square(6, .init(threads: 3)).threads == 3)
        #expect(cache.count == 6)
    }

    @Test func `What can't be chosen is an error each time`() throws {
        let cache = ChoiceCache()
        for _ in 0..<2 {
            #expect(throws: ConvolutionError.self) {
                try choice(cache, size: 20, options: .init(algorithm: .depthwise, instructionSet: .scalar, threads: 0))
            }
        }
        #expect(cache.count == 0)
    }

    @Test func `Measured choices are the tuner's`() throws {
        let cache = ChoiceCache()
        let measured = try choice(cache, size: 20, options: .init(tuning: .measured, threads: 1))
        #expect(!measured.measuredMilliseconds.isEmpty)
        #expect(cache.count == 0)
    }

    @Test func `No more are kept than the capacity`() throws {
        let cache = ChoiceCache()
        for size in 3..<3 + ChoiceCache.capacity + 1 { _ = try choice(cache, size: size) }
        #expect(cache.count == 1)
    }

    @Test func `Calls whose tensors have equal counts answer for themselves`() throws {
        let input = try Tensor([1, 2, 3, 4], shape: [1, 1, 4])
        let weight = try Tensor([1, 10], shape: [1, 1, 2])
        for _ in 0..<2 {
            let after = try conv1d(input, weight: weight, padding: .pairs([AxisPadding(before: 0, after: 1)]))
            #expect(after.elements == [21, 32, 43, 4])
            let before = try conv1d(input, weight: weight, padding: .pairs([AxisPadding(before: 1, after: 0)]))
            #expect(before.elements == [10, 21, 32, 43])
        }
    }
}
