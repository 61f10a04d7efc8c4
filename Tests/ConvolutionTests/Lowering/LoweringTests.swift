// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// The form in which kernels compute a problem: the same answer from the same bytes.
@Suite struct LoweringTests {
    struct Shape: Sendable, CustomStringConvertible {
        var input: [Int]
        var weight: [Int]
        var stride: Extents = 1
        var padding: Padding = 0
        var dilation: Extents = 1
        var groups = 1

        func problem(_ layout: TensorLayout = .channelsFirst) throws -> ConvolutionProblem {
            try ConvolutionProblem(
                inputShape: layout.shape(batch: input[0], channels: input[1], size: Array(input[2...])),
                weightShape: weight, rank: weight.count - 2, stride: stride, padding: padding, dilation: dilation,
                groups: groups, layout: layout)
        }

        var description: String { "\(input) with \(weight)" }
    }

    /// What the kernels compute in the best form of a problem that has one part.
    private static func bestForm(_ problem: ConvolutionProblem) throws -> KernelProblem {
        let form = try #require(Lowering.forms(problem).first)
        try #require(form.isSingleSum)
        return form.parts[0].problem
    }

    /// Single rows, columns, pixels and taps, kernels as large as their images, and padding on one side alone.
    private static let shapes: [Shape] = [
        Shape(input: [2, 5, 40, 1], weight: [7, 5, 3, 1], padding: [1, 0]),
        Shape(input: [1, 5, 40, 1], weight: [7, 5, 3, 3], padding: 1),
        Shape(input: [1, 5, 1, 40], weight: [7, 5, 3, 3], stride: 2, padding: 1),
        Shape(input: [2, 3, 40, 1], weight: [4, 3, 5, 1], stride: [3, 2], padding: [2, 0], dilation: [2, 1]),
        Shape(
            input: [1, 4, 33, 1], weight: [6, 2, 4, 2], stride: [2, 1],
            padding: .pairs([AxisPadding(before: 3, after: 0), AxisPadding(before: 1, after: 0)]), groups: 2),
        Shape(input: [2, 6, 50, 1], weight: [6, 1, 9, 1], padding: [4, 0], groups: 6),
        Shape(input: [1, 6, 50, 1], weight: [12, 1, 9, 1], stride: [3, 1], groups: 6),
        Shape(input: [1, 4, 12, 7], weight: [5, 4, 3, 1], padding: [1, 0]),
        Shape(input: [2, 4, 12, 2], weight: [5, 4, 3, 1], padding: [2, 0], dilation: [2, 1]),
        Shape(
            input: [1, 4, 12, 3], weight: [6, 2, 2, 1],
            padding: .pairs([AxisPadding(before: 0, after: 2), AxisPadding(before: 0, after: 0)]), groups: 2),
        Shape(input: [1, 4, 9, 5], weight: [4, 1, 5, 1], padding: [2, 0], groups: 4),
        Shape(input: [2, 3, 5, 9], weight: [8, 3, 5, 2], padding: [0, 1]),
        Shape(input: [3, 4, 4, 6], weight: [6, 2, 4, 6], groups: 2),
        Shape(input: [3, 4, 3, 3], weight: [6, 4, 3, 3], stride: 2),
        Shape(input: [5, 9, 1, 1], weight: [17, 9, 1, 1]),
        Shape(input: [5, 9, 1, 1], weight: [17, 9, 3, 3], padding: 1),
        Shape(input: [4, 8, 1, 1], weight: [8, 1, 3, 3], padding: 1, groups: 8),
        Shape(input: [2, 3, 1, 1], weight: [4, 3, 1, 1], padding: 1),
        Shape(input: [2, 3, 1, 5], weight: [4, 3, 1, 2], padding: [1, 0]),
        Shape(input: [1, 3, 1, 30], weight: [4, 3, 2, 4], padding: [2, 1], dilation: [3, 1]),
        Shape(input: [2, 5, 40], weight: [3, 5, 40]), Shape(input: [2, 5, 4], weight: [3, 5, 1]),
        Shape(input: [2, 5, 9, 11], weight: [3, 5, 1, 1]),
        Shape(input: [2, 5, 9, 11], weight: [3, 5, 1, 1], padding: [1, 0]),
        Shape(input: [0, 5, 40, 1], weight: [7, 5, 3, 1]), Shape(input: [1, 0, 40, 1], weight: [7, 0, 3, 1]),
    ]

