// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// Direct convolution chooses between two kernels: lanes of output channels and lanes of pixels.
@Suite struct DirectTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var input: [Int]
        var weight: [Int]
        var stride = 1
        var padding = 1
        var groups = 1
        var testDescription: String { "\(input) with \(weight), stride \(stride), groups \(groups)" }

        func problem() throws -> ConvolutionProblem {
            try ConvolutionProblem(
                inputShape: input, weightShape: weight, rank: input.count - 2, stride: Extents(stride),
                padding: Padding(integerLiteral: padding), groups: groups)
        }
    }

    /// Those for pixel lanes at every instruction set.
    private static let few = [
        Shape(input: [1, 1, 2400], weight: [32, 1, 7], padding: 3),
        Shape(input: [1, 3, 64, 64], weight: [32, 3, 7, 7], stride: 2, padding: 3),
        Shape(input: [2, 20, 32, 48], weight: [1, 20, 3, 3]),
        Shape(input: [1, 2, 60, 200], weight: [1, 2, 5, 5], stride: 3),
        Shape(input: [2, 21, 24, 64], weight: [7, 3, 3, 3], groups: 7),
        Shape(input: [1, 28, 16, 16], weight: [14, 2, 3, 3], stride: 2, groups: 14),
    ]
    /// Those for channel lanes.
    private static let many = [
        Shape(input: [1, 64, 14, 14], weight: [64, 64, 3, 3]),
        Shape(input: [3, 64, 7, 7], weight: [96, 32, 3, 3], groups: 2),
    ]

    /// Small whole numbers, whose sums are exact.
    private static func wholeNumbers(_ shape: [Int], seed: UInt64) throws -> Tensor {
        try Tensor(Tensor.randn(shape, seed: seed).elements.map { ($0 * 2).rounded() }, shape: shape)
    }

    private static func exact(_ problem: ConvolutionProblem, _ input: Tensor, _ weight: Tensor) throws -> Tensor {
        try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .reference))(input)
    }

    @Test(arguments: InstructionSet.available)
    func fewChannelsTakePixelLanes(instructionSet: InstructionSet) throws {
        for shape in Self.few + Self.many {
            let plan = try ConvolutionPlan(
                shape.problem(), weight: Tensor.ones(shape.weight),
                options: .init(algorithm: .direct, instructionSet: instructionSet))
            let isFew = Self.few.contains { $0.input == shape.input }
            #expect(plan.kernelName.contains("direct_pixels") == isFew, "\(shape.testDescription): \(plan.kernelName)")
        }
    }

    @Test(arguments: few + many)
    func everyCutIntoTasksIsExact(shape: Shape) throws {
        let problem = try shape.problem()
        let input = try Self.wholeNumbers(shape.input, seed: 1)
        let weight = try Self.wholeNumbers(shape.weight, seed: 2)
        let exact = try Self.exact(problem, input, weight)
        for instructionSet in InstructionSet.available {
            for threads in [1, 2, 3, 16] {
                let plan = try ConvolutionPlan(
                    problem, weight: weight,
                    options: .init(algorithm: .direct, instructionSet: instructionSet, threads: threads))
                #expect(try plan(input) == exact, "\(plan.kernelName), \(threads) threads")
            }
        }
    }

    /// Other sizes read the packed weights of the first, whichever kernel would be chosen for them.
    @Test(arguments: few + many)
    func resizedPlansShareTheWeights(shape: Shape) throws {
        let weight = try Self.wholeNumbers(shape.weight, seed: 2)
        for instructionSet in InstructionSet.available {
            let plan = try ConvolutionPlan(
                shape.problem(), weight: weight,
                options: .init(algorithm: .direct, instructionSet: instructionSet, threads: 2))
            for size in [shape.weight[2], 9, 35] {
                let sizes = [Int](repeating: size, count: shape.input.count - 2)
                let resized = try plan.resized(batch: 2, inputSize: sizes)
                #expect(resized.kernelName == plan.kernelName)
                let input = try Self.wholeNumbers([2, shape.input[1]] + sizes, seed: 3)
                #expect(try resized(input) == Self.exact(resized.problem, input, weight), "\(size)")
            }
        }
    }

    /// Channel lanes need no workspace, so a limit excludes pixel lanes and nothing else; for every size alike.
    @Test(arguments: few, [0, 4096, 1 << 20])
    func theWorkspaceLimitIsKept(shape: Shape, limit: Int) throws {
        let problem = try shape.problem()
        let input = try Self.wholeNumbers(shape.input, seed: 1)
        let weight = try Self.wholeNumbers(shape.weight, seed: 2)
        let exact = try Self.exact(problem, input, weight)
        for threads in [1, 2, 5] {
            let plan = try ConvolutionPlan(
                problem, weight: weight, options: .init(algorithm: .direct, threads: threads, workspaceLimit: limit))
            #expect(plan.workspaceBytes <= limit)
            #expect(try plan(input) == exact)
            let sizes = shape.input[2...].map { $0 * 9 + 5 }
            #expect(try plan.resized(batch: 1, inputSize: sizes).workspaceBytes <= limit)
        }
    }
}
