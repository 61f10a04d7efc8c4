// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Why bytes could not be decompressed or unfiltered.
struct CodingFailure: Error {
    let reason: String
}

/// A zlib stream that is decompressed piece by piece.
struct Inflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) throws(PNGError) {
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        stream.pointee.next_in = input.baseAddress
        let status = inflateInit_(stream, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { fatalError("zlib can't begin: \(status)") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Fills all of `bytes`.
    mutating func fill(_ bytes: inout [UInt8]) throws(CodingFailure) {
        let left = inflate(into: &bytes)
        guard left.count == 0 else {
            throw CodingFailure(
                reason: left.status == Z_STREAM_END || left.status == Z_BUF_ERROR || left.status == Z_OK
                    ? "the compressed pixels end \(left.count) bytes before the row does"
                    : "the pixels can't be decompressed: \(text(left.status))")
        }
    }

    /// Reads to the end of the stream, where its checksum is. Bytes beyond the pixels are ignored, as by other readers.
    mutating func finish() throws(CodingFailure) {
        var extra: [UInt8] = [0]
        let left = inflate(into: &extra)
        guard left.status == Z_STREAM_END || left.count == 0 else {
            throw CodingFailure(
                reason: left.status == Z_BUF_ERROR || left.status == Z_OK
                    ? "the compressed pixels end before their checksum"
                    : "the pixels can't be decompressed: \(text(left.status))")
        }
    }

    /// - Returns: How many bytes have not been filled, and zlib's last status.
    private mutating func inflate(into bytes: inout [UInt8]) -> (count: Int, status: Int32) {
        bytes.withUnsafeMutableBufferPointer { bytes in
            var filled = 0
            var status = Z_OK
            // zlib counts in 32 bits.
            while filled < bytes.count {
                let room = min(bytes.count - filled, 1 << 30)
                let consumed = stream.pointee.next_in - input.baseAddress!
                let available = min(input.count - consumed, 1 << 30)
                stream.pointee.avail_in = UInt32(available)
                stream.pointee.next_out = bytes.baseAddress! + filled
                stream.pointee.avail_out = UInt32(room)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
                filled += room - Int(stream.pointee.avail_out)
                guard status == Z_OK else { break }
            }
            return (bytes.count - filled, status)
        }
    }

    private func text(_ status: Int32) -> String {
        stream.pointee.msg.map { String(cString: $0) } ?? "zlib's status \(status)"
    }
}

/// A zlib stream that is written piece by piece.
struct Deflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// What has been compressed so far.
    private(set) var output: [UInt8] = []

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit_(
            stream, Z_DEFAULT_COMPRESSION, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { fatalError("zlib can't begin: \(status)") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func append(_ bytes: [UInt8]) {
        write(bytes, Z_NO_FLUSH)
    }

    mutating func finish() {
        write([], Z_FINISH)
    }

    private mutating func write(_ bytes: [UInt8], _ flush: Int32) {
        let stream = stream
        bytes.withUnsafeBufferPointer { bytes in
            // zlib takes what it reads by a pointer that is not const, but does not write to it.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            repeat {
                let written = buffer.withUnsafeMutableBufferPointer { buffer in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(buffer.count)
                    _ = deflate(stream, flush)
                    return buffer.count - Int(stream.pointee.avail_out)
                }
                output += buffer[..<written]
            } while stream.pointee.avail_out == 0
        }
    }
}
