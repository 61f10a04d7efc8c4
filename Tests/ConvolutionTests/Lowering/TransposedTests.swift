// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Transposed convolutions, whose phases are computed as convolutions.
@Suite struct TransposedTests {
    /// A random problem, small enough for the definition, with every kind of axis: of one element, strides below, at and
    /// above the kernel, dilations with and without divisors in common with them, outputs cropped and extended.
    static func problem(
        _ generator: inout SplitMix64, rank: Int, _ layout: TensorLayout
    ) throws -> ConvolutionProblem {
        func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        let isDepthwise = number(0...3) == 0
        let groups = isDepthwise ? number(2...19) : [1, 1, 2, 3][number(0...3)]
        let channels = isDepthwise ? 1 : [1, 2, 3, 8, 16, 17][number(0...5)]
        let outputChannels = isDepthwise ? number(1...2) : [1, 3, 8, 16, 18, 33][number(0...5)]
        while true {
            var (size, kernel, stride, dilation, extra) = ([Int](), [Int](), [Int](), [Int](), [Int]())
            var pads: [AxisPadding] = []
            for axis in 0..<rank {
                let isLong = axis == rank - 1
                let taps = [1, 2, 2, 3, 4, 4, 5, isLong && rank < 3 ? 9 : 3][number(0...7)]
                kernel.append(taps)
                size.append(number(0...6) == 0 ? 1 : number(2...(isLong ? 20 : rank == 3 ? 5 : 9)))
                stride.append([1, 1, 2, 2, 3, 4, isLong ? 8 : 2, isLong ? 5 : 3][number(0...7)])
                dilation.append(taps > 1 ? [1, 1, 1, 2, 3][number(0...4)] : 1)
                extra.append(number(0...max(stride[axis], dilation[axis]) - 1))
                let reach = dilation[axis] * (taps - 1)
                pads.append(
                    number(0...2) == 0
                        ? AxisPadding(before: 0, after: 0)
                        : AxisPadding(before: number(0...reach + 1), after: number(0...reach + 1)))
            }
            do throws(ConvolutionError) {
                return try ConvolutionProblem.transposed(
                    inputShape: layout.shape(batch: number(1...3), channels: channels * groups, size: size),
                    weightShape: [channels * groups, outputChannels] + kernel, rank: rank, stride: stride,
                    padding: .pairs(pads), outputPadding: extra, groups: groups, dilation: dilation, layout: layout)
            } catch {
                guard error.code == .outputTooSmall else { throw error }
            }
        }
    }

    /// The definition in the plainest words there are: every product is added where it falls.
    private static func scattered(
        _ problem: ConvolutionProblem, _ input: Tensor, _ weight: Tensor, _ bias: Tensor
    ) throws -> Tensor {
        var output = try Tensor.zeros(problem.outputShape)
        let (channels, filters) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        let axes = [problem.depth, problem.height, problem.width]
        func index(_ n: Int, _ c: Int, _ at: [Int], _ extents: [Int], _ total: Int) -> Int {
            let pixel = (at[0] * extents[1] + at[1]) * extents[2] + at[2]
            let pixels = extents.reduce(1, *)
            return problem.layout == .channelsFirst
                ? (n * total + c) * pixels + pixel : (n * pixels + pixel) * total + c
        }
        func forEach(_ extents: [Int], _ body: ([Int]) -> Void) {
            for z in 0..<extents[0] { for y in 0..<extents[1] { for x in 0..<extents[2] { body([z, y, x]) } } }
        }
        let (inputs, outputs, taps) = (axes.map(\.input), axes.map(\.output), axes.map(\.kernel))
        output.withUnsafeMutableBufferPointer { output in
            for n in 0..<problem.batch {
                for k in 0..<problem.outputChannels {
                    forEach(outputs) { output[index(n, k, $0, outputs, problem.outputChannels)] = bias[k] }
                    let group = k / filters
                    for c in group * channels..<(group + 1) * channels {
                        forEach(inputs) { i in
                            let x = input.elements[index(n, c, i, inputs, problem.inputChannels)]
                            forEach(taps) { t in
                                let o = (0..<3).map { (axis: Int) -> Int in
                                    let (stride, dilation) = (axes[axis].stride, axes[axis].dilation)
                                    return i[axis] * stride - axes[axis].before + t[axis] * dilation
                                }
                                guard zip(o, outputs).allSatisfy({ 0..<$1 ~= $0 }) else { return }
                                let w = ((c * filters + k % filters) * taps[0] + t[0]) * taps[1] + t[1]
                                output[index(n, k, o, outputs, problem.outputChannels)] +=
                                    x * weight.elements[w * taps[2] + t[2]]
                            }
                        }
                    }
                }
            }
        }
        return output
    }

