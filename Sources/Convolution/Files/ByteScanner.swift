// SPDX-License-Identifier: Apache-2.0

/// Reads the small text headers of tensor files: strings, integers, lists and punctuation, never nested by recursion, so
/// that no header can exhaust the stack.
struct ByteScanner {
    enum Grammar {
        /// RFC 8259, to the letter.
        case json
        /// As much of Python's literals as NumPy writes: a comma may follow the last of a list, quotes may be single, and
        /// an integer may end in the L of Python 2.
        case python
    }

    let bytes: ByteBuffer
    var position = 0
    private let path: String
    private let format: String
    private let grammar: Grammar

    init(_ bytes: ByteBuffer, _ grammar: Grammar, path: FilePath, format: String) {
        self.bytes = bytes
        self.path = path.description
        self.format = format
        self.grammar = grammar
    }

    func error(_ reason: String) -> FileError {
        .malformed(path: path, reason: "\(format), byte \(position): \(reason)")
    }

    // MARK: Punctuation

    /// The byte at the position, nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    /// The first byte that is no white space, which stays where it is.
    mutating func peek() -> UInt8? {
        skipSpace()
        return next
    }

    /// Skips the character if it is next.
    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar) throws(FileError) {
        guard skip(character) else { throw error("'\(character)' is expected") }
    }

    /// Only white space (or the zero bytes that pad some writers' headers) may follow.
    mutating func expectEnd() throws(FileError) {
        while let byte = peek() {
            guard byte == 0 else { throw error("something follows the end") }
            position += 1
        }
    }

    /// Skips the word if it is next.
    mutating func skip(word: StaticString) -> Bool {
        skipSpace()
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    // MARK: Lists

    /// Calls `element` at each element between brackets.
    mutating func list(
        from open: Unicode.Scalar, to close: Unicode.Scalar,
        _ element: (inout ByteScanner) throws(FileError) -> Void
    ) throws(FileError) {
        try expect(open)
        if skip(close) { return }
        while true {
            try element(&self)
            guard skip(",") else { break }
            if grammar == .python, skip(close) { return }
        }
        try expect(close)
    }

    /// Calls `value` behind the colon of each key of a dictionary.
    mutating func dictionary(
        _ value: (_ key: [UInt8], inout ByteScanner) throws(FileError) -> Void
    ) throws(FileError) {
        try list(from: "{", to: "}") { (scanner) throws(FileError) in
            let key = try scanner.stringBytes()
            try scanner.expect(":")
            try value(key, &scanner)
        }
    }

    /// The most integers of a list, and so the most axes of a tensor in a file: NumPy has no more.
    static let mostIntegers = 64

    /// Integers between brackets.
    mutating func integers(from open: Unicode.Scalar, to close: Unicode.Scalar) throws(FileError) -> [Int] {
        var values: [Int] = []
        try list(from: open, to: close) { (scanner) throws(FileError) in
            guard values.count < Self.mostIntegers else {
                throw scanner.error("a list has more than \(Self.mostIntegers) integers")
            }
            values.append(try scanner.integer())
        }
        return values
    }

    // MARK: Values

    /// True or False, as Python writes them.
    mutating func boolean() throws(FileError) -> Bool {
        if skip(word: "True") { return true }
        if skip(word: "False") { return false }
        throw error("True or False is expected")
    }

    static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// An integer that is not negative and fits in `Int`.
    mutating func integer() throws(FileError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while let byte = next, Self.digits ~= byte {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw error("an integer does not fit in 64 bits") }
            value = sum
            position += 1
        }
        guard position > start else { throw error("an integer that is not negative is expected") }
        guard position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
            throw error("an integer begins with 0")
        }
        if grammar == .python, next == UInt8(ascii: "L") { position += 1 }
        return value
    }

    /// A string of UTF-8.
    mutating func string() throws(FileError) -> String {
        String(decoding: try stringBytes(), as: UTF8.self)
    }

    /// The bytes of a string, which are UTF-8, with its escapes resolved.
    mutating func stringBytes() throws(FileError) -> [UInt8] {
        let quote = peek()
        guard let quote, quote == UInt8(ascii: "\"") || (quote == UInt8(ascii: "'") && grammar == .python) else {
            throw error("a string is expected")
        }
        position += 1
        var text: [UInt8] = []
        while let byte = next, byte != quote {
            position += 1
            if byte == UInt8(ascii: "\\") {
                guard next != nil else { break }
                text += try escape()
            } else if byte < 0x20, grammar == .json {
                throw error("a string has a control character")
            } else {
                text.append(byte)
            }
        }
        guard next != nil else { throw error("a string does not end") }
        position += 1
        guard String(validating: text, as: UTF8.self) != nil else { throw error("a string is not UTF-8") }
        return text
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// What the escape behind a backslash stands for.
    private mutating func escape() throws(FileError) -> [UInt8] {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "u") { return Array(UTF8.encode(try unicodeEscape()) ?? .init()) }
        guard let plain = Self.escapes[byte] else { throw error("an escape in a string is unknown") }
        return [plain]
    }

    /// The scalar of a `\u` escape, or of the two that are a surrogate pair.
    private mutating func unicodeEscape() throws(FileError) -> Unicode.Scalar {
        var code = try fourHexadecimalDigits()
        if 0xD800..<0xDC00 ~= code, bytes.count - position >= 2, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let low = try fourHexadecimalDigits()
            guard 0xDC00..<0xE000 ~= low else { throw error("a \\u escape is half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("a \\u escape is half of a surrogate pair") }
        return scalar
    }

    private mutating func fourHexadecimalDigits() throws(FileError) -> UInt32 {
        let digits = (position..<min(position + 4, bytes.count)).map { bytes[$0] }
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
