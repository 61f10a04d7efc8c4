// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Convolutions along three axes, which kernels of two compute.
@Suite struct ThreeAxesTests {
    /// A random problem, small enough for the definition, of every kind of axis: of one element, without padding, with more
    /// of it than the kernel is long, on one side alone, with strides and dilations that reach no other element.
    private static func problem(
        _ generator: inout SplitMix64, _ layout: TensorLayout
    ) throws -> ConvolutionProblem {
        func number(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        let isDepthwise = number(0...3) == 0
        let groups = isDepthwise ? number(2...19) : [1, 1, 2, 3][number(0...3)]
        let channels = isDepthwise ? 1 : [1, 2, 3, 8, 16, 17][number(0...5)]
        let outputChannels = isDepthwise ? number(1...2) : [1, 3, 8, 16, 18][number(0...4)]
        while true {
            var (size, kernel, stride, dilation) = ([Int](), [Int](), [Int](), [Int]())
            var pads: [AxisPadding] = []
            for axis in 0..<3 {
                let taps = [1, 1, 2, 3, 3, 5][number(0...5)]
                kernel.append(taps)
                size.append(number(0...5) == 0 ? 1 : number(2...(axis == 2 ? 20 : 7)))
                stride.append([1, 1, 1, 2, 3][number(0...4)])
                dilation.append(taps > 1 ? [1, 1, 2, 3][number(0...3)] : 1)
                pads.append(
                    number(0...2) == 0
                        ? AxisPadding(before: 0, after: 0)
                        : AxisPadding(before: number(0...taps + 1), after: number(0...taps + 1)))
            }
            let batch = number(1...3)
            do throws(ConvolutionError) {
                return try ConvolutionProblem(
                    inputShape: layout.shape(batch: batch, channels: channels * groups, size: size),
                    weightShape: [outputChannels * groups, channels] + kernel, rank: 3, stride: stride,
                    padding: .pairs(pads), dilation: dilation, groups: groups, layout: layout)
            } catch {
                guard error.code == .kernelExceedsInput else { throw error }
            }
        }
    }

    @Test(arguments: 0..<8, TensorLayout.allCases)
    func everyAlgorithmAnswersAsTheDefinition(seed: Int, layout: TensorLayout) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var count: [Algorithm: Int] = [:]
        for _ in 0..<12 {
            let problem = try Self.problem(&generator, layout)
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
        #expect(count.count > 6 && (count[.direct] ?? 0) >= 12 * InstructionSet.available.count)
    }

    /// The bits of an image do not depend on the threads or on what else is in the batch.
    @Test(arguments: [Algorithm.direct, .gemm, .winograd2, .winograd4, .fft])
    func bitsDoNotDependOnThreadsOrBatch(algorithm: Algorithm) throws {
        let input = try Tensor.randn([3, 5, 6, 9, 17], seed: 1)
        let weight = try Tensor.randn([7, 5, 3, 3, 3], seed: 2)
        let bias = try Tensor.randn([7], seed: 3)
        func plan(_ batch: Int, _ threads: Int) throws -> ConvolutionPlan {
            try ConvolutionPlan(
                ConvolutionProblem(inputShape: [batch, 5, 6, 9, 17], weightShape: weight.shape, padding: 1),
                weight: weight, bias: bias, activation: .relu,
                options: .init(algorithm: algorithm, threads: threads))
        }
        let whole = try plan(3, 1)
        let expected = try whole(input).elements
        for threads in [2, 3, 8] {
            #expect(try plan(3, threads)(input).elements == expected)
        }
        let (inputCount, outputCount) = (input.count / 3, expected.count / 3)
        for image in 0..<3 {
            let one = try Tensor(
                Array(input.elements[image * inputCount..<(image + 1) * inputCount]), shape: [1, 5, 6, 9, 17])
            let part = Array(expected[image * outputCount..<(image + 1) * outputCount])
            #expect(try plan(1, 2)(one).elements == part)
            #expect(try whole.resized(batch: 1, inputSize: [6, 9, 17])(one).elements == part)
        }
    }

    /// Depths with none, some and all of the taps, in turns: whichever a plan was made for, the next may need other weights
    /// than those that it has packed.
    @Test(arguments: [nil, Algorithm.direct, .gemm, .winograd3])
    func plansOfOtherSizesAnswerAsTheDefinition(algorithm: Algorithm?) throws {
        let weight = try Tensor.integers([6, 4, 3, 3, 3], seed: 2)
        let bias = try Tensor.integers([6], seed: 3)
        let sizes = [[1, 9, 9], [4, 9, 9], [2, 1, 9], [3, 9, 1], [1, 1, 1], [7, 8, 8], [1, 9, 9]]
        func problem(_ size: [Int]) throws -> ConvolutionProblem {
            try ConvolutionProblem(inputShape: [2, 4] + size, weightShape: weight.shape, rank: 3, padding: 2)
        }
        var count = 0
        for first in sizes {
            var plan = try ConvolutionPlan(
                problem(first), weight: weight, bias: bias, activation: .relu, options: .init(algorithm: algorithm))
            for size in sizes {
                plan = try plan.resized(batch: 2, inputSize: size)
                let input = try Tensor.integers(plan.problem.inputShape, seed: 1)
                let expected = try ConvolutionPlan(
                    problem(size), weight: weight, bias: bias, activation: .relu,
                    options: .init(algorithm: .reference))(input)
                let error = try plan(input).largestDifference(from: expected)
                #expect(
                    error <= (plan.algorithm.precision == .strict ? 0 : 0.01),
                    "\(first) to \(size), \(plan.algorithm)")
                count += 1
            }
        }
        #expect(count == sizes.count * sizes.count)
    }

