// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The bytes of a file or a pipe, in their order.
struct ByteStream: ~Copyable {
    let path: String
    /// The bytes of a regular file; nil of a pipe, whose end comes when it comes.
    let size: Int?
    /// Bytes that have been taken.
    private(set) var offset = 0

    private let descriptor: CInt
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// The bytes of the buffer that have come and not been taken.
    private var ready = 0..<0

    /// - Parameter path: "-" is the standard input.
    init(path: String) throws(SoundError) {
        let isInput = path == "-"
        descriptor = isInput ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        self.path = isInput ? "standard input" : path
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemError()) }
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        // Of a regular file that is the standard input, some may have been read before.
        size = isRegular ? max(0, Int(status.st_size) - Int(max(0, lseek(descriptor, 0, SEEK_CUR)))) : nil
    }

    deinit {
        if descriptor > 0 { close(descriptor) }
    }

    /// Takes the bytes that have come, at most `most`; waits if there are none. Without any the stream has ended.
    mutating func take(most: Int) throws(SoundError) -> ArraySlice<UInt8> {
        // A pipe from which nothing is wanted is not waited for.
        if ready.isEmpty, most > 0 { try fill() }
        let taken = ready.prefix(most)
        ready = taken.upperBound..<ready.upperBound
        offset += taken.count
        return buffer[taken]
    }

    /// Takes exactly `count` bytes.
    ///
    /// - Throws: `SoundError.endsInHeader` if there are fewer.
    mutating func header(_ count: Int) throws(SoundError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try take(most: count - bytes.count)
            guard !more.isEmpty else {
                throw .endsInHeader(path: path, offset: offset, count: count - bytes.count)
            }
            bytes += more
        }
        return bytes
    }

    /// Passes over `count` bytes.
    ///
    /// - Throws: `SoundError.endsInHeader` if there are fewer.
    mutating func skip(_ count: Int) throws(SoundError) {
        var left = count
        while left > 0 {
            let passed = try take(most: left).count
            guard passed > 0 else { throw .endsInHeader(path: path, offset: offset, count: left) }
            left -= passed
        }
    }

    private mutating func fill() throws(SoundError) {
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                ready = 0..<count
                return
            }
            if errno != EINTR { throw .unreadable(path: path, reason: systemError()) }
        }
    }
}

/// What the last call of the system complained of.
private func systemError() -> String { String(cString: strerror(errno)) }
