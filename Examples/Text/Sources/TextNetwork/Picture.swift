// SPDX-License-Identifier: Apache-2.0

import PNG

/// Pixels of blue, green and red of 8 bits each, as the network's authors hold images.
struct Picture {
    let width: Int
    let height: Int
    /// Row by row, three for each pixel.
    private(set) var samples: [UInt8]

    init(width: Int, height: Int, samples: [UInt8]) {
        precondition(samples.count == width * height * 3, "\(samples.count) samples for \(width) x \(height) pixels")
        self.width = width
        self.height = height
        self.samples = samples
    }

    /// Of 16 bits the upper 8 are kept. What is transparent is laid over white, or over black if what is seen is
    /// bright.
    init(_ image: PNGImage) {
        let channels = image.channels
        let shift = image.depth - 8
        let pixels = image.width * image.height
        var background = 255
        if image.hasAlpha {
            var (light, weight) = (0, 0)
            for pixel in 0..<pixels {
                let alpha = Int(image.samples[(pixel + 1) * channels - 1] >> shift)
                for colour in 0..<image.colours {
                    light += Int(image.samples[pixel * channels + colour] >> shift) * alpha
                    weight += alpha
                }
            }
            // Opaque images have no background; those that show nothing have no text.
            background = light > weight * 160 ? 0 : 255
        }
        var samples = [UInt8](repeating: 0, count: pixels * 3)
        for pixel in 0..<pixels {
            let alpha = image.hasAlpha ? Int(image.samples[(pixel + 1) * channels - 1] >> shift) : 255
            for colour in 0..<3 {
                let sample = image.samples[pixel * channels + (image.colours == 3 ? 2 - colour : 0)] >> shift
                samples[pixel * 3 + colour] = UInt8((Int(sample) * alpha + background * (255 - alpha) + 127) / 255)
            }
        }
        self.init(width: image.width, height: image.height, samples: samples)
    }

    /// The picture in another size, by bilinear interpolation in fixed point, as OpenCV's `resize` has it: the weights
    /// have 11 bits, and of the sums along a row the lowest 4 are dropped.
    func resized(width newWidth: Int, height newHeight: Int) -> Picture {
        guard (newWidth, newHeight) != (width, height) else { return self }
        let columns = Picture.taps(from: width, to: newWidth)
        let rows = Picture.taps(from: height, to: newHeight)
        var output = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        /// The sums along a row of this picture, and which row it is.
        func line(_ y: Int, into sums: inout [Int32]) {
            for (x, tap) in columns.enumerated() {
                let (left, right) = ((y * width + tap.first) * 3, (y * width + tap.second) * 3)
                for colour in 0..<3 {
                    sums[x * 3 + colour] =
                        (Int32(samples[left + colour]) * tap.weights.0 + Int32(samples[right + colour]) * tap.weights.1)
                        >> 4
                }
            }
        }
        var upper = (row: -1, sums: [Int32](repeating: 0, count: newWidth * 3))
        var lower = upper
        for (y, tap) in rows.enumerated() {
            if upper.row != tap.first {
                if lower.row == tap.first { swap(&upper, &lower) } else { line(tap.first, into: &upper.sums) }
                upper.row = tap.first
            }
            if lower.row != tap.second {
                line(tap.second, into: &lower.sums)
                lower.row = tap.second
            }
            let at = y * newWidth * 3
            for index in 0..<newWidth * 3 {
                let sum = (upper.sums[index] * tap.weights.0) >> 16 + (lower.sums[index] * tap.weights.1) >> 16
                output[at + index] = UInt8(clamping: (sum + 2) >> 2)
            }
        }
        return Picture(width: newWidth, height: newHeight, samples: output)
    }

    /// The two elements that each element of a line of another length lies between, and their weights of 2048.
    private static func taps(
        from count: Int, to newCount: Int
    ) -> [(first: Int, second: Int, weights: (Int32, Int32))] {
        let scale = Double(count) / Double(newCount)
        return (0..<newCount).map { index in
            let place = Float((Double(index) + 0.5) * scale - 0.5)
            var first = Int(place.rounded(.down))
            var part = place - Float(first)
            if first < 0 { (first, part) = (0, 0) }
            if first >= count - 1 { (first, part) = (count - 1, 0) }
            let weights = (
                Int32(((1 - part) * 2048).rounded(.toNearestOrEven)), Int32((part * 2048).rounded(.toNearestOrEven))
            )
            return (first, min(first + 1, count - 1), weights)
        }
    }

    /// The picture with black rows above and below it.
    func letterboxed(rows: Int) -> Picture {
        let black = [UInt8](repeating: 0, count: rows * width * 3)
        return Picture(width: width, height: height + 2 * rows, samples: black + samples + black)
    }

    /// Writes the samples as planes of blue, green and red from -1 to 1.
    func write(into planes: inout MutableSpan<Float>) {
        let pixels = width * height
        precondition(planes.count == 3 * pixels, "\(planes.count) floats for \(width) x \(height) pixels")
        for colour in 0..<3 {
            for pixel in 0..<pixels {
                planes[colour * pixels + pixel] = (Float(samples[pixel * 3 + colour]) / 255 - 0.5) * 2
            }
        }
    }
}
