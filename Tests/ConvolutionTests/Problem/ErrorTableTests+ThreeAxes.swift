// SPDX-License-Identifier: Apache-2.0

@testable import Convolution

extension ErrorTableTests {
    /// The rows of the table for three axes.
    static let threeAxes: [WrongCall] = [
        .init(
            name: "input rank too low", rank: 3, input: [4, 4, 4], weight: [1, 1, 3, 3, 3],
            error: .inputRank(rank: 3, inputShape: [4, 4, 4]),
            text: "Expected 4D (unbatched) or 5D (batched) input to conv3d, but got input of size: [4, 4, 4]"),
        .init(
            name: "input rank too high", rank: 3, input: [1, 1, 1, 4, 4, 4], weight: [1, 1, 3, 3, 3],
            error: .inputRank(rank: 3, inputShape: [1, 1, 1, 4, 4, 4]),
            text: "Expected 4D (unbatched) or 5D (batched) input to conv3d, but got input of size: [1, 1, 1, 4, 4, 4]"),
        .init(
            name: "weight rank 4", rank: 3, input: [4, 5, 5, 5], weight: [6, 4, 3, 3],
            error: .weightRank(weightShape: [6, 4, 3, 3], inputShape: [1, 4, 5, 5, 5]),
            text: """
                Expected 4-dimensional input for 4-dimensional weight [6, 4, 3, 3], \
                but got 5-dimensional input of size [1, 4, 5, 5, 5] instead
                """),
        .init(
            name: "weight rank 2", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 2],
            error: .weightRank(weightShape: [1, 2], inputShape: [1, 1, 4, 4, 4]),
            text: "weight should have at least three dimensions"),
        .init(
            name: "channels, unbatched and grouped", rank: 3, input: [4, 5, 5, 5], weight: [6, 3, 3, 3, 3], groups: 2,
            error: .channelMismatch(
                groups: 2, weightShape: [6, 3, 3, 3, 3], inputShape: [1, 4, 5, 5, 5], expected: 6, got: 4),
            text: "expected input[1, 4, 5, 5, 5] to have 6 channels, but got 4 channels instead"),
        .init(
            name: "output channels not divisible", rank: 3, input: [1, 4, 5, 5, 5], weight: [3, 2, 3, 3, 3], groups: 2,
            error: .outputChannelsNotDivisible(groups: 2, weightShape: [3, 2, 3, 3, 3]),
            text: "but got weight of size [3, 2, 3, 3, 3] instead"),
        .init(
            name: "fewer output channels than groups", rank: 3, input: [2, 2, 3, 4, 5], weight: [2, 2, 4, 3, 3],
            groups: 3, error: .tooFewOutputChannels(groups: 3, weightShape: [2, 2, 4, 3, 3]),
            text: "expected weight to be at least 3 at dimension 0"),
        .init(
            name: "bias length", rank: 3, input: [1, 4, 5, 5, 5], weight: [6, 4, 3, 3, 3], bias: [4],
            error: .biasShape(weightShape: [6, 4, 3, 3, 3], biasShape: [4]),
            text: "expected bias to be 1-dimensional with 6 elements, but got bias of size [4] instead"),
        .init(
            name: "groups 0", rank: 3, input: [1, 4, 5, 5, 5], weight: [6, 4, 3, 3, 3], groups: 0,
            error: .nonPositiveGroups(0), text: "non-positive groups is not supported"),
        .init(
            name: "stride negative", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2], stride: -1,
            error: .nonPositiveStride([-1, -1, -1]), text: "[-1, -1, -1]"),
        .init(
            name: "dilation 0 along the depth", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2],
            dilation: [0, 1, 1], error: .nonPositiveDilation([0, 1, 1]),
            text: "dilation should be greater than zero, but got [0, 1, 1]"),
        .init(
            name: "padding negative along the depth", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2],
            padding: [-1, 0, 0], error: .negativePadding([-1, 0, 0]), text: "negative padding is not supported"),
        .init(
            name: "two strides", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2], stride: [1, 2],
            error: .valueCount(parameter: "stride", rank: 3, values: [1, 2]),
            text: "expected stride to be a single integer value or a list of 3 values"),
        .init(
            name: "two pairs", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2],
            padding: .pairs(Array(repeating: .init(before: 0, after: 1), count: 2)),
            error: .valueCount(parameter: "padding", rank: 3, values: [0, 1, 0, 1]), text: "padding=[0, 1, 0, 1]"),
        .init(
            name: "four dilations", rank: 3, input: [1, 1, 4, 4, 4], weight: [1, 1, 2, 2, 2], dilation: [1, 1, 1, 1],
            error: .valueCount(parameter: "dilation", rank: 3, values: [1, 1, 1, 1]), text: "dilation=[1, 1, 1, 1]"),
        .init(
            name: "kernel extent 0", rank: 3, input: [1, 4, 5, 5, 5], weight: [6, 4, 0, 3, 2],
            error: .emptyKernel([0, 3, 2]),
            text: """
                kernel size should be greater than zero, but got kernel_depth: 0 kernel_height: 3 kernel_width: 2
                """),
        .init(
            name: "dilated kernel exceeds padded input", rank: 3, input: [3, 6, 2, 21], weight: [2, 3, 3, 3, 5],
            padding: [0, 2, 3], dilation: [1, 3, 3],
            error: .kernelExceedsInput(paddedSize: [6, 6, 27], kernelSize: [3, 7, 13]),
            text: "Calculated padded input size per channel: (6 x 6 x 27). Kernel size: (3 x 7 x 13)."),
        .init(
            name: "size 0 along the depth, padded", rank: 3, input: [1, 4, 0, 5, 5], weight: [6, 4, 3, 3, 3],
            padding: 2, error: .emptyInput(inputShape: [1, 4, 0, 5, 5]),
            text: "Only zero batch or zero channel inputs are supported, but got input shape: [1, 4, 0, 5, 5]"),
        .init(
            name: "same with a stride along the depth", rank: 3, input: [1, 4, 5, 5, 5], weight: [6, 4, 3, 3, 3],
            stride: [2, 1, 1], padding: .same, error: .samePaddingWithStride([2, 1, 1]),
            text: "padding='same' is not supported for strided convolutions"),
    ]
}
