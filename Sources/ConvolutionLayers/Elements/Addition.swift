// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The sums of the elements of two tensors of one shape. Where one of the two comes out of a convolution, its `residual`
/// adds the other without a pass over both.
///
/// - Throws: `ConvolutionError.shapeMismatch` if the shapes differ: nothing is broadcast.
public func add(_ left: Tensor, _ right: Tensor) throws(ConvolutionError) -> Tensor {
    guard left.shape == right.shape else {
        throw .shapeMismatch(tensor: "the second summand", expected: left.shape, got: right.shape)
    }
    var sum = left
    try sum.makeUniqueToOverwrite()
    var elements = sum.mutableSpan
    try add(left.span, right.span, into: &elements)
    return sum
}

/// Writes the sums of the elements of two tensors into memory of the caller. Allocates nothing.
///
/// - Throws: `ConvolutionError.countMismatch` if the three do not have as many elements.
public func add(
    _ left: Span<Float>, _ right: Span<Float>, into output: inout MutableSpan<Float>
) throws(ConvolutionError) {
    guard left.count == right.count else {
        throw .countMismatch(tensor: "the second summand", expected: left.count, got: right.count)
    }
    guard left.count == output.count else {
        throw .countMismatch(tensor: "output", expected: left.count, got: output.count)
    }
    left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
            output.withUnsafeMutableBufferPointer { output in
                guard let left = left.baseAddress, let right = right.baseAddress else { return }
                for index in output.indices { output[index] = left[index] + right[index] }
            }
        }
    }
}

/// Adds the elements of a tensor to those of another in place. Allocates nothing.
///
/// - Throws: `ConvolutionError.countMismatch` if the two do not have as many elements.
public func add(_ summand: Span<Float>, to elements: inout MutableSpan<Float>) throws(ConvolutionError) {
    guard summand.count == elements.count else {
        throw .countMismatch(tensor: "the summand", expected: elements.count, got: summand.count)
    }
    summand.withUnsafeBufferPointer { summand in
        elements.withUnsafeMutableBufferPointer { elements in
            guard let summand = summand.baseAddress else { return }
            for index in elements.indices { elements[index] += summand[index] }
        }
    }
}