    /// A padded tap is skipped: an infinite weight meets no zero beside the volume.
    @Test(arguments: Algorithm.allCases)
    func anInfiniteWeightMeetsNoPadding(algorithm: Algorithm) throws {
        var elements = [Float](repeating: 1, count: 2 * 3 * 3 * 3)
        elements[4] = .infinity  // of the first depth: output depth 0 does not see it
        let weight = try Tensor(elements, shape: [1, 2, 3, 3, 3])
        let input = try Tensor.ones([1, 2, 5, 12, 12])
        let problem = try ConvolutionProblem(inputShape: input.shape, weightShape: weight.shape, padding: 1)
        guard
            let plan = try? ConvolutionPlan(
                problem, weight: weight, options: .init(algorithm: algorithm, precision: .fast))
        else {
            #expect([.depthwise, .winograd6, .winograd7x4].contains(algorithm), "\(algorithm) does not apply")
            return
        }
        let output = try plan(input).elements
        #expect(output[..<144].allSatisfy { $0.isFinite }, "\(algorithm)")
        #expect(output[144...].allSatisfy { $0 == .infinity }, "\(algorithm)")
    }

    /// Between planes of a single row and of several, and depths that see all taps, some, or none.
    @Test(arguments: [Algorithm.direct, .gemm, .winograd2])
    func plansShareNoWeightsOfAnotherForm(algorithm: Algorithm) throws {
        var count = 0
        func check(
            _ weightShape: [Int], _ pads: [AxisPadding], stride: [Int], dilation: [Int], _ sizes: [[Int]]
        ) throws {
            let weight = try Tensor.integers(weightShape, seed: 2)
            func problem(_ size: [Int]) throws -> ConvolutionProblem {
                try ConvolutionProblem(
                    inputShape: [1, weightShape[1]] + size, weightShape: weightShape, rank: 3, stride: stride,
                    padding: .pairs(pads), dilation: dilation)
            }
            for first in sizes {
                for other in sizes where other != first {
                    guard
                        let plan = try? ConvolutionPlan(
                            problem(first), weight: weight, options: .init(algorithm: algorithm, precision: .fast)),
                        let resized = try? plan.resized(batch: 1, inputSize: other)
                    else { continue }
                    let input = try Tensor.integers(resized.problem.inputShape, seed: 1)
                    let expected = try ConvolutionPlan(
                        problem(other), weight: weight, options: .init(algorithm: .reference))(input)
                    let error = try resized(input).largestDifference(from: expected)
                    #expect(error <= (algorithm.precision == .strict ? 0 : 0.01), "\(first) to \(other)")
                    count += 1
                }
            }
        }
        let one = AxisPadding(before: 1, after: 1)
        try check(
            [8, 8, 3, 3, 3], [one, one, one], stride: [1, 1, 1], dilation: [1, 1, 1],
            [[5, 1, 8], [5, 4, 8], [5, 4, 1]])
        try check(
            [8, 16, 3, 3, 3], [.init(before: 0, after: 1), one, one], stride: [2, 1, 1], dilation: [1, 1, 1],
            [[5, 8, 8], [4, 8, 8]])
        try check(
            [8, 8, 2, 3, 3], [.init(before: 3, after: 3), one, one], stride: [1, 1, 1], dilation: [6, 1, 1],
            [[2, 8, 8], [4, 8, 8]])
        #expect(count >= 2)
    }

