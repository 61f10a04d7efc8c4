// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The bytes of a tensor file, wherever they come from.
protocol ByteSource: Sendable {
    var path: FilePath { get }

    /// How many bytes there are; nil for a stream, of which that is known at its end.
    var size: Int? { get }

    /// Reads bytes from `offset` on until the buffer is full or there are no more. Of a stream, what lies before is passed
    /// over, and can't be read any more but for `streamHead` bytes.
    ///
    /// - Returns: The number of bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int

    /// Checks that a stream ends at `offset`; of other files that is known from their size.
    func checkEnd(at offset: Int) throws(FileError)
}

/// So many bytes at the beginning of a stream can be read again.
let streamHead = 16

extension ByteSource {
    /// At most `count` bytes at the beginning of the file.
    func beginning(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var (got, failure) = (0, FileError?.none)
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) { got = try read(into: buffer, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        return Array(bytes.prefix(got))
    }

    /// `count` bytes of the file, which are `what`.
    func bytes(at offset: Int, count: Int, what: String) throws(FileError) -> ByteBuffer {
        try require(offset, count, what: what)
        let buffer = try ByteBuffer(count: count, of: path)
        let got = try read(into: buffer.bytes, at: offset)
        guard got == count else { throw truncated(what, expected: count, got: got) }
        return buffer
    }

    /// Checks that so many bytes at `offset` are there, if that is known.
    func require(_ offset: Int, _ count: Int, what: String) throws(FileError) {
        if let size, count > size - offset { throw truncated(what, expected: count, got: max(0, size - offset)) }
    }

    func truncated(_ what: String, expected: Int, got: Int) -> FileError {
        .truncated(path: path.description, what: what, expected: expected, got: got)
    }

    func checkEnd(at offset: Int) throws(FileError) {}
}

/// As many bytes as are moved by one call at most. Linux moves no more than 2 GiB at once, and Darwin refuses to.
let mostBytesAtOnce = 1 << 30

/// Moves bytes until all are moved or there are no more: a call may move fewer, or be interrupted by a signal.
///
/// - Returns: The number of bytes moved, and the `errno` that ended it if one did.
func transfer(
    _ buffer: UnsafeMutableRawBufferPointer, most: Int = mostBytesAtOnce,
    _ call: (_ bytes: UnsafeMutableRawPointer, _ count: Int, _ done: Int) -> Int
) -> (count: Int, code: Int32?) {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
        let count = call(base + done, min(buffer.count - done, most), done)
        if count > 0 {
            done += count
        } else if count == 0 {
            break
        } else if errno != EINTR {
            return (done, errno)
        }
    }
    return (done, nil)
}

/// An open file, closed when nobody has it any more.
final class OpenFile: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}

/// A regular file, read by position: no more of it is read than is asked for.
struct RegularFile: ByteSource {
    let path: FilePath
    let file: OpenFile
    /// Where the first byte is: not 0 where others have read an open file before.
    let base: Int
    let size: Int?

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let (count, code) = transfer(buffer) { pread(file.descriptor, $0, $1, off_t(base + offset + $2)) }
        if let code { throw FileError.reading(path, code) }
        return count
    }
}

/// A pipe or a device, read once from its beginning to its end.
final class StreamFile: ByteSource {
    let path: FilePath
    let size: Int? = nil
    private let file: OpenFile
    private let head: [UInt8]
    /// How many bytes have been read. Held while reading: a stream has one place.
    private let position: Mutex<Int>

