// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// A convolution with its channels last is that with its channels first, its elements in another order.
@Suite struct LayoutTests {
    /// Sizes around the lanes and tiles, groups, strides, dilations, one row, one pixel, and few channels.
    private static let shapes:
        [(
            input: [Int], weight: [Int], stride: Extents, padding: Padding, dilation: Extents, groups: Int
        )] = [
            ([2, 16, 20, 20], [40, 16, 3, 3], 1, 1, 1, 1),
            ([3, 64, 7, 7], [70, 64, 3, 3], 1, 1, 1, 1),
            ([2, 33, 9, 11], [65, 33, 1, 1], 1, 0, 1, 1),
            ([1, 33, 14, 13], [20, 33, 1, 1], 2, 0, 1, 1),
            ([2, 24, 15, 17], [24, 1, 3, 3], 1, 1, 1, 24),
            ([1, 7, 12, 9], [21, 1, 5, 5], 2, 2, 1, 7),
            ([2, 12, 15, 17], [20, 6, 5, 3], [2, 1], [2, 0], 1, 2),
            ([1, 32, 16, 16], [32, 32, 3, 3], 1, 2, 2, 1),
            ([1, 16, 18, 18], [16, 16, 3, 3], 2, 1, 1, 1),
            ([2, 18, 2, 90], [20, 9, 1, 40], 1, [0, 20], 1, 2),
            ([2, 3, 30, 31], [17, 3, 7, 7], 2, 3, 1, 1),
            ([1, 1, 1, 1], [1, 1, 1, 1], 1, 0, 1, 1),
            ([1, 0, 5, 5], [3, 0, 3, 3], 1, 1, 1, 1),
        ]

    private static func problem(_ index: Int, _ layout: TensorLayout) throws -> ConvolutionProblem {
        let shape = shapes[index]
        let input = shape.input
        return try ConvolutionProblem(
            inputShape: layout.shape(batch: input[0], channels: input[1], size: Array(input[2...])),
            weightShape: shape.weight, rank: 2, stride: shape.stride, padding: shape.padding,
            dilation: shape.dilation, groups: shape.groups, layout: layout)
    }

    @Test(arguments: shapes.indices)
    func everyAlgorithmAnswersInBothLayouts(index: Int) throws {
        let first = try Self.problem(index, .channelsFirst)
        let last = try Self.problem(index, .channelsLast)
        #expect(last.outputCount == first.outputCount)
        let input = try Tensor.integers(first.inputShape, seed: 1)
        let weight = try Tensor.integers(first.weightShape, seed: 2)
        let bias = try Tensor.integers([first.outputChannels], seed: 3)
        let residual = try Tensor.integers(first.outputShape, seed: 4)
        let expected = try ConvolutionPlan(
            first, weight: weight, bias: bias, activation: .relu, options: .init(algorithm: .reference))(
                input, residual: residual)
        let scale = 1 + (expected.elements.max() ?? 0)
        for instructionSet in InstructionSet.available {
            for report in try ConvolutionPlan.explainChoice(last, options: .init(precision: .fast))
            where report.applies {
                for threads in [1, 3] {
                    let plan = try ConvolutionPlan(
                        last, weight: weight, bias: bias, activation: .relu,
                        options: .init(
                            algorithm: report.algorithm, instructionSet: instructionSet, threads: threads))
                    let output = try plan(
                        input.withChannelsLast(rank: 2), residual: residual.withChannelsLast(rank: 2))
                    #expect(output.shape == last.outputShape)
                    let answer = try output.withChannelsFirst(rank: 2)
                    let context: Comment = "\(report.algorithm) on \(instructionSet), \(threads) threads"
                    if report.algorithm.precision == .strict {
                        #expect(answer == expected, context)
                    } else {
                        let error = answer.largestDifference(from: expected)
                        #expect(error <= 1e-4 * scale, context)
                    }
                }
            }
        }
    }

    @Test(arguments: shapes.indices)
    func theSameAlgorithmsApply(index: Int) throws {
        func applying(_ layout: TensorLayout) throws -> [Algorithm] {
            try ConvolutionPlan.explainChoice(Self.problem(index, layout)).filter(\.applies).map(\.algorithm)
        }
        #expect(try applying(.channelsFirst) == applying(.channelsLast))
    }

