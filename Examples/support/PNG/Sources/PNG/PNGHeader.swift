// SPDX-License-Identifier: Apache-2.0

/// What IHDR says of the pixels, checked.
struct PNGHeader {
    /// How the samples of a pixel are stored.
    enum Colour: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        /// Samples of a pixel in the file.
        var channels: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }

        var depths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            case .rgb, .greyAlpha, .rgba: [8, 16]
            }
        }
    }

    let width: Int
    let height: Int
    let colour: Colour
    /// Bits of a sample in the file.
    let depth: Int
    let isInterlaced: Bool

    var bitsPerPixel: Int { colour.channels * depth }

    init(_ body: ArraySlice<UInt8>) throws(PNGError) {
        let body = Array(body)
        guard body.count == 13 else { throw .malformed(reason: "a header of \(body.count) bytes instead of 13") }
        width = Int(body.bigEndian32(0))
        height = Int(body.bigEndian32(4))
        depth = Int(body[8])
        guard width > 0, height > 0, width < 1 << 31, height < 1 << 31 else {
            throw .malformed(reason: "an image of \(width) x \(height) pixels")
        }
        guard let colour = Colour(rawValue: body[9]), colour.depths.contains(depth) else {
            throw .malformed(reason: "colour type \(body[9]) with \(depth) bits")
        }
        self.colour = colour
        guard body[10] == 0, body[11] == 0, body[12] <= 1 else {
            throw .malformed(reason: "compression \(body[10]), filter \(body[11]), interlace \(body[12])")
        }
        isInterlaced = body[12] == 1
        guard height <= PNGImage.mostPixels / width else {
            throw .tooLarge(width: width, height: height, mostPixels: PNGImage.mostPixels)
        }
    }

    /// The passes over the pixels, those without any left out: Adam7's seven of an interlaced image, else one.
    var passes: [PNGPass] {
        let all =
            isInterlaced
            ? [
                PNGPass(x: 0, y: 0, dx: 8, dy: 8), PNGPass(x: 4, y: 0, dx: 8, dy: 8), PNGPass(x: 0, y: 4, dx: 4, dy: 8),
                PNGPass(x: 2, y: 0, dx: 4, dy: 4), PNGPass(x: 0, y: 2, dx: 2, dy: 4), PNGPass(x: 1, y: 0, dx: 2, dy: 2),
                PNGPass(x: 0, y: 1, dx: 1, dy: 2),
            ] : [PNGPass(x: 0, y: 0, dx: 1, dy: 1)]
        return all.filter { $0.x < width && $0.y < height }
    }
}

/// Pixels that lie in steps of (dx, dy) from (x, y).
struct PNGPass {
    let x, y, dx, dy: Int

    func columns(of width: Int) -> Int { (width - x + dx - 1) / dx }
    func rows(of height: Int) -> Int { (height - y + dy - 1) / dy }
}
