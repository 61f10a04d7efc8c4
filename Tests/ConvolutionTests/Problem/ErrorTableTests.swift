// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// A call that is wrong in one way.
struct WrongCall: Sendable, CustomTestStringConvertible {
    let name: String
    let rank: Int
    let input: [Int]
    let weight: [Int]
    var bias: [Int]?
    var stride: Extents = 1
    var padding: Padding = 0
    var dilation: Extents = 1
    var groups = 1
    let error: ConvolutionError
    /// What PyTorch says.
    let text: String

    var testDescription: String { "conv\(rank)d: \(name)" }

    func problem() throws(ConvolutionError) -> ConvolutionProblem {
        try ConvolutionProblem(
            inputShape: input, weightShape: weight, biasShape: bias, rank: rank, stride: stride, padding: padding,
            dilation: dilation, groups: groups)
    }
}

/// Each row of the table of errors, for one axis, for two and for three.
@Suite struct ErrorTableTests {
    static let calls = ranks + channels + signs + counts + extents + threeAxes

    @Test(arguments: calls)
    func `A problem isn't built, and the error has the numbers`(_ call: WrongCall) {
        #expect(throws: call.error) { try call.problem() }
        #expect(call.error.description.contains(call.text), "\(call.error.description)")
    }

    @Test(arguments: calls)
    func `The function throws the same error`(_ call: WrongCall) throws {
        let input = try Tensor.zeros(call.input)
        let weight = try Tensor.zeros(call.weight)
        let bias = try call.bias.map { try Tensor.zeros($0) }
        #expect(throws: call.error) {
            switch call.rank {
            case 1:
                try conv1d(
                    input, weight: weight, bias: bias, stride: call.stride, padding: call.padding,
                    dilation: call.dilation, groups: call.groups)
            case 2:
                try conv2d(
                    input, weight: weight, bias: bias, stride: call.stride, padding: call.padding,
                    dilation: call.dilation, groups: call.groups)
            default:
                try conv3d(
                    input, weight: weight, bias: bias, stride: call.stride, padding: call.padding,
                    dilation: call.dilation, groups: call.groups)
            }
        }
    }

    // MARK: The table

    static let ranks: [WrongCall] = [
        .init(
            name: "input rank too low", rank: 1, input: [16], weight: [1, 1, 3],
            error: .inputRank(rank: 1, inputShape: [16]),
            text: "Expected 2D (unbatched) or 3D (batched) input to conv1d, but got input of size: [16]"),
        .init(
            name: "input rank too high", rank: 1, input: [1, 1, 4, 4], weight: [1, 1, 3],
            error: .inputRank(rank: 1, inputShape: [1, 1, 4, 4]), text: "[1, 1, 4, 4]"),
        .init(
            name: "input rank too low", rank: 2, input: [4, 4], weight: [1, 1, 3, 3],
            error: .inputRank(rank: 2, inputShape: [4, 4]),
            text: "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [4, 4]"),
        .init(
            name: "input rank too high", rank: 2, input: [1, 1, 1, 4, 4], weight: [1, 1, 3, 3],
            error: .inputRank(rank: 2, inputShape: [1, 1, 1, 4, 4]), text: "[1, 1, 1, 4, 4]"),
        .init(
            name: "weight rank 2", rank: 1, input: [1, 1, 4], weight: [1, 2],
            error: .weightRank(weightShape: [1, 2], inputShape: [1, 1, 4]),
            text: "weight should have at least three dimensions"),
        .init(
            name: "weight rank 4", rank: 1, input: [1, 1, 4], weight: [1, 1, 2, 2],
            error: .weightRank(weightShape: [1, 1, 2, 2], inputShape: [1, 1, 4]),
            text: """
                Expected 4-dimensional input for 4-dimensional weight [1, 1, 2, 2], \
                but got 3-dimensional input of size [1, 1, 4] instead
                """),
        .init(
            name: "weight rank 3", rank: 2, input: [4, 5, 5], weight: [6, 4, 3],
            error: .weightRank(weightShape: [6, 4, 3], inputShape: [1, 4, 5, 5]),
            text: """
                Expected 3-dimensional input for 3-dimensional weight [6, 4, 3], \
                but got 4-dimensional input of size [1, 4, 5, 5] instead
                """),
    ]

    static let channels: [WrongCall] = [
        .init(
            name: "channels", rank: 1, input: [1, 4, 5], weight: [6, 3, 3],
            error: .channelMismatch(groups: 1, weightShape: [6, 3, 3], inputShape: [1, 4, 5], expected: 3, got: 4),
            text: """
                Given groups=1, weight of size [6, 3, 3], expected input[1, 4, 5] to have 3 channels, \
                but got 4 channels instead
                """),
        .init(
            name: "channels, unbatched and grouped", rank: 2, input: [4, 5, 5], weight: [6, 3, 3, 3], groups: 2,
            error: .channelMismatch(
                groups: 2, weightShape: [6, 3, 3, 3], inputShape: [1, 4, 5, 5], expected: 6, got: 4),
            text: "expected input[1, 4, 5, 5] to have 6 channels, but got 4 channels instead"),
        .init(
            name: "output channels not divisible", rank: 1, input: [1, 4, 5], weight: [3, 2, 3], groups: 2,
            error: .outputChannelsNotDivisible(groups: 2, weightShape: [3, 2, 3]),
            text: """
                Given groups=2, expected weight to be divisible by 2 at dimension 0, \
                but got weight of size [3, 2, 3] instead
                """),
        .init(
            name: "output channels not divisible", rank: 2, input: [1, 4, 5, 5], weight: [3, 2, 3, 3], groups: 2,
            error: .outputChannelsNotDivisible(groups: 2, weightShape: [3, 2, 3, 3]), text: "[3, 2, 3, 3]"),
        .init(
            name: "fewer output channels than groups", rank: 2, input: [2, 2, 4, 3], weight: [2, 2, 1, 3], groups: 3,
            error: .tooFewOutputChannels(groups: 3, weightShape: [2, 2, 1, 3]),
            text: """
                Given groups=3, expected weight to be at least 3 at dimension 0, \
                but got weight of size [2, 2, 1, 3] instead
                """),
        .init(
            name: "no output channels", rank: 1, input: [1, 4, 5], weight: [0, 4, 3],
            error: .tooFewOutputChannels(groups: 1, weightShape: [0, 4, 3]),
            text: "expected weight to be at least 1 at dimension 0, but got weight of size [0, 4, 3]"),
        .init(
            name: "bias length", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], bias: [5],
            error: .biasShape(weightShape: [6, 4, 3, 3], biasShape: [5]),
            text: """
                Given weight of size [6, 4, 3, 3], expected bias to be 1-dimensional with 6 elements, \
                but got bias of size [5] instead
                """),
        .init(
            name: "bias rank", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], bias: [6, 1],
            error: .biasShape(weightShape: [6, 4, 3], biasShape: [6, 1]), text: "bias of size [6, 1]"),
    ]

    static let signs: [WrongCall] = [
        .init(
            name: "groups 0", rank: 2, input: [2, 2, 4, 3], weight: [2, 2, 4, 3], padding: .same, groups: 0,
            error: .nonPositiveGroups(0), text: "non-positive groups is not supported"),
        .init(
            name: "groups negative", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], groups: -1,
            error: .nonPositiveGroups(-1), text: "-1"),
        .init(
            name: "stride 0", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], stride: 0, error: .nonPositiveStride([0]),
            text: "non-positive stride is not supported"),
        .init(
            name: "stride negative on one axis", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], stride: [1, -2],
            error: .nonPositiveStride([1, -2]), text: "[1, -2]"),
        .init(
            name: "dilation 0", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], dilation: 0,
            error: .nonPositiveDilation([0]), text: "dilation should be greater than zero, but got [0]"),
        .init(
            name: "dilation negative on one axis", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3],
            dilation: [-1, 1], error: .nonPositiveDilation([-1, 1]),
            text: "dilation should be greater than zero, but got [-1, 1]"),
        .init(
            name: "padding negative", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], padding: -1,
            error: .negativePadding([-1]), text: "negative padding is not supported"),
        .init(
            name: "padding negative on one axis", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], padding: [2, -3],
            error: .negativePadding([2, -3]), text: "[2, -3]"),
        .init(
            name: "pair negative", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3],
            padding: .pairs([.init(before: 1, after: 1), .init(before: 1, after: -1)]),
            error: .negativePadding([1, 1, 1, -1]), text: "[1, 1, 1, -1]"),
    ]

    static let counts: [WrongCall] = [
        .init(
            name: "two strides", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], stride: [1, 1],
            error: .valueCount(parameter: "stride", rank: 1, values: [1, 1]),
            text: """
                expected stride to be a single integer value or a list of 1 values to match the convolution \
                dimensions, but got stride=[1, 1]
                """),
        .init(
            name: "three strides", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], stride: [1, 2, 3],
            error: .valueCount(parameter: "stride", rank: 2, values: [1, 2, 3]), text: "stride=[1, 2, 3]"),
        .init(
            name: "two paddings", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], padding: [1, 1],
            error: .valueCount(parameter: "padding", rank: 1, values: [1, 1]), text: "padding=[1, 1]"),
        .init(
            name: "no paddings", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], padding: [],
            error: .valueCount(parameter: "padding", rank: 2, values: []), text: "padding=[]"),
        .init(
            name: "three pairs", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3],
            padding: .pairs(Array(repeating: .init(before: 0, after: 1), count: 3)),
            error: .valueCount(parameter: "padding", rank: 2, values: [0, 1, 0, 1, 0, 1]), text: "padding="),
        .init(
            name: "two dilations", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], dilation: [1, 1],
            error: .valueCount(parameter: "dilation", rank: 1, values: [1, 1]), text: "dilation=[1, 1]"),
        .init(
            name: "three dilations", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], dilation: [1, 1, 1],
            error: .valueCount(parameter: "dilation", rank: 2, values: [1, 1, 1]), text: "dilation=[1, 1, 1]"),
    ]

    static let extents: [WrongCall] = [
        .init(
            name: "kernel extent 0", rank: 1, input: [1, 4, 5], weight: [6, 4, 0], error: .emptyKernel([0]),
            text: "kernel size should be greater than zero, but got kernel_width: 0"),
        .init(
            name: "kernel extent 0", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 0, 3], error: .emptyKernel([0, 3]),
            text: "kernel size should be greater than zero, but got kernel_height: 0 kernel_width: 3"),
        .init(
            name: "kernel exceeds input", rank: 1, input: [1, 4, 5], weight: [6, 4, 7],
            error: .kernelExceedsInput(paddedSize: [5], kernelSize: [7]),
            text: """
                Calculated padded input size per channel: (5). Kernel size: (7). \
                Kernel size can't be greater than actual input size
                """),
        .init(
            name: "dilated kernel exceeds padded input", rank: 2, input: [3, 6, 2, 21], weight: [26, 3, 3, 5],
            padding: [2, 3], dilation: 3, groups: 2,
            error: .kernelExceedsInput(paddedSize: [6, 27], kernelSize: [7, 13]),
            text: "Calculated padded input size per channel: (6 x 27). Kernel size: (7 x 13)."),
        .init(
            name: "kernel exceeds input of an empty batch", rank: 1, input: [0, 24, 2], weight: [48, 8, 3], groups: 3,
            error: .kernelExceedsInput(paddedSize: [2], kernelSize: [3]), text: "(2)"),
        .init(
            name: "size 0", rank: 1, input: [1, 4, 0], weight: [6, 4, 3], error: .emptyInput(inputShape: [1, 4, 0]),
            text: "Only zero batch or zero channel inputs are supported, but got input shape: [1, 4, 0]"),
        .init(
            name: "size 0, padded and unbatched", rank: 2, input: [4, 5, 0], weight: [6, 4, 3, 3], padding: 2,
            error: .emptyInput(inputShape: [1, 4, 5, 0]), text: "[1, 4, 5, 0]"),
        .init(
            name: "same with a stride", rank: 1, input: [1, 4, 5], weight: [6, 4, 3], stride: 2, padding: .same,
            error: .samePaddingWithStride([2]), text: "padding='same' is not supported for strided convolutions"),
        .init(
            name: "same with a stride on one axis", rank: 2, input: [1, 4, 5, 5], weight: [6, 4, 3, 3], stride: [1, 2],
            padding: .same, error: .samePaddingWithStride([1, 2]), text: "[1, 2]"),
    ]
}
