// SPDX-License-Identifier: Apache-2.0

// Values that a header may have and nobody reads.

extension ByteScanner {
    /// As deep as the format's own implementation follows values.
    private static let mostNesting = 128

    /// Skips a value of JSON.
    mutating func skipValue() throws(FileError) {
        /// What closes the lists and objects that are open, the innermost last.
        var closing: [Unicode.Scalar] = []
        repeat {
            guard closing.count < Self.mostNesting else { throw error("values are nested too deeply") }
            if skip("[") {
                if !skip("]") {
                    closing.append("]")
                    continue
                }
            } else if skip("{") {
                if !skip("}") {
                    closing.append("}")
                    try skipKey()
                    continue
                }
            } else {
                try skipScalar()
            }
            while let close = closing.last, !skip(",") {
                try expect(close)
                closing.removeLast()
            }
            if closing.last == "}" { try skipKey() }
        } while !closing.isEmpty
    }

    private mutating func skipKey() throws(FileError) {
        _ = try stringBytes()
        try expect(":")
    }

    private mutating func skipScalar() throws(FileError) {
        if peek() == UInt8(ascii: "\"") {
            _ = try stringBytes()
        } else if !skip(word: "null"), !skip(word: "true"), !skip(word: "false") {
            try skipNumber()
        }
    }

    private mutating func skipNumber() throws(FileError) {
        func isNext(_ characters: Unicode.Scalar...) -> Bool { characters.contains { next == UInt8(ascii: $0) } }
        func skipDigits() -> Int {
            let start = position
            while let byte = next, Self.digits ~= byte { position += 1 }
            return position - start
        }
        if isNext("-") { position += 1 }
        let startsWithZero = isNext("0")
        let count = skipDigits()
        guard count == 1 || (count > 1 && !startsWithZero) else { throw error("a value is expected") }
        if isNext(".") {
            position += 1
            guard skipDigits() > 0 else { throw error("a digit is expected") }
        }
        if isNext("e", "E") {
            position += 1
            if isNext("+", "-") { position += 1 }
            guard skipDigits() > 0 else { throw error("a digit is expected") }
        }
    }

    /// Skips a literal of Python between brackets, with the strings in it, and returns its text, shortened if it is long.
    mutating func bracketedText() throws(FileError) -> String {
        skipSpace()
        let start = position
        var depth = 0
        repeat {
            guard let byte = peek() else { throw error("a bracket is not closed") }
            switch Unicode.Scalar(byte) {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case "'", "\"":
                _ = try stringBytes()
                continue
            default: break
            }
            position += 1
        } while depth > 0
        let text = (start..<min(position, start + 100)).map { bytes[$0] }
        return String(decoding: text, as: UTF8.self) + (position > start + 100 ? "..." : "")
    }
}
