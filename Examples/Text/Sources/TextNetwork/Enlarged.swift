// SPDX-License-Identifier: Apache-2.0

import Convolution

// The pyramid enlarges coarse levels, each pixel to a square, and convolves them with those beside them. Both together
// are a transposed convolution of the coarse level: an element of it adds to the outputs that any pixel of its square
// adds to. Per output and channel it takes ((scale + 2) / scale)^2 products instead of 9, and the enlarged level is
// never made.

/// The weight of the transposed convolution, of stride `scale` and padding 1, that enlarging an image and then
/// convolving it with 3 x 3 and padding 1 is together.
///
/// Pixel p of an element's square, of 0 to scale - 1 along an axis, and tap t meet at output p + 1 - t of the square.
/// That is tap p + 2 - t of the transposed convolution, whose first output lies one before the square.
///
/// - Parameters:
///   - weight: (K, C, 3, 3).
///   - scale: How many times.
/// - Returns: (C, K, scale + 2, scale + 2).
/// - Throws: `ConvolutionError.parameterShape` if the weight has another shape.
func weightOfEnlarged(
    _ weight: Tensor, scale: Int
) throws(ConvolutionError) -> Tensor {
    guard weight.rank == 4, weight.shape[2...] == [3, 3] else {
        throw .parameterShape(
            name: "the weight behind an enlarged level",
            expected: [weight.shape.first ?? 1, weight.shape.dropFirst().first ?? 1, 3, 3], got: weight.shape)
    }
    let (outputs, channels, size) = (weight.shape[0], weight.shape[1], scale + 2)
    let taps = weight.elements
    // The pixels of a square, from 0 to scale - 1, that tap `at` of the result stands for, each with a tap of its own.
    func tapsMeeting(_ at: Int) -> ClosedRange<Int> { max(0, 2 - at)...min(2, scale + 1 - at) }
    return try Tensor(shape: [channels, outputs, size, size]) { result in
        for channel in 0..<channels {
            for output in 0..<outputs {
                let first = (output * channels + channel) * 9
                for row in 0..<size {
                    for column in 0..<size {
                        var sum = 0.0
                        for y in tapsMeeting(row) {
                            for x in tapsMeeting(column) { sum += Double(taps[first + 3 * y + x]) }
                        }
                        result.append(Float(sum))
                    }
                }
            }
        }
    }
}
