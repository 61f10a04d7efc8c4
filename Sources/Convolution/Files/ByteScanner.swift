// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads the small text headers of tensor files: strings, integers, lists and punctuation, never nested by recursion, so
/// that no header can exhaust the stack.
struct ByteScanner {
    private let bytes: [UInt8]
    private var position = 0
    private let path: String
    private let format: String

    init(_ bytes: Data, path: String, format: String) {
        self.bytes = Array(bytes)
        self.path = path
        self.format = format
    }

    func error(_ reason: String) -> FileError {
        .malformed(path: path, reason: "\(format), byte \(position): \(reason)")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
            position += 1
        }
    }

    /// Skips the character if it is next.
    mutating func skip(_ character: Character) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Character) throws(FileError) {
        guard skip(character) else { throw error("'\(character)' is expected") }
    }

    /// Only white space (or the zero bytes that pad some writers' headers) may follow.
    mutating func expectEnd() throws(FileError) {
        skipSpace()
        guard bytes[position...].allSatisfy({ $0 == 0 || $0 == 0x20 || $0 == 0x0A }) else {
            throw error("something follows the end")
        }
    }

    /// True or False, as Python writes them.
    mutating func boolean() throws(FileError) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw error("True or False is expected")
    }

    /// An integer that is not negative and fits in `Int`.
    mutating func integer() throws(FileError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw error("an integer does not fit in 64 bits") }
            value = sum
            position += 1
        }
        guard position > start else { throw error("an integer that is not negative is expected") }
        return value
    }

    /// The most integers of a list, and so the most axes of a tensor in a file: NumPy has no more.
    static let mostIntegers = 64

    /// Integers between brackets, separated by commas; a comma may follow the last.
    mutating func integers(from open: Character, to close: Character) throws(FileError) -> [Int] {
        try expect(open)
        var values: [Int] = []
        while !skip(close) {
            guard values.count < Self.mostIntegers else {
                throw error("a list has more than \(Self.mostIntegers) integers")
            }
            values.append(try integer())
            if !skip(",") {
                try expect(close)
                break
            }
        }
        return values
    }

    /// A string in single or double quotes, with the escapes of JSON.
    mutating func string() throws(FileError) -> String {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else {
            throw error("a string is expected")
        }
        let quote = bytes[position]
        position += 1
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != quote {
            var byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\\") {
                guard position < bytes.count else { break }
                byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "u") {
                    text += String(try unicodeEscape()).utf8
                    continue
                }
                guard let plain = Self.escapes[byte] else { throw error("an escape in a string is unknown") }
                byte = plain
            }
            text.append(byte)
        }
        guard position < bytes.count else { throw error("a string does not end") }
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return string
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// The scalar of a `\u` escape, or of the two that are a surrogate pair.
    private mutating func unicodeEscape() throws(FileError) -> Character {
        var code = try fourHexadecimalDigits()
        if 0xD800..<0xDC00 ~= code, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            position += 2
            let low = try fourHexadecimalDigits()
            guard 0xDC00..<0xE000 ~= low else { throw error("a \\u escape is half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("a \\u escape is half of a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourHexadecimalDigits() throws(FileError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        // A sign, which the conversion from text takes too, is no digit.
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else {
            throw error("a \\u escape needs four hexadecimal digits")
        }
        position += 4
        return value
    }
}
