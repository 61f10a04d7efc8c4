// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The definition of a convolution along one axis, summed in double precision. Kernels of thousands of taps take the
/// library's reference minutes in a build without optimisation, and this one, in a module that is optimised, a moment.
///
/// - Parameters:
///   - input: (N, C, L).
///   - weight: (K, C / groups, taps).
///   - padding: Zeros before and after each signal.
/// - Returns: The elements of (N, K, outputs), each rounded once.
public func rowDefinition(
    _ input: Tensor, _ weight: Tensor, stride: Int, padding: Int, dilation: Int, groups: Int
) -> [Float] {
    let (images, channels, length) = (input.shape[0], input.shape[1] / groups, input.shape[2])
    let (filters, taps) = (weight.shape[0], weight.shape[2])
    let outputs = (length + 2 * padding - dilation * (taps - 1) - 1) / stride + 1
    // Padded, so that every tap is on the signal.
    let padded = length + 2 * padding
    var signal = [Double](repeating: 0, count: padded)
    var sums = [[Double]](repeating: [Double](repeating: 0, count: outputs), count: images * filters)
    let (elements, weights) = (input.elements, weight.elements)
    for image in 0..<images {
        for channel in 0..<channels * groups {
            let first = (image * channels * groups + channel) * length
            for index in 0..<length { signal[padding + index] = Double(elements[first + index]) }
            let group = channel / channels
            for filter in filters / groups * group..<filters / groups * (group + 1) {
                let firstTap = (filter * channels + channel % channels) * taps
                signal.withUnsafeBufferPointer { signal in
                    sums[image * filters + filter].withUnsafeMutableBufferPointer { sums in
                        for tap in 0..<taps {
                            let weight = Double(weights[firstTap + tap])
                            for output in 0..<outputs {
                                sums[output] += weight * signal[output * stride + tap * dilation]
                            }
                        }
                    }
                }
            }
        }
    }
    return sums.flatMap { $0.map { Float($0) } }
}
