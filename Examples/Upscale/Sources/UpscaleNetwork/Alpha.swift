// SPDX-License-Identifier: Apache-2.0

import PNG

extension PNGImage {
    /// The sample of a colour from 0 to 1; one beyond is cut, and no number is 0.
    func sample(_ value: Float) -> UInt16 {
        let scaled = value * Float(maximum) + 0.5
        return scaled > 0 ? UInt16(min(scaled, Float(maximum))) : 0
    }

    /// The image with colours in the pixels that are fully transparent, up to `reach` pixels from those that are not:
    /// the mean of their neighbours' that have one. What such a pixel holds in the file is often black.
    func withVisibleColours(reach: Int) -> PNGImage {
        var image = self
        var isColoured = (0..<width * height).map { samples[($0 + 1) * channels - 1] > 0 }
        guard isColoured.contains(false), isColoured.contains(true) else { return image }
        for _ in 0..<reach {
            var filled: [Int] = []
            for y in 0..<height {
                for x in 0..<width where !isColoured[y * width + x] {
                    var sums = [0, 0, 0]
                    var count = 0
                    for row in max(0, y - 1)...min(height - 1, y + 1) {
                        for column in max(0, x - 1)...min(width - 1, x + 1) where isColoured[row * width + column] {
                            let at = (row * width + column) * channels
                            for colour in 0..<colours { sums[colour] += Int(image.samples[at + colour]) }
                            count += 1
                        }
                    }
                    guard count > 0 else { continue }
                    let at = (y * width + x) * channels
                    for colour in 0..<colours { image.samples[at + colour] = UInt16(sums[colour] / count) }
                    filled.append(y * width + x)
                }
            }
            guard !filled.isEmpty else { break }
            // Pixels that were filled in a turn count from the next one on, so that no direction is preferred.
            for pixel in filled { isColoured[pixel] = true }
        }
        return image
    }
}

/// Bicubic interpolation to twice the size, Keys' kernel with a = -0.75: that of PyTorch and of ncnn.
enum Bicubic {
    /// The weights of the elements from two before to one behind, for the first of the two outputs of an element, which
    /// lies a quarter before it. Those of the second are their mirror image.
    static let weights: [Float] = [1.75, 0.75, 0.25, 1.25].map { (distance: Float) -> Float in
        let a: Float = -0.75
        let square = distance * distance
        let cube = square * distance
        return distance <= 1
            ? (a + 2) * cube - (a + 3) * square + 1
            : a * cube - 5 * a * square + 8 * a * distance - 4 * a
    }

    /// A line of twice the length. Before the first element and behind the last these go on.
    static func doubled(_ line: [Float], into output: inout [Float]) {
        let last = line.count - 1
        for i in line.indices {
            let (a, b, c) = (line[max(i - 2, 0)], line[max(i - 1, 0)], line[i])
            let (d, e) = (line[min(i + 1, last)], line[min(i + 2, last)])
            output[2 * i] = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d
            output[2 * i + 1] = weights[3] * b + weights[2] * c + weights[1] * d + weights[0] * e
        }
    }

    /// Writes the alpha channel of an image into that of one of twice the size.
    static func doubleAlpha(of image: PNGImage, into output: inout PNGImage) {
        let channels = image.channels
        var row = [Float](repeating: 0, count: image.width)
        var wide = [Float](repeating: 0, count: 2 * image.width)
        var plane = [Float](repeating: 0, count: 2 * image.width * image.height)
        for y in 0..<image.height {
            for x in 0..<image.width {
                row[x] = Float(image.samples[(y * image.width + x + 1) * channels - 1]) / Float(image.maximum)
            }
            doubled(row, into: &wide)
            for x in wide.indices { plane[y * wide.count + x] = wide[x] }
        }
        var column = [Float](repeating: 0, count: image.height)
        var high = [Float](repeating: 0, count: 2 * image.height)
        for x in wide.indices {
            for y in column.indices { column[y] = plane[y * wide.count + x] }
            doubled(column, into: &high)
            for y in high.indices {
                output.samples[(y * output.width + x + 1) * channels - 1] = output.sample(high[y])
            }
        }
    }
}
