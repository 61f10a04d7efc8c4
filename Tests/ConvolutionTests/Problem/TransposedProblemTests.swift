// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// Sizes and errors of transposed convolutions.
@Suite struct TransposedProblemTests {
    /// A call that is refused.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let name: String
        let rank: Int
        let input: [Int]
        let weight: [Int]
        var bias: [Int]?
        var stride: Extents = 1
        var padding: Padding = 0
        var outputPadding: Extents = 0
        var outputSize: [Int]?
        var groups = 1
        var dilation: Extents = 1
        let error: ConvolutionError
        let text: String

        var testDescription: String { "conv_transpose\(rank)d: \(name)" }

        func problem() throws(ConvolutionError) -> ConvolutionProblem {
            if let outputSize {
                return try .transposed(
                    inputShape: input, weightShape: weight, biasShape: bias, rank: rank, stride: stride,
                    padding: padding, outputSize: outputSize, groups: groups, dilation: dilation)
            }
            return try .transposed(
                inputShape: input, weightShape: weight, biasShape: bias, rank: rank, stride: stride, padding: padding,
                outputPadding: outputPadding, groups: groups, dilation: dilation)
        }
    }

    static let wrong: [Wrong] = [
        .init(
            name: "input rank", rank: 2, input: [4, 4], weight: [4, 2, 3, 3],
            error: .inputRank(rank: 2, inputShape: [4, 4], operation: .transposed),
            text: "Expected 3D (unbatched) or 4D (batched) input to conv_transpose2d, but got input of size: [4, 4]"),
        .init(
            name: "weight rank", rank: 2, input: [1, 4, 5, 5], weight: [4, 2, 3],
            error: .weightRank(weightShape: [4, 2, 3], inputShape: [1, 4, 5, 5]), text: "3-dimensional weight [4, 2, 3]"
        ),
        .init(
            name: "channels", rank: 2, input: [1, 5, 5, 5], weight: [4, 2, 3, 3],
            error: .transposedChannelMismatch(
                weightShape: [4, 2, 3, 3], inputShape: [1, 5, 5, 5], expected: 4, got: 5),
            text:
                "Given transposed=1, weight of size [4, 2, 3, 3], expected input[1, 5, 5, 5] to have 4 channels, but got 5"
        ),
        .init(
            name: "groups do not divide the channels", rank: 1, input: [4, 9], weight: [4, 2, 3], groups: 3,
            error: .inputChannelsNotDivisible(groups: 3, weightShape: [4, 2, 3]),
            text: "divisible by 3 at dimension 0, but got weight of size [4, 2, 3]"),
        .init(
            name: "more groups than channels", rank: 1, input: [4, 9], weight: [4, 2, 3], groups: 8,
            error: .inputChannelsNotDivisible(groups: 8, weightShape: [4, 2, 3]), text: "at least 8"),
        .init(
            name: "no output channels", rank: 1, input: [4, 9], weight: [4, 0, 3],
            error: .noTransposedOutputChannels(groups: 1, weightShape: [4, 0, 3]), text: "at least 1 at dimension 1"),
        .init(
            name: "no input channels", rank: 1, input: [0, 9], weight: [0, 2, 3],
            error: .inputChannelsNotDivisible(groups: 1, weightShape: [0, 2, 3]), text: "[0, 2, 3]"),
        .init(
            name: "bias of the input's channels", rank: 1, input: [4, 9], weight: [4, 2, 3], bias: [3],
            error: .transposedBiasShape(weightShape: [4, 2, 3], groups: 1, biasShape: [3]),
            text: "Given transposed=1, weight of size [4, 2, 3], expected bias to be 1-dimensional with 2 elements"),
        .init(
            name: "output padding of stride and dilation", rank: 2, input: [1, 4, 5, 5], weight: [4, 2, 3, 3],
            stride: [2, 3], outputPadding: [1, 3], dilation: [1, 2],
            error: .outputPadding([1, 3], stride: [2, 3], dilation: [1, 2]),
            text: "output padding must be smaller than either stride or dilation, but got output_padding [1, 3]"),
        .init(
            name: "negative output padding", rank: 1, input: [4, 9], weight: [4, 2, 3], outputPadding: -1,
            error: .negativeOutputPadding([-1]), text: "negative output_padding"),
        .init(
            name: "negative padding", rank: 1, input: [4, 9], weight: [4, 2, 3], padding: -1,
            error: .negativePadding([-1]), text: "negative padding"),
        .init(
            name: "a padding word", rank: 1, input: [4, 9], weight: [4, 2, 3], padding: .same,
            error: .paddingWordTransposed("same"), text: "list of integers"),
        .init(
            name: "stride 0", rank: 1, input: [4, 9], weight: [4, 2, 3], stride: 0, error: .nonPositiveStride([0]),
            text: "non-positive stride"),
        .init(
            name: "dilation 0", rank: 1, input: [4, 9], weight: [4, 2, 3], dilation: 0,
            error: .nonPositiveDilation([0]), text: "dilation should be greater than zero"),
        .init(
            name: "groups 0", rank: 1, input: [4, 9], weight: [4, 2, 3], groups: 0, error: .nonPositiveGroups(0),
            text: "non-positive groups"),
        .init(
            name: "kernel 0", rank: 1, input: [4, 9], weight: [4, 2, 0], error: .emptyKernel([0]),
            text: "kernel size should be greater than zero"),
        .init(
            name: "no output", rank: 2, input: [1, 4, 2, 9], weight: [4, 2, 3, 3], padding: [2, 0],
            error: .outputTooSmall(inputSize: [2, 9], outputSize: [0, 11]),
            text:
                "Given input size per channel: (2 x 9). Calculated output size per channel: (0 x 11). Output size is too small"
        ),
        .init(
            name: "size 0", rank: 1, input: [1, 4, 0], weight: [4, 2, 3], error: .emptyInput(inputShape: [1, 4, 0]),
            text: "Only zero batch or zero channel inputs are supported"),
        .init(
            name: "an output size out of range", rank: 2, input: [1, 4, 5, 5], weight: [4, 2, 3, 3], stride: 2,
            padding: 1, outputSize: [12, 9],
            error: .outputSize([12, 9], least: [9, 9], most: [10, 10], inputSize: [5, 5]),
            text:
                "requested an output size of [12, 9], but valid sizes range from [9, 9] to [10, 10] (for an input of [5, 5])"
        ),
        .init(
            name: "an output size of too many values", rank: 1, input: [4, 5], weight: [4, 2, 3],
            outputSize: [1, 2, 3, 7], error: .valueCount(parameter: "output_size", rank: 1, values: [1, 2, 3, 7]),
            text: "output_size"),
        .init(
            name: "two strides", rank: 3, input: [4, 5, 5, 5], weight: [4, 2, 3, 3, 3], stride: [1, 2],
            error: .valueCount(parameter: "stride", rank: 3, values: [1, 2]), text: "list of 3 values"),
    ]

    @Test(arguments: wrong)
    func `A problem isn't built, and the error has the numbers`(_ call: Wrong) {
        #expect(throws: call.error) { try call.problem() }
        #expect(call.error.description.contains(call.text), "\(call.error.description)")
    }

    @Test func `A bias has the output channels of all groups`() throws {
        let problem = try ConvolutionProblem.transposed(
            inputShape: [4, 9], weightShape: [4, 2, 3], biasShape: [4], groups: 2)
        #expect(problem.outputChannels == 4 && problem.isUnbatched && problem.operation == .transposed)
        #expect(problem.weightShape == [4, 2, 3])
        #expect(problem.outputShape == [4, 11])
    }

    /// PyTorch's table of output sizes: input, kernel, stride, padding, output padding, dilation.
    @Test(arguments: [
        ([4, 3, 2, 0, 0, 1], 9), ([4, 3, 2, 1, 1, 1], 8), ([4, 4, 2, 1, 0, 1], 8), ([5, 3, 3, 0, 2, 2], 19),
        ([1, 1, 5, 0, 4, 1], 5), ([7, 3, 1, 2, 0, 1], 5), ([128, 16, 8, 4, 0, 1], 1024),
    ])
    func `The output's size is PyTorch's`(_ numbers: [Int], output: Int) throws {
        func problem(_ size: Int) throws -> ConvolutionProblem {
            try .transposed(
                inputShape: [2, 3, size], weightShape: [3, 5, numbers[1]], stride: numbers[2], padding: numbers[3],
                outputPadding: numbers[4], dilation: numbers[5])
        }
        let made = try problem(numbers[0])
        #expect(made.outputShape == [2, 5, output])
        // The same by its size, and for another input.
        let sized = try ConvolutionProblem.transposed(
            inputShape: [2, 3, numbers[0]], weightShape: [3, 5, numbers[1]], stride: numbers[2], padding: numbers[3],
            outputSize: [2, 5, output], dilation: numbers[5])
        #expect(sized == made)
        #expect(try made.with(batch: 2, size: [numbers[0] + 1]) == problem(numbers[0] + 1))
    }

    /// Sizes that do not fit are refused before anything is made of them.
    @Test func `Sizes overflow with an error`() throws {
        var count = 0
        for (stride, dilation, size) in [
            (Int.max, 1, 3), (1 << 61, 1, 9), (1, Int.max, 2), (1 << 40, 1, 1 << 23), (1 << 32, 1 << 60, 2),
        ] {
            let error = #expect(throws: ConvolutionError.self) {
                try ConvolutionProblem.transposed(
                    inputShape: [1, 1, size], weightShape: [1, 1, 3], stride: stride, dilation: dilation)
            }
            #expect(error?.code == .sizeOverflow, "\(stride), \(dilation), \(size)")
            count += 1
        }
        #expect(count == 5)
    }
}
