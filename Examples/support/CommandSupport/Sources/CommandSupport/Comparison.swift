// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// Compares numbers with those that the original runtime has computed, and prints how far they are from them.
///
/// - Returns: Whether there are as many, none of them further away than 1e-4 of the largest.
public func isRight(_ name: String, _ answer: [Float], _ expected: [Float]) throws(ConvolutionError) -> Bool {
    guard answer.count == expected.count else {
        print("\(name): \(answer.count) numbers instead of \(expected.count)")
        return false
    }
    let count = [answer.count]
    let error = try relativeError(Tensor(answer, shape: count), of: Tensor(expected, shape: count))
    print("\(name): \(answer.count) numbers, within \(Float(error)) of the largest")
    return error <= 1e-4
}
