// SPDX-License-Identifier: Apache-2.0

import Foundation
import PNG
import Testing

@Suite struct PNGTests {
    static let forms: [(colour: Int, depth: Int)] =
        [1, 2, 4, 8, 16].map { (0, $0) } + [1, 2, 4, 8].map { (3, $0) }
        + [2, 4, 6].flatMap { colour in [8, 16].map { (colour, $0) } }

    @Test(arguments: forms)
    func everyFormIsRead(colour: Int, depth: Int) throws {
        var random = Generator(state: UInt64(colour * 100 + depth))
        for (width, height) in [(1, 1), (2, 3), (5, 5), (9, 8), (33, 17)] {
            for isInterlaced in [false, true] {
                for isTransparent in colour < 4 ? [false, true] : [false] {
                    let file = StoredPNG(
                        colour: colour, depth: depth, width: width, height: height, isInterlaced: isInterlaced,
                        isTransparent: isTransparent, &random)
                    let image = try PNGImage(data: file.bytes)
                    #expect((image.width, image.height) == (width, height))
                    #expect(image.channels == file.channels && image.depth == max(8, depth))
                    #expect(image.samples == file.samples)
                }
            }
        }
    }

    @Test(arguments: 1...4, [8, 16])
    func whatIsWrittenIsRead(channels: Int, depth: Int) throws {
        var random = Generator(state: UInt64(channels * 16 + depth))
        for (width, height) in [(1, 1), (7, 4), (64, 33)] {
            // Slopes with some noise, so that each filter is the best somewhere.
            let samples = (0..<width * height * channels).map { i in
                UInt16(truncatingIfNeeded: i * 37 / (channels + 1)) & UInt16(depth == 8 ? 255 : 65535)
                    ^ (UInt16.random(in: 0..<4, using: &random))
            }
            let image = PNGImage(width: width, height: height, channels: channels, depth: depth, samples: samples)
            #expect(try PNGImage(data: image.encoded()) == image)
        }
    }

    /// A cut or changed file is an error, and never a trap; a change within the pixels is seen by a checksum.
    @Test func brokenFilesAreErrors() throws {
        var random = Generator(state: 5)
        for (colour, depth) in PNGTests.forms {
            let file = StoredPNG(
                colour: colour, depth: depth, width: 11, height: 6, isInterlaced: depth == 8, isTransparent: colour < 4,
                &random)
            for count in stride(from: 0, to: file.bytes.count, by: 7) {
                #expect(throws: PNGError.self) { try PNGImage(data: file.bytes[..<count]) }
            }
            for at in file.bytes.indices {
                var bytes = file.bytes
                bytes[at] ^= UInt8.random(in: 1...255, using: &random)
                #expect(throws: PNGError.self) { try PNGImage(data: bytes) }
            }
        }
    }

    @Test func errorsNameTheNumbers() throws {
        var random = Generator(state: 6)
        let file = StoredPNG(
            colour: 2, depth: 8, width: 4, height: 4, isInterlaced: false, isTransparent: false, &random)
        func headed(_ header: [UInt8], _ rest: [UInt8] = chunk("IDAT", deflated([0])) + chunk("IEND", [])) -> [UInt8] {
            Array(file.bytes[..<8]) + chunk("IHDR", header) + rest
        }
        func expect(_ error: PNGError, _ bytes: [UInt8], line: Int = #line) {
            #expect(throws: error, "line \(line)") { try PNGImage(data: bytes) }
        }
        expect(.notPNG, [])
        expect(.notPNG, Array("GIF89a".utf8))
        expect(.truncated(what: "chunk IHDR", expected: 13, got: 9), Array(file.bytes[..<29]))
        expect(.malformed(reason: "an image of 0 x 4 pixels"), headed(number(0) + number(4) + [8, 2, 0, 0, 0]))
        expect(.malformed(reason: "colour type 5 with 8 bits"), headed(number(4) + number(4) + [8, 5, 0, 0, 0]))
        expect(.malformed(reason: "colour type 2 with 4 bits"), headed(number(4) + number(4) + [4, 2, 0, 0, 0]))
        expect(
            .malformed(reason: "compression 0, filter 0, interlace 2"), headed(number(4) + number(4) + [8, 2, 0, 0, 2]))
        expect(
            .tooLarge(width: 100_000, height: 100_000, mostPixels: 1 << 28),
            headed(number(100_000) + number(100_000) + [8, 2, 0, 0, 0]))
        expect(
            .corruptPixels(
                row: 0, rows: 10_000, reason: "9 compressed bytes can't hold the 300010000 of 10000 x 10000 pixels"),
            headed(number(10_000) + number(10_000) + [8, 2, 0, 0, 0]))
        expect(
            .corruptPixels(row: 0, rows: 4, reason: "the compressed pixels end 12 bytes before the row does"),
            headed(number(4) + number(4) + [8, 2, 0, 0, 0]))
        expect(
            .corruptPixels(row: 0, rows: 1, reason: "filter 9 is none of the five"),
            headed(number(1) + number(1) + [8, 0, 0, 0, 0], chunk("IDAT", deflated([9, 0])) + chunk("IEND", [])))
        expect(
            .malformed(reason: "the file has no palette"), headed(number(1) + number(1) + [8, 3, 0, 0, 0]))
        expect(
            .corruptPixels(row: 0, rows: 1, reason: "entry 1 of a palette of 1 colours"),
            headed(
                number(1) + number(1) + [8, 3, 0, 0, 0],
                chunk("PLTE", [1, 2, 3]) + chunk("IDAT", deflated([0, 1])) + chunk("IEND", [])))
        expect(
            .malformed(reason: "chunk CRIT is not known, but needed to read the pixels"),
            headed(number(1) + number(1) + [8, 0, 0, 0, 0], chunk("CRIT", [])))
        expect(
            .malformed(reason: "the file has no pixels: no chunk IDAT"),
            headed(number(1) + number(1) + [8, 0, 0, 0, 0], chunk("IEND", [])))
        #expect(throws: PNGError.unreadable(path: "/no/file.png", reason: "No such file or directory")) {
            try PNGImage(contentsOf: "/no/file.png")
        }
        // An error of a file names it.
        #expect(throws: PNGError.file(path: #filePath, .notPNG)) { try PNGImage(contentsOf: #filePath) }
    }

    @Test func emptyChunksOfPixelsAreRead() throws {
        let bytes =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", number(1) + number(1) + [8, 0, 0, 0, 0]) + chunk("IDAT", [])
            + chunk("IDAT", deflated([0, 7])) + chunk("IDAT", []) + chunk("IEND", [])
        #expect(try PNGImage(data: bytes).samples == [7])
    }
}