    init(_ file: OpenFile, path: FilePath) throws(FileError) {
        var head = [UInt8](repeating: 0, count: streamHead)
        let (count, code) = head.withUnsafeMutableBytes { buffer in
            transfer(buffer) { bytes, count, _ in Foundation.read(file.descriptor, bytes, count) }
        }
        if let code { throw FileError.reading(path, code) }
        self.file = file
        self.path = path
        self.head = Array(head.prefix(count))
        position = Mutex(count)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try position.withLock { (position) throws(FileError) in
            let known = head.dropFirst(offset).prefix(buffer.count)
            buffer.copyBytes(from: known)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(known.count))
            guard !rest.isEmpty, try skip(to: offset + known.count, &position) else { return known.count }
            return known.count + (try next(rest, &position))
        }
    }

    func checkEnd(at offset: Int) throws(FileError) {
        let scrap = try ByteBuffer(count: 1, of: path)
        let count = try position.withLock { (position) throws(FileError) in
            if try skip(to: offset, &position) { _ = try next(scrap.bytes, &position) }
            return position
        }
        if count < offset { throw truncated("all of it", expected: offset, got: count) }
        if count > offset {
            throw .malformed(
                path: path.description, reason: "more bytes follow the \(offset) that belong to its tensors")
        }
    }

    /// Whether the stream goes that far.
    private func skip(to offset: Int, _ position: inout Int) throws(FileError) -> Bool {
        precondition(offset >= position, "byte \(offset) of a stream is asked for, which is at \(position)")
        guard offset > position else { return true }
        let scrap = try ByteBuffer(count: min(offset - position, 1 << 20), of: path)
        while position < offset {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: scrap.bytes.prefix(offset - position))
            guard try next(wanted, &position) > 0 else { return false }
        }
        return true
    }

    private func next(_ buffer: UnsafeMutableRawBufferPointer, _ position: inout Int) throws(FileError) -> Int {
        let (count, code) = transfer(buffer) { bytes, count, _ in Foundation.read(file.descriptor, bytes, count) }
        if let code { throw FileError.reading(path, code) }
        position += count
        return count
    }
}

/// A file in memory.
struct DataFile: ByteSource {
    let path: FilePath
    let data: Data

    var size: Int? { data.count }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let wanted = data.dropFirst(offset).prefix(buffer.count)
        return wanted.copyBytes(to: buffer)
    }
}

/// The data of a stream, kept so that its tensors can be read in any order.
struct SpooledFile: ByteSource {
    let path: FilePath
    /// Where in the stream the data begins.
    let base: Int
    let data: ByteBuffer

    var size: Int? { base + data.count }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let wanted = UnsafeRawBufferPointer(rebasing: data.bytes.dropFirst(offset - base).prefix(buffer.count))
        buffer.copyMemory(from: wanted)
        return wanted.count
    }
}

/// Opens a file for reading.
///
/// - Throws: `FileError.unreadable` for a missing file and for a directory, `.readFailure` where the system would not.
func openSource(_ path: FilePath) throws(FileError) -> any ByteSource {
    let opened =
        if let descriptor = path.descriptor {
            systemCall { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        } else {
            path.call { open($0, O_RDONLY | O_CLOEXEC) }
        }
    guard case .success(let descriptor) = opened else { throw FileError.reading(path, opened.code ?? EIO) }
    let file = OpenFile(descriptor)
    var status = stat()
    if let code = systemCall({ fstat(descriptor, &status) }).code { throw FileError.reading(path, code) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
        throw FileError.reading(path, EISDIR)
    case S_IFREG where status.st_size > 0:
        let base = path.descriptor == nil ? 0 : max(0, Int(lseek(descriptor, 0, SEEK_CUR)))
        return RegularFile(path: path, file: file, base: base, size: max(0, Int(status.st_size) - base))
    default:
        // Files of the system too, whose size is told as 0.
        return try StreamFile(file, path: path)
    }
}

extension Data {
    /// A whole file that is not a tensor's, if it has no more than `most` bytes.
    package init(contentsOfFile location: some FileLocation, most: Int) throws(FileError) {
        let path = FilePath(location)
        let source = try openSource(path)
        let tooLarge = FileError.malformed(path: path.description, reason: "it has more than \(most) bytes")
        var data = Data()
        if let size = source.size, size > most { throw tooLarge }
        let buffer = try ByteBuffer(count: 1 << 16, of: path)
        while true {
            let count = try source.read(into: buffer.bytes, at: data.count)
            data.append(contentsOf: buffer.bytes.prefix(count))
            if data.count > most { throw tooLarge }
            if count < buffer.count { break }
        }
        self = data
    }
}
