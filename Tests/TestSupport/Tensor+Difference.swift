// SPDX-License-Identifier: Apache-2.0

import Convolution

extension [Float] {
    /// The largest magnitude of a difference between elements at the same place; infinite if the counts differ, or if one
    /// element is no number and the other is.
    ///
    /// Here, in a module that is optimised: as a `zip` in a test it takes most of the time of tests of whole plans.
    public func largestDifference(from other: [Float]) -> Float {
        guard count == other.count else { return .infinity }
        var largest: Float = 0
        for index in indices where self[index] != other[index] {
            let difference = abs(self[index] - other[index])
            if difference.isNaN && !(self[index].isNaN && other[index].isNaN) { return .infinity }
            if difference > largest { largest = difference }
        }
        return largest
    }
}

extension Tensor {
    /// The largest magnitude of a difference between elements at the same place; infinite if the counts differ, or if one
    /// element is no number and the other is.
    public func largestDifference(from other: Tensor) -> Float { elements.largestDifference(from: other.elements) }
}
