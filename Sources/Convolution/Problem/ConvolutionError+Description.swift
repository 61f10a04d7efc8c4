// SPDX-License-Identifier: Apache-2.0

import Foundation

extension ConvolutionError: CustomStringConvertible {
    // One switch over all cases, so that the compiler finds a case without a sentence.

    /// One sentence with the numbers, in PyTorch's words where PyTorch has the same error.
    public var description: String {
        switch storage {
        case .unsupportedRank(let rank):
            "Expected a convolution with 1 to 3 spatial axes, but got \(rank)"
        case .inputRank(let rank, let inputShape, let operation):
            """
            Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to \(operation.functionName(rank: rank)), \
            but got input of size: \(inputShape)
            """
        case .weightRank(let weightShape, _) where weightShape.count < 3:
            "weight should have at least three dimensions, but got weight of size \(weightShape)"
        case .weightRank(let weightShape, let inputShape):
            """
            Expected \(weightShape.count)-dimensional input for \(weightShape.count)-dimensional weight \
            \(weightShape), but got \(inputShape.count)-dimensional input of size \(inputShape) instead
            """
        case .negativeExtent(let tensor, let shape):
            "Trying to create a tensor with negative dimension in the shape \(shape) of the \(tensor)"
        case .channelMismatch(let groups, let weightShape, let inputShape, let expected, let got):
            """
            Given groups=\(groups), weight of size \(weightShape), expected input\(inputShape) to have \
            \(expected) channels, but got \(got) channels instead
            """
        case .tooFewOutputChannels(let groups, let weightShape):
            """
            Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, \
            but got weight of size \(weightShape) instead
            """
        case .outputChannelsNotDivisible(let groups, let weightShape):
            """
            Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, \
            but got weight of size \(weightShape) instead
            """
        case .biasShape(let weightShape, let biasShape):
            """
            Given weight of size \(weightShape), expected bias to be 1-dimensional with \(weightShape[0]) elements, \
            but got bias of size \(biasShape) instead
            """
        case .emptyKernel(let kernel):
            "kernel size should be greater than zero, but got \(Self.named(kernel))"
        case .emptyInput(let inputShape):
            "Only zero batch or zero channel inputs are supported, but got input shape: \(inputShape)"
        case .kernelExceedsInput(let paddedSize, let kernelSize):
            """
            Calculated padded input size per channel: (\(Self.product(paddedSize))). \
            Kernel size: (\(Self.product(kernelSize))). Kernel size can't be greater than actual input size
            """
        case .transposedChannelMismatch(let weightShape, let inputShape, let expected, let got):
            """
            Given transposed=1, weight of size \(weightShape), expected input\(inputShape) to have \
            \(expected) channels, but got \(got) channels instead
            """
        case .inputChannelsNotDivisible(let groups, let weightShape):
            """
            Given transposed=1 and groups=\(groups), expected weight to be at least \(groups) and divisible by \(groups) \
            at dimension 0, but got weight of size \(weightShape) instead
            """
        case .noTransposedOutputChannels(let groups, let weightShape):
            """
            Given transposed=1 and groups=\(groups), expected weight to be at least 1 at dimension 1, \
            but got weight of size \(weightShape) instead
            """
        case .transposedBiasShape(let weightShape, let groups, let biasShape):
            """
            Given transposed=1, weight of size \(weightShape), expected bias to be 1-dimensional with \
            \(weightShape[1] * groups) elements, but got bias of size \(biasShape) instead
            """
        case .outputTooSmall(let inputSize, let outputSize):
            """
            Given input size per channel: (\(Self.product(inputSize))). Calculated output size per channel: \
            (\(Self.product(outputSize))). Output size is too small
            """
        case .poolingInputRank(let rank, let inputShape):
            """
            Expected \(rank + 1)D (unbatched) or \(rank + 2)D (batched) input to a pooling along \(rank) axes, \
            but got input of size: \(inputShape)
            """

        case .valueCount(let parameter, let rank, let values):
            """
            expected \(parameter) to be a single integer value or a list of \(rank) values to match the convolution \
            dimensions, but got \(parameter)=\(values)
            """
        case .nonPositiveStride(let values):
            "non-positive stride is not supported, but got \(values)"
        case .nonPositiveDilation(let values):
            "dilation should be greater than zero, but got \(values)"
        case .nonPositiveGroups(let groups):
            "non-positive groups is not supported, but got \(groups)"
        case .negativePadding(let values):
            "negative padding is not supported, but got \(values)"
        case .samePaddingWithStride(let stride):
            "padding='same' is not supported for strided convolutions, but got stride \(stride)"
        case .unknownPadding(let word):
            "Invalid padding string '\(word)', should be one of 'same', 'valid'"
        case .unknownPaddingMode(let word):
            "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', but got padding_mode='\(word)'"
        case .paddingWordTransposed(let word):
            "padding of a transposed convolution must be a list of integers, but got padding='\(word)'"
        case .paddingModeTransposed(let rank, let word):
            "Only \"zeros\" padding mode is supported for ConvTranspose\(rank)d, but got padding_mode='\(word)'"
        case .negativeOutputPadding(let values):
            "negative output_padding is not supported, but got \(values)"
        case .outputPadding(let values, let stride, let dilation):
            """
            output padding must be smaller than either stride or dilation, but got output_padding \(values), \
            stride \(stride), dilation \(dilation)
            """
        case .outputSize(let requested, let least, let most, let inputSize):
            """
            requested an output size of \(requested), but valid sizes range from \(least) to \(most) \
            (for an input of \(inputSize))
            """
        case .poolingPadding(let values, let kernelSize):
            "padding should be at most half of kernel size, but got padding=\(values) and kernel_size=\(kernelSize)"
        case .axisOutOfRange(let axis, let shape) where shape.isEmpty:
            "Dimension specified as \(axis) but tensor has no dimensions"
        case .axisOutOfRange(let axis, let shape):
            """
            Dimension out of range (expected to be in range of [-\(shape.count), \(shape.count - 1)], but got \(axis)) \
            for a tensor of size \(shape)
            """

        case .invalidInputChannels(let channels, let groups):
            "in_channels must be divisible by groups, but got in_channels=\(channels), groups=\(groups)"
        case .invalidOutputChannels(let channels, let groups):
            "out_channels must be positive and divisible by groups, but got out_channels=\(channels), groups=\(groups)"
        case .reflectionExceedsInput(let padding, let axis, let inputShape):
            """
            Padding size should be less than the corresponding input dimension, but got: padding \
            (\(padding.before), \(padding.after)) at dimension \(axis) of input \(inputShape)
            """
        case .wrapExceedsInput(let padding, let axis, let inputShape):
            """
            Padding value causes wrapping around more than once: padding (\(padding.before), \(padding.after)) \
            at dimension \(axis) of input \(inputShape)
            """
        case .missingParameter(let name):
            "Missing key in state_dict: \"\(name)\""
        case .unexpectedParameter(let name):
            "Unexpected key in state_dict: \"\(name)\""
        case .stateDict(let name, let shape, let error):
            "\"\(name)\" of size \(shape) in state_dict doesn't fit: \(error)"
        case .moduleWeightRank(let rank, let weightShape, let operation):
            """
            Expected a \(rank + 2)-dimensional weight for \(operation.moduleName(rank: rank)), \
            but got weight of size \(weightShape) instead
            """
        case .parameterShape(let name, let expected, let got):
            """
            size mismatch for \(name): copying a param with shape \(got), \
            the shape in current model is \(expected)
            """

        case .sizeOverflow(let quantity, let values):
            "Size calculation overflowed: \(quantity) doesn't fit in \(Int.bitWidth) bits, with the values \(values)"
        case .outOfMemory(let bytes):
            "There is no memory for a buffer of \(bytes) bytes"
        case .elementCount(let count, let shape):
            "shape '\(shape)' is invalid for input of size \(count)"
        case .byteCount(let expected, let got, let shape):
            "Expected \(expected) bytes for a tensor of shape \(shape), but got \(got) bytes"
        case .unsupportedRange(let start, let end, let step) where !step.isFinite:
            "step must be finite but got \(step), in arange(\(start), \(end), step: \(step))"
        case .unsupportedRange(let start, let end, let step) where step == 0:
            "step must be nonzero, in arange(\(start), \(end), step: \(step))"
        case .unsupportedRange(let start, let end, let step):
            "unsupported range: \(start) -> \(end), in arange(\(start), \(end), step: \(step))"
        case .shapeMismatch(let tensor, let expected, let got):
            "Expected \(tensor) of size \(expected), but got \(tensor) of size \(got) instead"
        case .countMismatch(let tensor, let expected, let got):
            "Expected \(tensor) with \(expected) elements, but got \(got) elements"
        case .algorithmNotApplicable(let algorithm, let reason):
            "The algorithm '\(algorithm)' doesn't apply: \(reason)"
        case .instructionSetUnavailable(let instructionSet, let available):
            """
            The instruction set '\(instructionSet)' isn't available on this machine, which has \
            \(available.map(\.rawValue).joined(separator: ", "))
            """
        case .executorUnavailable(let executor, let reason):
            "The executor '\(executor)' isn't available: \(reason)"
        case .invalidThreadCount(let threads):
            "The number of threads should be greater than zero, but got \(threads)"
        case .workspaceLimitExceeded(let algorithm, let bytes, let limit):
            "The algorithm '\(algorithm)' needs a workspace of \(bytes) bytes; the limit is \(limit)"
        case .workspaceTooSmall(let bytes, let expected):
            "Expected a workspace of at least \(expected) bytes, but got \(bytes) bytes"
        case .workspaceMisaligned(let address, let alignment):
            "Expected a workspace aligned to \(alignment) bytes, but got one at 0x\(String(address, radix: 16))"
        case .tuningFile(let path, let reason):
            "The tuning file '\(path)' can't be used: \(reason)"
        case .tuningFileFailure(let error):
            "The tuning file \(error)"
        }
    }

    /// `5 x 7`.
    private static func product(_ extents: [Int]) -> String {
        extents.map(String.init).joined(separator: " x ")
    }

    /// `kernel_height: 5 kernel_width: 7`, with `kernel_depth` before it where there is one.
    private static func named(_ kernel: [Int]) -> String {
        zip(["kernel_depth", "kernel_height", "kernel_width"].suffix(kernel.count), kernel)
            .map { "\($0): \($1)" }.joined(separator: " ")
    }
}

extension ConvolutionError: LocalizedError {
    /// The same as `description`.
    public var errorDescription: String? { description }
}
