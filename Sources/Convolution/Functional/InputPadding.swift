// SPDX-License-Identifier: Apache-2.0

/// The input of `problem` with its padding filled in as `mode` says: a tensor whose convolution without padding has the
/// output of `problem`. PyTorch's modules do the same.
///
/// - Parameters:
///   - input: The input of `problem`.
///   - mode: Not `.zeros`: a convolution skips zeros, they are never stored.
/// - Throws: `ConvolutionError.reflectionExceedsInput` and `.wrapExceedsInput` if the input is too small for its padding.
package func pad(_ input: Tensor, for problem: ConvolutionProblem, mode: PaddingMode) throws(ConvolutionError) -> Tensor
{
    let (depth, height, width) = (problem.depth, problem.height, problem.width)
    try mode.check(problem)
    var padded = try Tensor(uninitializedShape: problem.paddedInputShape)
    guard padded.count > 0 else { return padded }
    // Volumes of single numbers for each channel, or one of whole pixels.
    let pixel = problem.layout == .channelsFirst ? 1 : problem.inputChannels
    let volumes = problem.batch * problem.inputChannels / pixel
    input.withUnsafeBufferPointer { input in
        padded.withUnsafeMutableBufferPointer { padded in
            guard let source = input.baseAddress, var destination = padded.baseAddress else { return }
            func copyRow(_ sourceRow: UnsafePointer<Float>) {
                func copy(_ column: Int, _ columns: Int) {
                    destination.update(from: sourceRow + column * pixel, count: columns * pixel)
                    destination += columns * pixel
                }
                for column in -width.before..<0 { copy(mode.source(column, in: width.input), 1) }
                copy(0, width.input)
                for column in 0..<width.after { copy(mode.source(width.input + column, in: width.input), 1) }
            }
            for volume in 0..<volumes {
                for slice in -depth.before..<depth.input + depth.after {
                    let plane = volume * depth.input + mode.source(slice, in: depth.input)
                    for row in -height.before..<height.input + height.after {
                        let line = plane * height.input + mode.source(row, in: height.input)
                        copyRow(source + line * width.input * pixel)
                    }
                }
            }
        }
    }
    return padded
}

extension PaddingMode {
    /// Checks that the padding of a problem can be filled.
    ///
    /// - Throws: `ConvolutionError.reflectionExceedsInput` and `.wrapExceedsInput` if the input is too small for its
    ///   padding, `.emptyInput` if there is nothing to repeat.
    func check(_ problem: ConvolutionProblem) throws(ConvolutionError) {
        let lastAxis = problem.layout.widthAxis(count: problem.rank + 2)
        try check(problem.width, axis: lastAxis, problem)
        if problem.rank > 1 { try check(problem.height, axis: lastAxis - 1, problem) }
        if problem.rank > 2 { try check(problem.depth, axis: lastAxis - 2, problem) }
    }

    /// Checks that the padding of one axis can be filled; `axis` counts from the batch.
    private func check(_ extent: Axis, axis: Int, _ problem: ConvolutionProblem) throws(ConvolutionError) {
        let largest = max(extent.before, extent.after)
        let padding = AxisPadding(before: extent.before, after: extent.after)
        switch storage {
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
        return switch storage {
        case .zeros: preconditionFailure("padding with zeros is the convolution's own")
        case .reflect: index < 0 ? -index : 2 * (size - 1) - index
        case .replicate: index < 0 ? 0 : size - 1
        case .circular: index < 0 ? index + size : index - size
        }
    }
}

extension ConvolutionProblem {
    /// The input's shape with its padding.
    var paddedInputShape: [Int] {
        layout.shape(batch: isUnbatched ? nil : batch, channels: inputChannels, size: size(\.paddedInput))
    }

    fileprivate var batchedInputShape: [Int] { isUnbatched ? [1] + inputShape : inputShape }
}
