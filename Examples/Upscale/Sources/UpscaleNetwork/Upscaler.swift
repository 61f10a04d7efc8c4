// SPDX-License-Identifier: Apache-2.0

import Convolution
import PNG

/// Doubles the size of images of any size and kind, a tile at a time.
///
/// Grey images stay grey and samples keep their 8 or 16 bits. An alpha channel is doubled by bicubic interpolation, as
/// ncnn's programs for this network do; beyond them, colours that nobody sees because they are transparent are replaced
/// before by those next to them, so that none shines through at an edge.
public struct Upscaler: Sendable {
    private let network: Upconv7
    private let tileSize: Int

    /// - Parameters:
    ///   - network: The network.
    ///   - tileSize: The most pixels of a tile along each axis, at least 1. Memory grows with it, and not with the
    ///     image.
    public init(_ network: Upconv7, tileSize: Int = Upconv7.preparedSize) {
        precondition(tileSize > 0, "a tile of \(tileSize) pixels")
        self.network = network
        self.tileSize = tileSize
    }

    /// An image of twice the width and twice the height.
    ///
    /// - Parameters:
    ///   - image: Any image.
    ///   - progress: Is told how many of how many tiles are done.
    /// - Throws: `ConvolutionError.outOfMemory`.
    public func upscale(
        _ image: PNGImage, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }
    ) throws(ConvolutionError) -> PNGImage {
        let scale = Upconv7.scale
        var output = PNGImage(
            width: image.width * scale, height: image.height * scale, channels: image.channels, depth: image.depth,
            samples: [UInt16](repeating: 0, count: image.samples.count * scale * scale))
        if image.hasAlpha { Bicubic.doubleAlpha(of: image, into: &output) }
        let source = image.hasAlpha ? image.withVisibleColours(reach: Upconv7.context) : image

        let rows = Tiles(image.height, most: tileSize)
        let columns = Tiles(image.width, most: tileSize)
        var session = try network.session(height: rows.length, width: columns.length)
        var input = try Tensor.zeros(session.inputShape)
        var doubled = try Tensor.zeros(session.outputShape)
        let count = rows.ranges.count * columns.ranges.count
        for (row, y) in rows.ranges.enumerated() {
            for (column, x) in columns.ranges.enumerated() {
                var inputs = input.mutableSpan
                source.read(rows: y, columns: x, into: &inputs)
                var outputs = doubled.mutableSpan
                try session.run(input.span, into: &outputs)
                output.write(doubled.span, rows: y, columns: x)
                progress(row * columns.ranges.count + column + 1, count)
            }
        }
        return output
    }
}

extension PNGImage {
    /// The colours of a tile and of the pixels around it, as planes of red, green and blue from 0 to 1. Beyond the
    /// image its outermost pixels go on.
    fileprivate func read(rows: Range<Int>, columns: Range<Int>, into planes: inout MutableSpan<Float>) {
        let context = Upconv7.context
        let width = columns.count + 2 * context
        let planeCount = (rows.count + 2 * context) * width
        let unit = 1 / Float(maximum)
        let offsets = (-context..<columns.count + context).map { column in
            min(max(columns.lowerBound + column, 0), self.width - 1) * channels
        }
        for row in 0..<rows.count + 2 * context {
            let y = min(max(rows.lowerBound + row - context, 0), height - 1)
            let line = y * self.width * channels
            for (column, offset) in offsets.enumerated() {
                for colour in 0..<3 {
                    let sample = samples[line + offset + (colours == 3 ? colour : 0)]
                    planes[colour * planeCount + row * width + column] = Float(sample) * unit
                }
            }
        }
    }

    /// Writes the colours of a tile of the image of half this size where they belong; of a grey image their mean.
    fileprivate mutating func write(_ planes: Span<Float>, rows: Range<Int>, columns: Range<Int>) {
        let scale = Upconv7.scale
        let (height, width) = (rows.count * scale, columns.count * scale)
        for row in 0..<height {
            var at = ((rows.lowerBound * scale + row) * self.width + columns.lowerBound * scale) * channels
            for column in 0..<width {
                let first = row * width + column
                let (red, green, blue) = (
                    planes[first], planes[first + height * width], planes[first + 2 * height * width]
                )
                if colours == 3 {
                    samples[at] = sample(red)
                    samples[at + 1] = sample(green)
                    samples[at + 2] = sample(blue)
                } else {
                    samples[at] = sample((red + green + blue) / 3)
                }
                at += channels
            }
        }
    }
}