    @Test(arguments: 1...3, TensorLayout.allCases)
    func theReferenceIsTheDefinition(rank: Int, layout: TensorLayout) throws {
        var generator = SplitMix64(seed: UInt64(100 + rank))
        var count = 0
        for _ in 0..<6 {
            let problem = try Self.problem(&generator, rank: rank, layout)
            guard problem.multiplications < 200_000 else { continue }
            let input = try Tensor.integers(problem.inputShape, seed: 1)
            let weight = try Tensor.integers(problem.weightShape, seed: 2)
            let bias = try Tensor.integers([problem.outputChannels], seed: 3)
            let plan = try ConvolutionPlan(problem, weight: weight, bias: bias, options: .init(algorithm: .reference))
            #expect(try plan(input) == Self.scattered(problem, input, weight, bias), "\(problem)")
            count += 1
        }
        #expect(count >= 2)
    }

    /// An output that no tap reaches, of a single input, tap and output; strides that move nothing; rows far shorter than the
    /// stride, whose phases are not kept.
    @Test func axesThatAreNearlyNothingAnswerAsTheDefinition() throws {
        var count = 0
        let cases: [(size: [Int], kernel: [Int], stride: [Int], pads: [AxisPadding], extra: [Int])] = [
            ([5, 1], [3, 1], [2, 3], [.init(before: 1, after: 1), .init(before: 1, after: 1)], [0, 2]),
            ([4, 4], [3, 3], [.max, 1], [.init(before: 0, after: 0), .init(before: 1, after: 1)], [0, 0]),
            ([1, 1], [1, 1], [1, 1 << 40], [.init(before: 0, after: 0), .init(before: 0, after: 0)], [0, 0]),
            ([1, 2], [2, 3], [1 << 50, 1000], [.init(before: 0, after: 0), .init(before: 997, after: 0)], [0, 0]),
            ([2, 1], [3, 2], [3, 7], [.init(before: 0, after: 4), .init(before: 1, after: 0)], [0, 5]),
        ]
        for (size, kernel, stride, pads, extra) in cases {
            for layout in TensorLayout.allCases {
                let height = size[0] == 4 ? 1 : size[0]
                let problem = try ConvolutionProblem.transposed(
                    inputShape: layout.shape(batch: 2, channels: 3, size: [height, size[1]]),
                    weightShape: [3, 5] + kernel, rank: 2, stride: stride, padding: .pairs(pads), outputPadding: extra,
                    layout: layout)
                let input = try Tensor.integers(problem.inputShape, seed: 1)
                let weight = try Tensor.integers(problem.weightShape, seed: 2)
                let bias = try Tensor.integers([5], seed: 3)
                func answer(_ algorithm: Algorithm) throws -> Tensor {
                    try ConvolutionPlan(problem, weight: weight, bias: bias, options: .init(algorithm: algorithm))(
                        input)
                }
                let expected = try answer(.reference)
                for algorithm in [Algorithm.direct, .gemm, .im2col] {
                    #expect(try answer(algorithm) == expected, "\(algorithm): \(problem)")
                    count += 1
                }
            }
        }
        #expect(count == 30)
    }

