// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The chunks of a file that pixels are read from, their checksums checked.
struct PNGChunks {
    /// The fields of IHDR.
    let header: PNGHeader
    /// PLTE: three bytes for each entry; empty if there is none.
    private(set) var palette: [UInt8] = []
    /// tRNS, or nil.
    private(set) var transparency: [UInt8]?
    /// The contents of all IDAT chunks, one after the other.
    private(set) var pixels: [UInt8] = []

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    init(_ bytes: [UInt8]) throws(PNGError) {
        guard bytes.starts(with: PNGChunks.signature) else { throw .notPNG }
        var at = PNGChunks.signature.count
        let first = try Chunk(bytes, &at)
        guard first.name == "IHDR" else { throw .malformed(reason: "the first chunk is \(first.name), and not IHDR") }
        header = try PNGHeader(bytes[first.body])
        var previous = first.name
        while true {
            let chunk = try Chunk(bytes, &at)
            switch chunk.name {
            case "PLTE":
                guard palette.isEmpty, pixels.isEmpty else {
                    throw .malformed(reason: "a second palette, or one behind the pixels")
                }
                palette = Array(bytes[chunk.body])
                guard palette.count.isMultiple(of: 3), 3...768 ~= palette.count else {
                    throw .malformed(reason: "a palette of \(palette.count) bytes")
                }
            case "tRNS":
                guard pixels.isEmpty else { throw .malformed(reason: "chunk tRNS is behind the pixels") }
                transparency = Array(bytes[chunk.body])
            case "IDAT":
                guard pixels.isEmpty || previous == "IDAT" else {
                    throw .malformed(reason: "chunk \(previous) is between the pixels")
                }
                pixels += bytes[chunk.body]
            case "IEND":
                guard !pixels.isEmpty else { throw .malformed(reason: "the file has no pixels: no chunk IDAT") }
                return
            default:
                guard chunk.isAncillary else {
                    throw .malformed(reason: "chunk \(chunk.name) is not known, but needed to read the pixels")
                }
            }
            previous = chunk.name
        }
    }
}

/// The name of a chunk and where its contents are.
private struct Chunk {
    let name: String
    let body: Range<Int>

    /// Chunks that may be skipped have a small first letter.
    var isAncillary: Bool { name.first?.isLowercase ?? false }

    init(_ bytes: [UInt8], _ at: inout Int) throws(PNGError) {
        guard bytes.count - at >= 12 else {
            throw .truncated(what: "a chunk at byte \(at)", expected: 12, got: bytes.count - at)
        }
        let count = Int(bytes.bigEndian32(at))
        let nameRange = at + 4..<at + 8
        guard bytes[nameRange].allSatisfy({ 65...90 ~= $0 || 97...122 ~= $0 }) else {
            throw .malformed(reason: "the chunk at byte \(at) has no name of four letters")
        }
        name = String(decoding: bytes[nameRange], as: UTF8.self)
        guard bytes.count - at - 12 >= count else {
            throw .truncated(what: "chunk \(name)", expected: count, got: bytes.count - at - 12)
        }
        body = at + 8..<at + 8 + count
        let computed = bytes.withUnsafeBufferPointer { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress! + nameRange.lowerBound, count + 4))
        }
        let stored = bytes.bigEndian32(body.upperBound)
        guard stored == computed else { throw .checksum(chunk: name, stored: stored, computed: computed) }
        at = body.upperBound + 4
    }
}

extension [UInt8] {
    func bigEndian32(_ at: Int) -> UInt32 {
        self[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
