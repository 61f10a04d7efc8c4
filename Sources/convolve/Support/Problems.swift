// SPDX-License-Identifier: Apache-2.0

import Convolution

extension PaddingArgument {
    /// The same as the library takes it.
    /// - Throws: `ConvolutionError` if the pairs are not one an axis.
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
    rank: Int, inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, geometry: Geometry
) throws(ConvolutionError) -> ConvolutionProblem {
    try ConvolutionProblem(
        inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, rank: rank,
        stride: Extents(geometry.stride), padding: try geometry.padding.library(rank: rank),
        dilation: Extents(geometry.dilation), groups: geometry.groups)
}

extension ConvolutionProblem {
    /// Input channels that each output channel sums over.
    var channelsPerSum: Int { inputChannels / groups }

    /// The first input channel that an output channel sums over.
    func firstChannel(of outputChannel: Int) -> Int {
        outputChannel / (outputChannels / groups) * channelsPerSum
    }
}