    @Test(arguments: shapes, TensorLayout.allCases)
    func everyAlgorithmAnswersAsTheDefinition(shape: Shape, layout: TensorLayout) throws {
        let problem = try shape.problem(layout)
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
        var count = 0
        for report in try ConvolutionPlan.explainChoice(problem, options: .init(precision: .fast)) where report.applies
        {
            for (instructionSet, threads) in zip(InstructionSet.available, [1, 3, 2]) {
                let actual = try answer(
                    .init(algorithm: report.algorithm, instructionSet: instructionSet, threads: threads))
                #expect(actual.shape == problem.outputShape)
                let error = actual.largestDifference(from: expected)
                let bound = report.algorithm.precision == .strict ? 0 : 1e-4 * scale
                #expect(error <= bound, "\(report.algorithm) on \(instructionSet)")
                count += 1
            }
        }
        #expect(count >= 4)
    }

    /// What applies to the problem as it is given applies, whatever becomes of it.
    @Test(arguments: shapes)
    func noAlgorithmIsLost(shape: Shape) throws {
        let problem = try shape.problem()
        let reports = try ConvolutionPlan.explainChoice(problem, options: .init(precision: .fast))
        for algorithm in Algorithm.allCases
        where algorithm.applicability(Lowering(asIs: problem), .best).isYes
            && algorithm.precision(for: Lowering(asIs: problem)) <= .fast
        {
            #expect(reports.contains { $0.algorithm == algorithm && $0.applies }, "\(algorithm)")
        }
    }

    /// The same one-dimensional work as (C, L), (C, 1, L) and (C, L, 1) is one problem to the kernels.
    @Test(arguments: [1, 2, 3], [1, 5, 8])
    func oneDimensionalWorkHasOneForm(stride: Int, taps: Int) throws {
        let (line, pad) = ([2, 16, 100], taps / 2)
        let forms = try [
            Shape(input: line, weight: [8, 4, taps], stride: Extents(stride), padding: Padding(pad), groups: 4),
            Shape(
                input: [2, 16, 1, 100], weight: [8, 4, 1, taps], stride: Extents(stride), padding: Padding([0, pad]),
                groups: 4),
            Shape(
                input: [2, 16, 100, 1], weight: [8, 4, taps, 1], stride: [stride, 1], padding: Padding([pad, 0]),
                dilation: [1, 7], groups: 4),
            Shape(
                input: [2, 16, 100, 1], weight: [8, 4, taps, 3], stride: Extents(stride), padding: Padding([pad, 1]),
                groups: 4),
        ].map { try Self.bestForm($0.problem()) }
        for form in forms {
            #expect((form.height, form.width) == (forms[0].height, forms[0].width))
            #expect(form.width.input == 100 && form.width.kernel == taps && form.width.stride == stride)
        }
    }

    @Test func rowsAreEndToEndWhereWindowsReachUpAndDown() throws {
        let form = try Self.bestForm(
            Shape(input: [1, 8, 20, 6], weight: [8, 8, 5, 1], padding: [4, 0], dilation: [2, 1]).problem())
        #expect(form.height == .single && form.width.input == 120 && form.width.dilation == 12)
        #expect(form.width.before == 24 && form.width.output == 120)
        let pixels = try Self.bestForm(Shape(input: [6, 8, 3, 5], weight: [4, 8, 3, 5]).problem())
        #expect(pixels.batch == 1 && pixels.width.input == 6 && pixels.inputChannels == 120)
        #expect(pixels.layout == .channelsLast)
        // Windows that reach to the side, or step over rows, see the image as it is.
        for shape in [
            Shape(input: [1, 8, 20, 6], weight: [8, 8, 5, 2]),
            Shape(input: [1, 8, 20, 6], weight: [8, 8, 5, 1], padding: [0, 1]),
            Shape(input: [1, 8, 20, 6], weight: [8, 8, 5, 1], stride: [2, 1]),
        ] {
            let problem = try shape.problem()
            #expect(Lowering.forms(problem) == [Lowering(asIs: problem)], "\(shape)")
        }
    }

