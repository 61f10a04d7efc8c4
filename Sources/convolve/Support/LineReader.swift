// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The lines of a file or of a pipe as they come, of any number.
final class LineReader {
    private let path: [UInt8]
    private let descriptor: Int32
    private var buffer = Data()
    private var isAtEnd = false

    /// No line is as long as that; a device would go on for ever.
    private static let longestLine = 16 << 20

    /// - Throws: `FileError` if the file can't be opened.
    init(_ path: [UInt8]) throws(FileError) {
        self.path = path
        if path == "/dev/stdin".pathBytes {
            descriptor = STDIN_FILENO
        } else {
            descriptor = open(path.map(CChar.init(bitPattern:)) + [0], O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw .unreadable(path: decode(path), reason: String(cString: strerror(errno)))
            }
        }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// The next line without its end; nil behind the last.
    func next() throws(FileError) -> Data? {
        var searched = 0
        while true {
            if let end = buffer.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[buffer.startIndex..<end]
                buffer = buffer[(end + 1)...]
                return line
            }
            searched = buffer.count
            if isAtEnd {
                defer { buffer = Data() }
                return buffer.isEmpty ? nil : buffer
            }
            guard buffer.count <= Self.longestLine else {
                throw .malformed(path: decode(path), reason: "a line has more than \(Self.longestLine) bytes")
            }
            try fill()
        }
    }

    private func fill() throws(FileError) {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &piece, piece.count)
        if count < 0 {
            if errno == EINTR { return }
            throw errno == EISDIR
                ? .unreadable(path: decode(path), reason: String(cString: strerror(errno)))
                : .readFailure(path: decode(path), errorNumber: errno)
        }
        isAtEnd = count == 0
        // A new one, so that lines that are held elsewhere are not copied again and again.
        buffer = Data(buffer) + piece[..<count]
    }
}

private func decode(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
