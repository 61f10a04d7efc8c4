// SPDX-License-Identifier: Apache-2.0

import Foundation

/// An image as a PNG file holds it: grey, grey with alpha, RGB or RGBA, each sample of 8 or of 16 bits.
///
/// ```swift
/// let image = try PNGImage(contentsOf: "photo.png")
/// let red = image.samples[(y * image.width + x) * image.channels]
/// let copy = image.encoded()
/// ```
///
/// All colour types and depths of the format are read, interlaced or not. Samples of fewer than 8 bits are scaled to 8,
/// a palette is looked up, and a colour that the file names as transparent becomes an alpha channel. What a file says
/// of its gamma or its colour space is not read: samples are as they are stored.
public struct PNGImage: Equatable, Sendable {
    /// Pixels of a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Samples of a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. Alpha is not premultiplied.
    public let channels: Int
    /// Bits of a sample: 8 or 16.
    public let depth: Int
    /// Row by row, those of a pixel side by side, each at most `maximum`: `width * height * channels`.
    public var samples: [UInt16]

    /// What a sample of full intensity is, 255 or 65535.
    public var maximum: UInt16 { depth == 8 ? 255 : .max }
    /// Whether the last channel is alpha.
    public var hasAlpha: Bool { channels.isMultiple(of: 2) }
    /// Channels without alpha, 1 or 3.
    public var colours: Int { hasAlpha ? channels - 1 : channels }

    /// Pixels of the largest image that is read: a file of a few kilobytes can claim any size.
    public static let mostPixels = 1 << 28

    /// An image of the given samples.
    ///
    /// - Precondition: The sizes are positive, there are 1 to 4 channels of 8 or 16 bits, and as many samples as that.
    public init(width: Int, height: Int, channels: Int, depth: Int = 8, samples: [UInt16]) {
        precondition(width > 0 && height > 0, "An image has pixels, and not \(width) x \(height)")
        precondition(1...4 ~= channels && (depth == 8 || depth == 16), "\(channels) channels of \(depth) bits")
        precondition(samples.count == width * height * channels, "\(samples.count) samples for \(width) x \(height)")
        self.width = width
        self.height = height
        self.channels = channels
        self.depth = depth
        self.samples = samples
    }

    /// Reads a file.
    ///
    /// - Throws: `PNGError`.
    public init(contentsOf path: String) throws(PNGError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: PNGError.reason(error))
        }
        do throws(PNGError) {
            try self.init(data: data)
        } catch {
            throw .file(path: path, error)
        }
    }

    /// Reads a file that is in memory.
    ///
    /// - Throws: `PNGError`.
    public init(data: some Collection<UInt8>) throws(PNGError) {
        var decoder = try PNGDecoder(PNGChunks(Array(data)))
        self = try decoder.image()
    }

    /// The bytes of a file of the image.
    public func encoded() -> Data {
        PNGEncoder(self).data()
    }
}