    /// Along the depth too, and sizes that no offset can count are errors.
    @Test func stridesAlongTheDepthDoNotOverflow() throws {
        let input = try Tensor.integers([1, 2, 1, 4, 4], seed: 1)
        let weight = try Tensor.integers([2, 3, 1, 3, 3], seed: 2)
        for algorithm in [Algorithm.direct, .gemm] {
            let output = try convTranspose3d(
                input, weight: weight, stride: [Int.max, 1, 1], options: .init(algorithm: algorithm))
            #expect(try output == convTranspose3d(input, weight: weight, options: .init(algorithm: .reference)))
        }
        for (size, kernel, stride, dilation, padding) in [
            (2, 2, 1 << 62, 1, AxisPadding(before: 1 << 62 + 1, after: 0)),
            (1, 2, 1, 1 << 60, AxisPadding(before: 1 << 59, after: 0)),
        ] {
            let none = AxisPadding(before: 0, after: 0)
            let error = #expect(throws: ConvolutionError.self) {
                try ConvolutionProblem.transposed(
                    inputShape: [1, 1, size, 4, 4], weightShape: [1, 1, kernel, 3, 3], stride: [stride, 1, 1],
                    padding: .pairs([padding, none, none]), dilation: [dilation, 1, 1])
            }
            #expect([.sizeOverflow, .outputTooSmall].contains(error?.code))
        }
    }

    /// Inputs of one element, whose phases of the stride are as many as the taps, in batches: no image is taken for a pixel of
    /// another.
    @Test(arguments: TensorLayout.allCases)
    func singleElementsOfABatchStayApart(layout: TensorLayout) throws {
        var count = 0
        for (kernel, stride, dilation, padding) in [
            (3, 1, 2, 2), (7, 2, 1, 3), (2, 2, 1, 0), (4, 2, 1, 1), (5, 3, 2, 4),
        ] {
            for (images, channels, outputs) in [(2, 3, 3), (5, 2, 4), (3, 16, 1)] {
                let problem = try ConvolutionProblem.transposed(
                    inputShape: layout == .channelsFirst ? [images, channels, 1] : [images, 1, channels],
                    weightShape: [channels, outputs, kernel], stride: stride, padding: padding, dilation: dilation,
                    layout: layout)
                let input = try Tensor.integers(problem.inputShape, seed: 1)
                let weight = try Tensor.integers(problem.weightShape, seed: 2)
                let expected = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .reference))(
                    input)
                for algorithm in [Algorithm.direct, .gemm] {
                    let actual = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: algorithm))(
                        input)
                    #expect(actual == expected, "\(algorithm): \(problem)")
                    count += 1
                }
            }
        }
        #expect(count == 30)
    }

    /// Widths of one element and more, and heights, between which a kernel weaves the columns and does not.
    @Test(arguments: [Algorithm.gemm, .direct, .winograd4])
    func resizedPlansAnswerLikeNewOnes(algorithm: Algorithm) throws {
        var count = 0
        for (kernel, stride, padding) in [
            ([2, 2], [2, 3], 0), ([2, 2], [3, 2], 0), ([1, 2], [1, 3], 0), ([4, 4], [2, 2], 1),
        ] {
            for (before, after) in [([1, 3], [1, 1]), ([1, 1], [1, 3]), ([3, 1], [1, 5]), ([2, 4], [5, 17])] {
                let weight = try Tensor.integers([32, 72] + kernel, seed: 2)
                func problem(_ size: [Int]) throws -> ConvolutionProblem {
                    try .transposed(
                        inputShape: [2, 32] + size, weightShape: weight.shape, stride: Extents(stride), padding: padding
                    )
                }
                guard
                    let plan = try? ConvolutionPlan(
                        problem(before), weight: weight, options: .init(algorithm: algorithm))
                else { continue }
                let input = try Tensor.integers([2, 32] + after, seed: 1)
                let expected = try ConvolutionPlan(
                    problem(after), weight: weight, options: .init(algorithm: .reference))(input)
                guard let resized = try? plan.resized(batch: 2, inputSize: after) else { continue }
                let actual = try resized(input)
                let error = actual.largestDifference(from: expected)
                #expect(error <= (algorithm == .winograd4 ? 1e-2 : 0), "\(before) to \(after), kernel \(kernel)")
                count += 1
            }
        }
        #expect(count >= (algorithm == .winograd4 ? 2 : 16), "\(count) plans")
    }

    @Test(arguments: 0..<4, TensorLayout.allCases)
    func everyAlgorithmAnswersAsTheDefinition(seed: Int, layout: TensorLayout) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var count: [Algorithm: Int] = [:]
        for index in 0..<18 {
            let problem = try Self.problem(&generator, rank: 1 + index % 3, layout)
            let input = try Tensor.integers(problem.inputShape, seed: 1)
            let weight = try Tensor.integers(problem.weightShape, seed: 2)
            let bias = try Tensor.integers([problem.outputChannels], seed: 3)
            let residual = try Tensor.integers(problem.outputShape, seed: 4)
            func answer(_ options: ConvolutionOptions) throws -> Tensor {
                try ConvolutionPlan(problem, weight: weight, bias: bias, activation: .relu, options: options)(
                    input, residual: residual)
            }
            let expected = try answer(.init(algorithm: .reference))
            let scale = 1 + (expected.elements.max() ?? 0)
            for report in try ConvolutionPlan.explainChoice(problem, options: .init(precision: .fast))
            where report.applies {
                for (instructionSet, threads) in zip(InstructionSet.available, [1, 3, 2]) {
                    let actual = try answer(
                        .init(algorithm: report.algorithm, instructionSet: instructionSet, threads: threads))
                    let error = actual.largestDifference(from: expected)
                    let bound = report.algorithm.precision == .strict ? 0 : 1e-4 * scale
                    #expect(error <= bound, "\(report.algorithm) on \(instructionSet): \(problem)")
                    count[report.algorithm, default: 0] += 1
                }
            }
        }
        #expect(count.count > 6 && (count[.direct] ?? 0) >= 18 * InstructionSet.available.count)
    }
}
