// SPDX-License-Identifier: Apache-2.0

import Convolution

/// `exp(x) / sum(exp(x))` along an axis, PyTorch's `softmax`.
///
/// - Parameters:
///   - input: Of any shape.
///   - axis: The axis that adds up to 1; a negative one is counted from the end.
/// - Throws: `ConvolutionError.axisOutOfRange` if the input has no such axis.
public func softmax(_ input: Tensor, axis: Int = -1) throws(ConvolutionError) -> Tensor {
    var output = try Tensor(uninitializedShape: input.shape)
    var elements = output.mutableSpan
    try softmax(input.span, shape: input.shape, axis: axis, into: &elements)
    return output
}

/// The softmax of a tensor along an axis, into memory of the caller. Allocates nothing.
///
/// - Parameters:
///   - input: Row-major.
///   - shape: Of input and output.
///   - axis: The axis that adds up to 1; a negative one is counted from the end.
///   - output: As many elements. All of it is written.
/// - Throws: `ConvolutionError.axisOutOfRange` if the shape has no such axis, `.countMismatch` if a span does not have the
///   shape's elements.
public func softmax(
    _ input: Span<Float>, shape: [Int], axis: Int = -1, into output: inout MutableSpan<Float>
) throws(ConvolutionError) {
    let index = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(index) else { throw .axisOutOfRange(axis, shape: shape) }
    let count = try elementCount(shape)
    guard input.count == count else { throw .countMismatch(tensor: "input", expected: count, got: input.count) }
    guard output.count == count else { throw .countMismatch(tensor: "output", expected: count, got: output.count) }
    guard count > 0 else { return }
    // (outer, extent, inner): the sum runs over the middle.
    let extent = shape[index]
    let inner = shape[(index + 1)...].reduce(1, *)
    input.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            guard let input = input.baseAddress, let output = output.baseAddress else { return }
            for outer in 0..<(count / (extent * inner)) {
                let offset = outer * extent * inner
                if inner == 1 {
                    softmaxOfRow(input + offset, output + offset, count: extent)
                } else {
                    for column in 0..<inner {
                        softmaxOfColumn(input + offset + column, output + offset + column, extent, step: inner)
                    }
                }
            }
        }
    }
}

/// exp(x - largest): nothing overflows, and the largest is 1.
private struct ShiftedExponential: VectorFunction {
    let largest: Float

    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> { (x - largest).exponentialOfNonPositive }
}

private func softmaxOfRow(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int) {
    var largest = -Float.infinity
    for index in 0..<count where !(input[index] <= largest) { largest = input[index] }
    ShiftedExponential(largest: largest).apply(input, output, count: count)
    var sum: Float = 0
    for index in 0..<count { sum += output[index] }
    for index in 0..<count { output[index] /= sum }
}

private func softmaxOfColumn(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int, step: Int
) {
    var largest = -Float.infinity
    for index in 0..<count where !(input[index * step] <= largest) { largest = input[index * step] }
    var sum: Float = 0
    for index in 0..<count {
        let power = SIMD8(repeating: input[index * step] - largest).exponentialOfNonPositive[0]
        output[index * step] = power
        sum += power
    }
    for index in 0..<count { output[index * step] /= sum }
}
