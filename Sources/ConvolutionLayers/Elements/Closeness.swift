// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Whether two tensors have one shape and are equal but for rounding, PyTorch's `allclose`: |left - right| is at most
/// `atol + rtol * |right|` for each element.
///
/// - Parameters:
///   - left: What was computed.
///   - right: What it should be: the tolerance is relative to it.
///   - rtol: The relative tolerance.
///   - atol: The absolute tolerance.
///   - equalNaN: Whether a NaN is close to a NaN.
public func isClose(
    _ left: Tensor, _ right: Tensor, rtol: Float = 1e-5, atol: Float = 1e-8, equalNaN: Bool = false
) -> Bool {
    guard left.shape == right.shape else { return false }
    let (left, right) = (left.span, right.span)
    for index in left.indices {
        let (x, y) = (left[index], right[index])
        // Equal infinities have no difference.
        if x == y || (equalNaN && x.isNaN && y.isNaN) { continue }
        guard y.isFinite, abs(x - y) <= atol + rtol * abs(y) else { return false }
    }
    return true
}

/// How far an answer is from what it should be: the largest difference of two elements over the largest magnitude of
/// `expected`. 0 if both are equal; infinite or NaN where an element is.
///
/// Unlike the elements' own relative errors it says nothing of those that are small because large terms cancel.
///
/// - Throws: `ConvolutionError.shapeMismatch` if the shapes differ.
public func relativeError(_ answer: Tensor, of expected: Tensor) throws(ConvolutionError) -> Double {
    guard answer.shape == expected.shape else {
        throw .shapeMismatch(tensor: "answer", expected: expected.shape, got: answer.shape)
    }
    let (left, right) = (answer.span, expected.span)
    var difference = 0.0
    var largest = 0.0
    for index in left.indices where left[index] != right[index] {
        let distance = abs(Double(left[index]) - Double(right[index]))
        if distance.isNaN { return .nan }
        difference = max(difference, distance)
    }
    guard difference != 0 else { return 0 }
    for index in right.indices { largest = max(largest, abs(Double(right[index]))) }
    return difference / largest
}