    /// Planes that see nothing, beside those of an input without channels, are stored by kernels of their own.
    @Test(arguments: Algorithm.allCases)
    func withoutChannelsTheOutputIsTheBias(algorithm: Algorithm) throws {
        var count = 0
        for (size, kernel, padding) in [
            ([2, 1, 1], [1, 1, 1], [1, 0, 0]), ([2, 1, 1], [1, 1, 3], [1, 1, 1]),
            ([4, 11, 9], [3, 3, 3], [5, 2, 2]),
        ] {
            let input = try Tensor.zeros([1, 0] + size)
            let weight = try Tensor.zeros([40, 0] + kernel)
            let bias = try Tensor.integers([40], seed: 1)
            for instructionSet in InstructionSet.available {
                let options = ConvolutionOptions(algorithm: algorithm, instructionSet: instructionSet)
                guard let y = try? conv3d(input, weight: weight, bias: bias, padding: padding, options: options) else {
                    continue
                }
                let pixels = y.count / 40
                #expect(y.elements.enumerated().allSatisfy { $1 == bias.elements[$0 / pixels] })
                count += 1
            }
        }
        #expect(
            count > 0
                || [.depthwise, .winograd2, .winograd3, .winograd4, .winograd4x2, .winograd6, .winograd7x4].contains(
                    algorithm)
        )
    }

    /// A stride or a dilation along the depth that reaches no other plane may be as large as it likes.
    @Test(arguments: [
        (kernel: 1, stride: Int.max, dilation: Int.max, padding: 0), (1, 1 << 61, 1, 0), (1, 1, .max, 3),
        (1, 1 << 61, 1, 3),
        (3, 1 << 61, 2, 2), (2, 1 << 61, 5, 4),
    ])
    func stridesAndDilationsOfTheDepthDoNotOverflow(
        axis: (kernel: Int, stride: Int, dilation: Int, padding: Int)
    ) throws {
        var count = 0
        for (size, kernel) in [
            ([5, 6, 7], [3, 3]), ([5, 6, 7], [1, 1]), ([5, 1, 1], [1, 1]), ([1, 6, 7], [3, 3]),
        ] {
            let input = try Tensor.integers([2, 4] + size, seed: 1)
            let weight = try Tensor.integers([3, 4, axis.kernel] + kernel, seed: 2)
            guard size[0] + 2 * axis.padding > axis.dilation * (axis.kernel - 1) else { continue }
            func answer(_ algorithm: Algorithm?) throws -> Tensor {
                try conv3d(
                    input, weight: weight, stride: [axis.stride, 1, 1], padding: [axis.padding, 0, 0],
                    dilation: [axis.dilation, 1, 1], options: .init(algorithm: algorithm, precision: .strict))
            }
            let expected = try answer(.reference)
            for algorithm in [nil, Algorithm.direct, .gemm, .im2col] {
                #expect(try answer(algorithm) == expected, "\(size), \(String(describing: algorithm))")
                count += 1
            }
        }
        #expect(count >= 12)
    }

    // MARK: Forms

    private static func forms(
        _ input: [Int], _ weight: [Int], stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0],
        layout: TensorLayout = .channelsFirst
    ) throws -> [Lowering] {
        try Lowering.forms(
            ConvolutionProblem(
                inputShape: layout.shape(batch: input[0], channels: input[1], size: Array(input[2...])),
                weightShape: weight, rank: 3, stride: stride, padding: padding, layout: layout))
    }

    @Test func problemsWithOneAxisToSpareAreOfTwo() throws {
        // Planes one by one, in images.
        let space = try #require(Self.forms([1, 8, 6, 9, 9], [4, 8, 1, 3, 3], padding: [0, 1, 1]).first)
        #expect(space.isSingleSum && space.parts[0].problem.batch == 6)
        let strided = try #require(Self.forms([2, 8, 6, 9, 9], [4, 8, 1, 3, 3], stride: [2, 1, 1]).first)
        #expect(strided.parts[0].problem.batch == 6 && strided.parts[0].problem.volumes == 2)
        // Pixels one by one: a row of whole planes.
        let time = try #require(Self.forms([1, 8, 6, 9, 9], [4, 8, 3, 1, 1], padding: [1, 0, 0]).first)
        #expect(time.isSingleSum && time.parts[0].problem.width.input == 486)
        #expect(time.parts[0].problem.width.dilation == 81)
        let pixels = try #require(Self.forms([1, 8, 6, 9, 9], [4, 8, 1, 1, 1]).first)
        #expect(pixels.isSingleSum && pixels.parts[0].problem.width.input == 486)
        // One plane, which one tap meets.
        let plane = try #require(Self.forms([1, 8, 1, 9, 9], [4, 8, 3, 3, 3], padding: [1, 1, 1]).first)
        #expect(plane.isSingleSum && plane.weights.map(\.taps.depth) == [TapSequence(first: 1, count: 1)])
    }

    @Test func tapsAlongTheDepthAreChannelsOrTerms() throws {
        let forms = try Self.forms([1, 8, 6, 9, 9], [4, 8, 3, 3, 3], padding: [1, 1, 1])
        #expect(forms.count == 2)
        let (channels, terms) = (forms[0], forms[1])
        #expect(channels.hasDepthAsChannels && channels.parts.map(\.terms) == [2, 1, 2])
        #expect(channels.parts[1].problem.inputChannels == 24 && channels.parts[1].problem.depthTaps == 3)
        #expect(!terms.hasDepthAsChannels && terms.parts.map(\.terms) == [2, 3, 2])
        #expect(terms.parts.map(\.problem.batch) == [1, 4, 1] && terms.weights.count == 3)
        // Many weights are not kept twice.
        #expect(try Self.forms([1, 256, 6, 9, 9], [256, 256, 3, 3, 3], padding: [1, 1, 1]).count == 1)
        #expect(try Self.forms([1, 256, 6, 9, 9], [256, 256, 3, 3, 3]).count == 2)
    }
}
