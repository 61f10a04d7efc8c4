// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConvolveCommands

@Suite struct ArgumentBytesTests {
    private func decoded(_ bytes: [UInt8]) -> String {
        (bytes + [0]).map(CChar.init(bitPattern:)).withUnsafeBufferPointer { decodeArgument($0.baseAddress!) }
    }

    @Test(arguments: ["", "--input", "é", "e\u{301}", "日本/x.npy", "😀", "\u{FFFF}", "\u{10FEFF}", "\r\n"])
    func `An argument of UTF-8 is its text`(_ text: String) {
        #expect(Array(decoded(Array(text.utf8)).unicodeScalars) == Array(text.unicodeScalars))
        #expect(encodeArgument(text) == Array(text.utf8))
    }

    @Test func `Bytes that are not UTF-8 come back, and keep what is around them`() {
        #expect(decoded([0x61, 0xFF, 0x62]).unicodeScalars.map(\.value) == [0x61, 0x10_FFFF, 0x62])
        #expect(decoded([0xC3, 0x61]).unicodeScalars.map(\.value) == [0x10_FFC3, 0x61])
        let pieces: [[UInt8]] = [
            [0x80], [0xFF], [0xC3], [0xC3, 0xA9], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0x3A], [0x2F],
            // The scalars that stand for bytes are no text either.
            Array("\u{10FF80}".utf8), Array("\u{10FFFF}".utf8),
        ]
        var texts: Set<[UInt32]> = []
        for first in pieces {
            for second in pieces {
                let bytes = first + second
                let text = decoded(bytes)
                #expect(encodeArgument(text) == bytes, "\(bytes)")
                texts.insert(text.unicodeScalars.map(\.value))
            }
        }
        // [0xC3] + [0x80] is a letter; all others are texts of their own.
        #expect(texts.count == Set(pieces.flatMap { first in pieces.map { first + $0 } }).count)
    }
}