    /// Rows so far apart that their distance does not fit, or too many.
    @Test func whatCannotBeCountedStaysAsItIs() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 1, 2, 4], weightShape: [1, 1, 2, 1], rank: 2, padding: [1 << 57, 0],
            dilation: [1 << 57, 1])
        #expect(Lowering.forms(problem) == [Lowering(asIs: problem)])
    }

    // MARK: Other sizes

    /// Sizes with one row or column, with few and with many, in turns: whichever a plan was made for, the next may need
    /// other weights than those that it has packed.
    @Test(arguments: [[3, 3], [3, 1], [1, 3], [4, 2]], [nil, Algorithm.direct, .gemm])
    func plansOfOtherSizesAnswerAsTheDefinition(kernel: [Int], algorithm: Algorithm?) throws {
        let weight = try Tensor.integers([6, 5] + kernel, seed: 2)
        let bias = try Tensor.integers([6], seed: 3)
        let sizes = [[9, 1], [9, 4], [1, 9], [1, 1], [4, 2], [12, 12], [9, 1]].filter {
            $0[0] + 2 >= kernel[0] && $0[1] + 2 >= kernel[1]
        }
        func problem(_ size: [Int], batch: Int = 2) throws -> ConvolutionProblem {
            try ConvolutionProblem(
                inputShape: [batch, 5] + size, weightShape: weight.shape, rank: 2,
                padding: Padding([min(1, kernel[0] - 1), min(1, kernel[1] - 1)]))
        }
        var count = 0
        for first in sizes {
            var plan = try? ConvolutionPlan(
                problem(first), weight: weight, bias: bias, activation: .relu, options: .init(algorithm: algorithm))
            for size in sizes {
                guard let problem = try? problem(size, batch: 3),
                    let resized = try plan?.resized(batch: 3, inputSize: size)
                else { continue }
                #expect(resized.problem == problem)
                let input = try Tensor.integers(problem.inputShape, seed: 1)
                let expected = try ConvolutionPlan(
                    problem, weight: weight, bias: bias, activation: .relu, options: .init(algorithm: .reference))(
                        input)
                let actual = try resized(input)
                let error = actual.largestDifference(from: expected)
                #expect(
                    error <= (resized.algorithm.precision == .strict ? 0 : 0.01),
                    "\(first) to \(size), \(resized.algorithm)")
                plan = resized
                count += 1
            }
        }
        #expect(count >= 8)
    }

    /// Taps whole rows apart may be too far apart for an algorithm in a wider image.
    @Test(arguments: [Algorithm.fft, .winograd4])
    func widerImagesOfAColumnAnswerAsTheDefinition(algorithm: Algorithm) throws {
        let weight = try Tensor.integers([4, 4, 5, 1], seed: 2)
        func problem(_ width: Int) throws -> ConvolutionProblem {
            try ConvolutionProblem(inputShape: [1, 4, 30, width], weightShape: weight.shape, rank: 2, padding: [2, 0])
        }
        var plan = try ConvolutionPlan(problem(3), weight: weight, options: .init(algorithm: algorithm))
        for width in [40, 64, 65, 300, 1] {
            plan = try plan.resized(batch: 1, inputSize: [30, width])
            let input = try Tensor.integers(plan.problem.inputShape, seed: 1)
            let expected = try ConvolutionPlan(
                problem(width), weight: weight, options: .init(algorithm: .reference))(input)
            let error = try plan(input).largestDifference(from: expected)
            #expect(plan.algorithm == algorithm && error < 0.01, "\(width)")
        }
    }

    /// Weights of a column serve images of every width.
    @Test func packedWeightsOfAColumnDoNotDependOnTheWidth() throws {
        let forms = try [1, 2, 3, 8, 40].map {
            try #require(
                Lowering.forms(Shape(input: [1, 4, 30, $0], weight: [4, 4, 5, 1], padding: [2, 0]).problem()).first
            ).weights
        }
        #expect(forms.allSatisfy { $0 == forms[0] })
    }

    /// Images of one pixel are pixels of one image; how many of them go together does not show.
    @Test(arguments: [1, 3, 200])
    func bitsOfSinglePixelsDoNotDependOnTheBatch(outputs: Int) throws {
        let input = try Tensor.randn([9, 300, 1, 1], seed: 1)
        let weight = try Tensor.randn([outputs, 300, 1, 1], seed: 2)
        for algorithm in [Algorithm.direct, .gemm] {
            let plan = try ConvolutionPlan(
                ConvolutionProblem(inputShape: input.shape, weightShape: weight.shape, rank: 2), weight: weight,
                options: .init(algorithm: algorithm, threads: 2))
            let whole = try plan(input).elements
            for image in 0..<9 {
                let one = try Tensor(Array(input.elements[image * 300..<(image + 1) * 300]), shape: [1, 300, 1, 1])
                let fresh = try ConvolutionPlan(
                    ConvolutionProblem(inputShape: one.shape, weightShape: weight.shape, rank: 2), weight: weight,
                    options: .init(algorithm: algorithm, threads: 1))
                let expected = Array(whole[image * outputs..<(image + 1) * outputs])
                #expect(try fresh(one).elements == expected)
                #expect(try plan.resized(batch: 1, inputSize: [1, 1])(one).elements == expected)
            }
        }
    }
}
