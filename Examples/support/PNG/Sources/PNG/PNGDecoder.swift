// SPDX-License-Identifier: Apache-2.0

/// Makes an image of the chunks of a file, a row at a time.
struct PNGDecoder {
    private let chunks: PNGChunks
    private let header: PNGHeader
    private let hasAlpha: Bool

    init(_ chunks: PNGChunks) throws(PNGError) {
        self.chunks = chunks
        header = chunks.header
        switch header.colour {
        case .palette:
            guard !chunks.palette.isEmpty else { throw .malformed(reason: "the file has no palette") }
            let entries = chunks.palette.count / 3
            if let transparency = chunks.transparency, transparency.count > entries {
                throw .malformed(reason: "\(transparency.count) alphas for a palette of \(entries) colours")
            }
            hasAlpha = chunks.transparency != nil
        case .grey, .rgb:
            let expected = 2 * header.colour.channels
            if let transparency = chunks.transparency, transparency.count != expected {
                throw .malformed(reason: "a transparent colour of \(transparency.count) bytes instead of \(expected)")
            }
            hasAlpha = chunks.transparency != nil
        case .greyAlpha, .rgba:
            hasAlpha = true
        }
        try checkSize()
    }

    /// No memory is taken for pixels that the compressed bytes can't hold: a byte stands for 1032 at most.
    private func checkSize() throws(PNGError) {
        let bytes = header.passes.reduce(0) { sum, pass in
            sum + pass.rows(of: header.height) * (rowBytes(pass) + 1)
        }
        let (most, overflow) = chunks.pixels.count.multipliedReportingOverflow(by: 1032)
        guard overflow || bytes <= most else {
            throw .corruptPixels(
                row: 0, rows: header.height,
                reason: "\(chunks.pixels.count) compressed bytes can't hold the \(bytes) of "
                    + "\(header.width) x \(header.height) pixels")
        }
    }

    private func rowBytes(_ pass: PNGPass) -> Int {
        (pass.columns(of: header.width) * header.bitsPerPixel + 7) / 8
    }

    mutating func image() throws(PNGError) -> PNGImage {
        let colours = header.colour == .palette || header.colour == .rgb || header.colour == .rgba ? 3 : 1
        let channels = colours + (hasAlpha ? 1 : 0)
        var image = PNGImage(
            width: header.width, height: header.height, channels: channels, depth: header.depth == 16 ? 16 : 8,
            samples: [UInt16](repeating: 0, count: header.width * header.height * channels))
        var inflater = try Inflater(chunks.pixels)
        // The bytes of a pixel to the left that a filter refers to; pixels that share a byte refer to the byte before.
        let distance = max(1, header.bitsPerPixel / 8)
        for pass in header.passes {
            let columns = pass.columns(of: header.width)
            var above = [UInt8](repeating: 0, count: rowBytes(pass))
            var row = [UInt8](repeating: 0, count: rowBytes(pass) + 1)
            for line in 0..<pass.rows(of: header.height) {
                let y = pass.y + line * pass.dy
                do {
                    try inflater.fill(&row)
                    try unfilter(&row, above: &above, distance: distance)
                } catch {
                    throw .corruptPixels(row: y, rows: header.height, reason: error.reason)
                }
                try expand(
                    above, columns, into: &image.samples, at: (y * header.width + pass.x) * channels,
                    step: pass.dx * channels, y)
            }
        }
        do {
            try inflater.finish()
        } catch {
            throw .corruptPixels(row: header.height, rows: header.height, reason: error.reason)
        }
        return image
    }

    /// Writes the pixels of an unfiltered row where they belong, a `step` apart.
    private func expand(
        _ row: [UInt8], _ columns: Int, into samples: inout [UInt16], at first: Int, step: Int, _ y: Int
    ) throws(PNGError) {
        let channels = header.colour.channels
        var at = first
        switch header.colour {
        case .palette:
            let entries = chunks.palette.count / 3
            for column in 0..<columns {
                let index = sample(row, column)
                guard index < entries else {
                    throw .corruptPixels(
                        row: y, rows: header.height, reason: "entry \(index) of a palette of \(entries) colours")
                }
                for channel in 0..<3 { samples[at + channel] = UInt16(chunks.palette[3 * index + channel]) }
                if let alphas = chunks.transparency {
                    samples[at + 3] = index < alphas.count ? UInt16(alphas[index]) : 255
                }
                at += step
            }
        case .grey, .rgb, .greyAlpha, .rgba:
            // 255 is a multiple of the largest sample of 1, 2 and 4 bits.
            let scale = header.depth < 8 ? 255 / ((1 << header.depth) - 1) : 1
            let key = chunks.transparency.map { bytes in
                (0..<channels).map { Int(bytes[2 * $0]) << 8 | Int(bytes[2 * $0 + 1]) }
            }
            for column in 0..<columns {
                var isKey = key != nil
                for channel in 0..<channels {
                    let value = sample(row, column * channels + channel)
                    if let key, key[channel] != value { isKey = false }
                    samples[at + channel] = UInt16(value * scale)
                }
                if key != nil { samples[at + channels] = isKey ? 0 : (header.depth == 16 ? .max : 255) }
                at += step
            }
        }
    }

    @inline(__always)
    private func sample(_ row: [UInt8], _ index: Int) -> Int {
        switch header.depth {
        case 8: return Int(row[index])
        case 16: return Int(row[2 * index]) << 8 | Int(row[2 * index + 1])
        default:
            let bit = index * header.depth
            return Int(row[bit / 8]) >> (8 - header.depth - bit % 8) & ((1 << header.depth) - 1)
        }
    }
}
