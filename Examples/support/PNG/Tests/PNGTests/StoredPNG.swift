// SPDX-License-Identifier: Apache-2.0

import CZlib

/// A file of random pixels in any form of the format, written by the text of the standard, and what is to be read of
/// it.
struct StoredPNG {
    var bytes: [UInt8]
    let channels: Int
    let samples: [UInt16]

    /// - Parameters:
    ///   - colour: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
    ///   - isTransparent: Whether there is a tRNS.
    init(
        colour: Int, depth: Int, width: Int, height: Int, isInterlaced: Bool, isTransparent: Bool,
        _ random: inout some RandomNumberGenerator
    ) {
        let stored = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colour]!
        let entries = min(1 << depth, 200)
        let limit = colour == 3 ? entries : 1 << depth
        let values = (0..<width * height * stored).map { _ in Int.random(in: 0..<limit, using: &random) }
        let palette = (0..<entries * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let alphas = (0..<max(1, entries / 2)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let key = (0..<stored).map { values[$0] }

        var chunks = chunk(
            "IHDR", number(width) + number(height) + [UInt8(depth), UInt8(colour), 0, 0, isInterlaced ? 1 : 0])
        chunks += chunk("tEXt", Array("Title\0random".utf8))
        if colour == 3 { chunks += chunk("PLTE", palette) }
        if isTransparent {
            chunks += chunk("tRNS", colour == 3 ? alphas : key.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
        }
        let passes =
            isInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)]
        var rows: [UInt8] = []
        for (x0, y0, dx, dy) in passes where x0 < width {
            var above: [UInt8]?
            for y in stride(from: y0, to: height, by: dy) {
                let row = packed(
                    stride(from: x0, to: width, by: dx).flatMap { x in
                        (0..<stored).map { values[(y * width + x) * stored + $0] }
                    }, depth)
                let filter = Int.random(in: 0...4, using: &random)
                rows += filteredRow(row, above ?? row.map { _ in 0 }, filter, max(1, stored * depth / 8))
                above = row
            }
        }
        let compressed = deflated(rows)
        let cut = compressed.count / 3
        chunks += chunk("IDAT", Array(compressed[..<cut])) + chunk("IDAT", Array(compressed[cut...]))
        bytes = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunks + chunk("IEND", [])

        channels = (colour == 3 ? 3 : stored) + (isTransparent ? 1 : 0)
        let most = UInt16(depth == 16 ? 65535 : 255)
        samples = (0..<width * height).flatMap { pixel -> [UInt16] in
            let pixelValues = Array(values[pixel * stored..<(pixel + 1) * stored])
            if colour == 3 {
                let entry = pixelValues[0]
                let alpha = entry < alphas.count ? UInt16(alphas[entry]) : 255
                return palette[3 * entry..<3 * entry + 3].map { UInt16($0) } + (isTransparent ? [alpha] : [])
            }
            let scaled = pixelValues.map { UInt16(depth < 8 ? $0 * 255 / (limit - 1) : $0) }
            return scaled + (isTransparent ? [pixelValues == key ? 0 : most] : [])
        }
    }
}

func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + body
    return number(body.count) + named + number(Int(crc32(0, named, UInt32(named.count))))
}

func number(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(count))
    compress(&output, &count, bytes, UInt(bytes.count))
    return Array(output[..<Int(count)])
}

private func packed(_ values: [Int], _ depth: Int) -> [UInt8] {
    if depth == 16 { return values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }
    var bytes = [UInt8](repeating: 0, count: (values.count * depth + 7) / 8)
    for (i, value) in values.enumerated() {
        bytes[i * depth / 8] |= UInt8(value << (8 - depth - i * depth % 8))
    }
    return bytes
}

private func filteredRow(_ row: [UInt8], _ above: [UInt8], _ filter: Int, _ distance: Int) -> [UInt8] {
    [UInt8(filter)]
        + row.indices.map { i in
            let a = i < distance ? 0 : Int(row[i - distance])
            let b = Int(above[i])
            let c = i < distance ? 0 : Int(above[i - distance])
            let p = a + b - c
            let nearest = [a, b, c].min { abs(p - $0) < abs(p - $1) }!
            let predicted = [0, a, b, (a + b) / 2, nearest][filter]
            return row[i] &- UInt8(predicted)
        }
}

/// The same numbers in every run.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
