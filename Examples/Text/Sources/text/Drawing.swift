// SPDX-License-Identifier: Apache-2.0

import PNG
import TextNetwork

/// A coloured copy of an image with the outlines of boxes.
func drawing(_ boxes: [TextBox], on image: PNGImage) -> PNGImage {
    let channels = image.hasAlpha ? 4 : 3
    var samples: [UInt16] = []
    samples.reserveCapacity(image.width * image.height * channels)
    for pixel in 0..<image.width * image.height {
        let at = pixel * image.channels
        for colour in 0..<3 { samples.append(image.samples[at + (image.colours == 3 ? colour : 0)]) }
        if image.hasAlpha { samples.append(image.samples[at + image.channels - 1]) }
    }
    var copy = PNGImage(
        width: image.width, height: image.height, channels: channels, depth: image.depth, samples: samples)
    let thickness = max(1.5, Double(min(image.width, image.height)) / 200)
    for box in boxes {
        for index in 0..<4 { copy.draw(from: box.corners[index], to: box.corners[(index + 1) % 4], thickness) }
    }
    return copy
}

extension PNGImage {
    /// Draws a line with round ends and soft edges.
    fileprivate mutating func draw(from a: Point, to b: Point, _ thickness: Double) {
        let red = [0.9, 0.1, 0.2, 1]
        let reach = thickness / 2 + 1
        let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
        func range(_ low: Double, _ high: Double, _ extent: Int) -> ClosedRange<Int>? {
            let (first, last) = (max(0, Int(low - reach)), min(extent - 1, Int(high + reach)))
            return first <= last ? first...last : nil
        }
        guard let rows = range(min(a.y, b.y), max(a.y, b.y), height),
            let columns = range(min(a.x, b.x), max(a.x, b.x), width)
        else { return }
        for row in rows {
            for column in columns {
                let (x, y) = (Double(column) - a.x, Double(row) - a.y)
                let along = length > 0 ? (x * (b.x - a.x) + y * (b.y - a.y)) / length : 0
                let nearest = min(max(along, 0), length) / max(length, 1e-9)
                let (dx, dy) = (x - nearest * (b.x - a.x), y - nearest * (b.y - a.y))
                let cover = min(max(thickness / 2 + 0.5 - (dx * dx + dy * dy).squareRoot(), 0), 1)
                guard cover > 0 else { continue }
                for channel in 0..<channels {
                    let at = (row * width + column) * channels + channel
                    let sample = Double(samples[at]) * (1 - cover) + red[channel] * Double(maximum) * cover
                    samples[at] = UInt16(sample.rounded())
                }
            }
        }
    }
}
