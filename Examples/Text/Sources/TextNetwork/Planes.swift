// SPDX-License-Identifier: Apache-2.0

import Convolution

// What the network does between its convolutions, on planes of channels that lie one after the other. The counts are
// those of the loops, so that no index is checked in them.

/// The mean of each of the first `channels` planes.
func planeMeans(_ planes: Tensor, channels: Int, pixels: Int) -> [Float] {
    precondition(channels * pixels <= planes.count, "planes of another size")
    return planes.span.withUnsafeBufferPointer { planes in
        (0..<channels).map { channel in
            let plane = UnsafeRawBufferPointer(
                UnsafeBufferPointer(rebasing: planes[channel * pixels..<(channel + 1) * pixels]))
            var sums = SIMD16<Float>()
            let vectors = pixels / 16
            for index in 0..<vectors {
                sums += plane.loadUnaligned(fromByteOffset: index * 64, as: SIMD16<Float>.self)
            }
            var sum = sums.sum()
            for index in vectors * 16..<pixels { sum += planes[channel * pixels + index] }
            return sum / Float(pixels)
        }
    }
}

/// Multiplies each plane with its factor.
func scalePlanes(_ planes: inout Tensor, by factors: [Float], pixels: Int) {
    precondition(factors.count * pixels <= planes.count, "planes of another size")
    var elements = planes.mutableSpan
    elements.withUnsafeMutableBufferPointer { planes in
        for (channel, factor) in factors.enumerated() {
            for index in channel * pixels..<(channel + 1) * pixels { planes[index] *= factor }
        }
    }
}

/// Multiplies each plane with its factor, and adds the plane of half the size to it: each of its pixels to four.
func scalePlanes(_ planes: inout Tensor, by factors: [Float], height: Int, width: Int, addingDoubled small: Tensor) {
    precondition(factors.count * height * width <= planes.count, "planes of another size")
    precondition(factors.count * height * width <= small.count * 4, "planes of another size to add")
    precondition(height.isMultiple(of: 2) && width.isMultiple(of: 2), "\(height) x \(width) has no half")
    var elements = planes.mutableSpan
    elements.withUnsafeMutableBufferPointer { planes in
        small.span.withUnsafeBufferPointer { small in
            guard let planes = planes.baseAddress, let small = small.baseAddress else { return }
            for (channel, factor) in factors.enumerated() {
                for row in 0..<height {
                    let line = planes + (channel * height + row) * width
                    let source = small + (channel * height / 2 + row / 2) * (width / 2)
                    for column in 0..<width / 2 {
                        line[2 * column] = line[2 * column] * factor + source[column]
                        line[2 * column + 1] = line[2 * column + 1] * factor + source[column]
                    }
                }
            }
        }
    }
}
