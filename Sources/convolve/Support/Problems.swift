// SPDX-License-Identifier: Apache-2.0

import Convolution

extension PaddingArgument {
    /// The same as the library takes it.
    /// - Throws: `ConvolutionError` unless there is one pair per axis.
    func library(rank: Int) throws(ConvolutionError) -> Padding {
        switch self {
        case .amounts(let amounts): return Padding(amounts)
        case .same: return .same
        case .valid: return .valid
        case .pairs(let values):
            guard values.count == 2 * rank else {
                throw .valueCount(parameter: "pads", rank: rank, values: values)
            }
            return .pairs((0..<rank).map { AxisPadding(before: values[2 * $0], after: values[2 * $0 + 1]) })
        }
    }
}

/// The validated problem of these shapes.
func makeProblem(
    _ operation: Operation, inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, geometry: Geometry,
    layout: TensorLayout = .channelsFirst
) throws(ConvolutionError) -> ConvolutionProblem {
    let rank = operation.rank
    if operation.isTransposed {
        let (stride, dilation) = (Extents(geometry.stride), Extents(geometry.dilation))
        let padding = try geometry.padding.library(rank: rank)
        if let size = geometry.outputSize {
            return try ConvolutionProblem.transposed(
                inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: rank, stride: stride,
                padding: padding, outputSize: size, groups: geometry.groups, dilation: dilation, layout: layout)
        }
        return try ConvolutionProblem.transposed(
            inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: rank, stride: stride,
            padding: padding, outputPadding: Extents(geometry.outputPadding), groups: geometry.groups,
            dilation: dilation, layout: layout)
    }
    return try ConvolutionProblem(
        inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: rank,
        stride: Extents(geometry.stride), padding: try geometry.padding.library(rank: rank),
        dilation: Extents(geometry.dilation), groups: geometry.groups, layout: layout)
}

extension ConvolutionProblem {
    /// Where an element lies along the spatial axes, or how far these go.
    typealias Place = (depth: Int, height: Int, width: Int)

    /// Input channels that each output channel sums over.
    var channelsPerSum: Int { inputChannels / groups }

    /// Products that each output element is the sum of, those by padding included.
    var termsPerSum: Int { channelsPerSum * depth.kernel * height.kernel * width.kernel }

    /// Where an element of the input is, by its depth, height and width.
    func inputOffset(image: Int, channel: Int, at place: Place) -> Int {
        offset(image, channel, place, channels: inputChannels, (depth.input, height.input, width.input))
    }

    /// Where an element of the output is, by its depth, height and width.
    func outputOffset(image: Int, channel: Int, at place: Place) -> Int {
        offset(image, channel, place, channels: outputChannels, (depth.output, height.output, width.output))
    }

    /// From one column of the input to the next.
    var inputColumnStride: Int { layout == .channelsFirst ? 1 : inputChannels }

    private func offset(_ image: Int, _ channel: Int, _ place: Place, channels: Int, _ size: Place) -> Int {
        let pixel = (place.depth * size.height + place.height) * size.width + place.width
        let volume = size.depth * size.height * size.width
        return layout == .channelsFirst
            ? (image * channels + channel) * volume + pixel : (image * volume + pixel) * channels + channel
    }

    /// Where a weight is, by its output channel and the input channel among those that are summed.
    func weightOffset(outputChannel: Int, channel: Int, at place: Place) -> Int {
        let filters = outputChannels / groups
        let filter =
            isTransposed
            ? (firstChannel(of: outputChannel) + channel) * filters + outputChannel % filters
            : outputChannel * channelsPerSum + channel
        return ((filter * depth.kernel + place.depth) * height.kernel + place.height) * width.kernel + place.width
    }

    /// The first two indices of such a weight.
    func weightIndex(outputChannel: Int, channel: Int) -> [Int] {
        isTransposed
            ? [firstChannel(of: outputChannel) + channel, outputChannel % (outputChannels / groups)]
            : [outputChannel, channel]
    }

    /// Where along an axis a tap of an output reads; nil where it reads nothing.
    func inputPosition(_ axis: Axis, output: Int, tap: Int) -> Int? {
        guard isTransposed else {
            let position = output * axis.stride - axis.before + tap * axis.dilation
            return (0..<axis.input).contains(position) ? position : nil
        }
        let (position, rest) = (output + axis.before - tap * axis.dilation)
            .quotientAndRemainder(dividingBy: axis.stride)
        return rest == 0 && (0..<axis.input).contains(position) ? position : nil
    }

    /// The first input channel that an output channel sums over.
    func firstChannel(of outputChannel: Int) -> Int {
        outputChannel / (outputChannels / groups) * channelsPerSum
    }
}