    @Test func functionsAndModulesTakeTheLayout() throws {
        let x = try Tensor.integers([2, 6, 9, 8], seed: 1)
        let weight = try Tensor.integers([4, 3, 3, 2], seed: 2)
        let line = try Tensor.integers([6, 12], seed: 3)
        let lineWeight = try Tensor.integers([4, 3, 5], seed: 4)
        let (last, lastLine) = try (x.withChannelsLast(rank: 2), line.withChannelsLast(rank: 1))
        let options = ConvolutionOptions(precision: .strict)
        #expect(
            try conv2d(last, weight: weight, padding: 1, groups: 2, layout: .channelsLast, options: options)
                == conv2d(x, weight: weight, padding: 1, groups: 2, options: options).withChannelsLast(rank: 2))
        let unbatched = try conv1d(lastLine, weight: lineWeight, stride: 2, groups: 2, layout: .channelsLast)
        #expect(unbatched.shape == [4, 4])
        #expect(
            try unbatched == conv1d(line, weight: lineWeight, stride: 2, groups: 2).withChannelsLast(rank: 1))
        for mode in PaddingMode.allCases {
            let layers = try TensorLayout.allCases.map {
                try Conv2d(
                    weight: weight, padding: [2, 1], groups: 2, paddingMode: mode, layout: $0, options: options)
            }
            #expect(layers[1].layout == .channelsLast)
            #expect(try layers[1](last) == layers[0](x).withChannelsLast(rank: 2), "\(mode)")
            let pairs = Padding.pairs([AxisPadding(before: 0, after: 3)])
            let lines = try TensorLayout.allCases.map {
                try Conv1d(
                    weight: lineWeight, padding: pairs, groups: 2, paddingMode: mode, layout: $0, options: options)
            }
            #expect(try lines[1](lastLine) == lines[0](line).withChannelsLast(rank: 1), "\(mode)")
        }
        let random = try Conv2d(4, 6, kernelSize: 3, layout: .channelsLast, seed: 1)
        #expect(try random(Tensor.ones([2, 8, 9, 4])).shape == [2, 6, 7, 6])
        #expect(try random(Tensor.ones([1, 5, 4, 4])).shape == [1, 3, 2, 6])
        #expect(try random(Tensor.ones([0, 8, 9, 4])).shape == [0, 6, 7, 6])
    }

    @Test func aPlanIsResizedInItsLayout() throws {
        let weight = try Tensor.integers([5, 3, 3, 3], seed: 1)
        let problem = try ConvolutionProblem(
            inputShape: [6, 7, 3], weightShape: weight.shape, rank: 2, layout: .channelsLast)
        let plan = try ConvolutionPlan(problem, weight: weight).resized(batch: 2, inputSize: [9, 4])
        #expect(plan.problem.inputShape == [2, 9, 4, 3])
        #expect(try plan(Tensor.ones([2, 9, 4, 3])).shape == [2, 7, 2, 5])
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [2, 9, 4, 3], got: [2, 3, 9, 4])) {
            try plan(Tensor.ones([2, 3, 9, 4]))
        }
    }

    @Test func errorsShowTheShapeThatWasGiven() throws {
        func problem(_ shape: [Int]) throws(ConvolutionError) -> ConvolutionProblem {
            try ConvolutionProblem(inputShape: shape, weightShape: [4, 3, 3, 3], rank: 2, layout: .channelsLast)
        }
        #expect(
            throws: ConvolutionError.channelMismatch(
                groups: 1, weightShape: [4, 3, 3, 3], inputShape: [1, 3, 8, 9], expected: 3, got: 9)
        ) { try problem([3, 8, 9]) }
        #expect(throws: ConvolutionError.emptyInput(inputShape: [1, 0, 8, 3])) { try problem([1, 0, 8, 3]) }
        #expect(throws: ConvolutionError.kernelExceedsInput(paddedSize: [2, 8], kernelSize: [3, 3])) {
            try problem([1, 2, 8, 3])
        }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "input", shape: [1, -2, 8, 3])) {
            try problem([1, 8, 8, 3]).with(batch: 1, size: [-2, 8])
        }
        let layer = try Conv2d(
            weight: Tensor.ones([4, 3, 3, 3]), padding: 5, paddingMode: .reflect, layout: .channelsLast)
        #expect(
            throws: ConvolutionError.reflectionExceedsInput(
                padding: AxisPadding(before: 5, after: 5), axis: 2, inputShape: [1, 6, 5, 3])
        ) { try layer(Tensor.ones([6, 5, 3])) }
    }
}
