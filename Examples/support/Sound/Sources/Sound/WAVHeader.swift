// SPDX-License-Identifier: Apache-2.0

/// What comes before the samples of a WAV file: RIFF, and RF64 with its sizes of 64 bits.
struct WAVHeader {
    let format: SampleFormat
    /// The bytes of samples; nil if whoever wrote them into a pipe did not know.
    let dataBytes: Int?

    /// Reads up to the first sample. Chunks of other names are passed over.
    init(_ stream: inout ByteStream) throws(SoundError) {
        let path = stream.path
        let start: [UInt8]
        do throws(SoundError) {
            start = try stream.header(12)
        } catch .endsInHeader {
            throw .notWAV(path: path)
        }
        guard start.text(0) == "RIFF" || start.text(0) == "RF64", start.text(8) == "WAVE" else {
            throw .notWAV(path: path)
        }
        var format: SampleFormat?
        var longSize: Int?
        while true {
            let head: [UInt8]
            do throws(SoundError) {
                head = try stream.header(8)
            } catch .endsInHeader(_, _, count: 8) {
                throw .missingChunk(path: path, name: format == nil ? "fmt " : "data")
            }
            let (name, size) = (head.text(0), head.integer(4, bytes: 4))
            switch name {
            case "fmt ":
                let least = 16
                guard size >= least else { throw .chunkTooShort(path: path, name: name, bytes: size, least: least) }
                // 40 bytes are all that any format has.
                let body = try stream.header(min(size, 40))
                format = try SampleFormat(body, path: path)
                try stream.skip(size - body.count + size % 2)
            case "ds64":
                let least = 16
                guard size >= least else { throw .chunkTooShort(path: path, name: name, bytes: size, least: least) }
                longSize = try stream.header(least).integer(8, bytes: 8)
                try stream.skip(size - least + size % 2)
            case "data":
                guard let format else { throw .missingChunk(path: path, name: "fmt ") }
                self.format = format
                dataBytes = try WAVHeader.dataBytes(
                    declared: size == 0xFFFF_FFFF ? longSize ?? size : size, stream, format)
                return
            default:
                try stream.skip(size + size % 2)
            }
        }
    }

    private static let placeholders = 0x7FFF_0000...0xFFFF_FFFF

    private static func dataBytes(
        declared: Int, _ stream: borrowing ByteStream, _ format: SampleFormat
    ) throws(SoundError) -> Int? {
        let present = stream.size.map { $0 - stream.offset }
        if let present, declared > present {
            // Programs that write into a pipe leave the largest size, or one that is a little smaller.
            guard placeholders.contains(declared) else {
                throw .truncated(path: stream.path, declared: declared, present: present)
            }
            return nil
        }
        guard present != nil else { return placeholders.contains(declared) ? nil : declared }
        guard declared.isMultiple(of: format.frameBytes) else {
            throw .partialFrame(path: stream.path, bytes: declared, frameBytes: format.frameBytes)
        }
        return declared
    }
}

extension SampleFormat {
    /// By the chunk "fmt ".
    fileprivate init(_ chunk: [UInt8], path: String) throws(SoundError) {
        let channels = chunk.integer(2, bytes: 2)
        let frameBytes = chunk.integer(12, bytes: 2)
        let bits = chunk.integer(14, bytes: 2)
        var tag = chunk.integer(0, bytes: 2)
        let extensible = 0xFFFE
        if tag == extensible {
            guard chunk.count >= 40 else {
                throw .chunkTooShort(path: path, name: "fmt ", bytes: chunk.count, least: 40)
            }
            // The type is the tag, followed by what is the same in all types that have one.
            let common: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
            if chunk[26..<40].elementsEqual(common) { tag = chunk.integer(24, bytes: 2) }
        }
        guard let encoding = SampleEncoding(tag: tag, bits: bits) else {
            throw .unsupportedEncoding(path: path, tag: tag, bits: bits)
        }
        guard channels > 0, channels * encoding.bytes == frameBytes else {
            throw .inconsistentFormat(path: path, channels: channels, bits: bits, frameBytes: frameBytes)
        }
        self.init(sampleRate: chunk.integer(4, bytes: 4), channels: channels, encoding: encoding)
    }
}

extension [UInt8] {
    /// Four letters.
    fileprivate func text(_ offset: Int) -> String { String(decoding: self[offset..<offset + 4], as: UTF8.self) }

    /// A little-endian integer, the largest if it is none of Swift's.
    fileprivate func integer(_ offset: Int, bytes: Int) -> Int {
        let value = self[offset..<offset + bytes].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(clamping: value)
    }
}
