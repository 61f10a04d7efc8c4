// SPDX-License-Identifier: Apache-2.0

/// The input of `problem` with its padding filled in as `mode` says: a tensor whose convolution without padding has the
/// output of `problem`. PyTorch's modules do the same.
///
/// - Parameters:
///   - input: The input of `problem`, checked.
///   - mode: Not `.zeros`: a convolution skips zeros, they are never stored.
/// - Throws: `ConvolutionError.reflectionExceedsInput` and `.wrapExceedsInput` if the input is too small for its padding.
func pad(_ input: Tensor, for problem: ConvolutionProblem, mode: PaddingMode) throws(ConvolutionError) -> Tensor {
    let (height, width) = (problem.height, problem.width)
    try mode.check(width, axis: problem.rank + 1, problem)
    if problem.rank == 2 { try mode.check(height, axis: 2, problem) }
    var shape = problem.inputShape
    shape[shape.count - 1] = width.paddedInput
    if problem.rank == 2 { shape[shape.count - 2] = height.paddedInput }
    var padded = try Tensor(uninitializedShape: shape)
    guard padded.count > 0 else { return padded }
    input.withUnsafeBufferPointer { input in
        padded.withUnsafeMutableBufferPointer { padded in
            guard let source = input.baseAddress, var destination = padded.baseAddress else { return }
            for plane in 0..<problem.batch * problem.inputChannels {
                for row in -height.before..<height.input + height.after {
                    let sourceRow = source + (plane * height.input + mode.source(row, in: height.input)) * width.input
                    for column in -width.before..<0 {
                        destination[column + width.before] = sourceRow[mode.source(column, in: width.input)]
                    }
                    destination += width.before
                    destination.update(from: sourceRow, count: width.input)
                    destination += width.input
                    for column in 0..<width.after {
                        destination[column] = sourceRow[mode.source(width.input + column, in: width.input)]
                    }
                    destination += width.after
                }
            }
        }
    }
    return padded
}

extension PaddingMode {
    /// Checks that the padding of one axis can be filled; `axis` counts from the batch.
    fileprivate func check(_ extent: Axis, axis: Int, _ problem: ConvolutionProblem) throws(ConvolutionError) {
        let largest = max(extent.before, extent.after)
        let padding = AxisPadding(before: extent.before, after: extent.after)
        switch self {
        case .zeros:
            return
        case .reflect where largest >= extent.input:
            throw .reflectionExceedsInput(padding: padding, axis: axis, inputShape: problem.batchedInputShape)
        case .circular where largest > extent.input:
            throw .wrapExceedsInput(padding: padding, axis: axis, inputShape: problem.batchedInputShape)
        case .replicate where extent.input == 0:
            throw .emptyInput(inputShape: problem.batchedInputShape)
        case .reflect, .circular, .replicate:
            return
        }
    }

    /// The element that stands at `index` of an axis of `size` elements that goes on in both directions.
    fileprivate func source(_ index: Int, in size: Int) -> Int {
        if index >= 0, index < size { return index }
        return switch self {
        case .zeros: preconditionFailure("padding with zeros is the convolution's own")
        case .reflect: index < 0 ? -index : 2 * (size - 1) - index
        case .replicate: index < 0 ? 0 : size - 1
        case .circular: index < 0 ? index + size : index - size
        }
    }
}

extension ConvolutionProblem {
    fileprivate var batchedInputShape: [Int] { isUnbatched ? [1] + inputShape : inputShape }
}
