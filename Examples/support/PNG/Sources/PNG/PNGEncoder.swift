// SPDX-License-Identifier: Apache-2.0

import CZlib
import Foundation

/// Writes an image as a file: not interlaced, each row with the filter of the smallest differences.
struct PNGEncoder {
    private let image: PNGImage

    init(_ image: PNGImage) {
        self.image = image
    }

    func data() -> Data {
        let colour: PNGHeader.Colour = [.grey, .greyAlpha, .rgb, .rgba][image.channels - 1]
        var data = Data(PNGChunks.signature)
        append(
            "IHDR",
            bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height))
                + [UInt8(image.depth), colour.rawValue, 0, 0, 0], to: &data)
        append("IDAT", compressedPixels(), to: &data)
        append("IEND", [], to: &data)
        return data
    }

    private func compressedPixels() -> [UInt8] {
        let bytesPerSample = image.depth / 8
        let rowSamples = image.width * image.channels
        var row = [UInt8](repeating: 0, count: rowSamples * bytesPerSample)
        var above = row
        var best = [UInt8](repeating: 0, count: row.count + 1)
        var scratch = best
        var deflater = Deflater()
        for y in 0..<image.height {
            for (i, sample) in image.samples[y * rowSamples..<(y + 1) * rowSamples].enumerated() {
                if bytesPerSample == 1 {
                    row[i] = UInt8(truncatingIfNeeded: sample)
                } else {
                    row[2 * i] = UInt8(sample >> 8)
                    row[2 * i + 1] = UInt8(truncatingIfNeeded: sample)
                }
            }
            filtered(row, above: above, distance: image.channels * bytesPerSample, into: &best, scratch: &scratch)
            deflater.append(best)
            swap(&row, &above)
        }
        deflater.finish()
        return deflater.output
    }

    /// Pixels of more bytes than a chunk may have are cut into several.
    private func append(_ name: String, _ body: [UInt8], to data: inout Data) {
        var rest = body[...]
        repeat {
            let piece = rest.prefix(1 << 30)
            rest = rest.dropFirst(piece.count)
            let named = Array(name.utf8) + piece
            data += bigEndian(UInt32(piece.count))
            data += named
            data += bigEndian(UInt32(truncatingIfNeeded: crc32_z(0, named, named.count)))
        } while !rest.isEmpty
    }

    private func bigEndian(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
