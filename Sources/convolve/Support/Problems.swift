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
    rank: Int, inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, geometry: Geometry,
    layout: TensorLayout = .channelsFirst
) throws(ConvolutionError) -> ConvolutionProblem {
    try ConvolutionProblem(
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

    /// The first input channel that an output channel sums over.
    func firstChannel(of outputChannel: Int) -> Int {
        outputChannel / (outputChannels / groups) * channelsPerSum
    }
}
