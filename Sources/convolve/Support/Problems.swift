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
    /// Input channels that each output channel sums over.
    var channelsPerSum: Int { inputChannels / groups }

    /// Where an element of the input is.
    func inputOffset(image: Int, channel: Int, row: Int, column: Int) -> Int {
        offset(image, channel, row, column, channels: inputChannels, height: height.input, width: width.input)
    }

    /// Where an element of the output is.
    func outputOffset(image: Int, channel: Int, row: Int, column: Int) -> Int {
        offset(image, channel, row, column, channels: outputChannels, height: height.output, width: width.output)
    }

    private func offset(
        _ image: Int, _ channel: Int, _ row: Int, _ column: Int, channels: Int, height: Int, width: Int
    ) -> Int {
        layout == .channelsFirst
            ? ((image * channels + channel) * height + row) * width + column
            : ((image * height + row) * width + column) * channels + channel
    }

    /// The first input channel that an output channel sums over.
    func firstChannel(of outputChannel: Int) -> Int {
        outputChannel / (outputChannels / groups) * channelsPerSum
    }
}
