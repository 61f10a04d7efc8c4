// SPDX-License-Identifier: Apache-2.0

/// Reads a sound from a WAV file or a pipe, block by block, mixed down to one channel.
///
/// ```swift
/// var reader = try SoundReader(contentsOf: "song.wav")
/// while let samples = try reader.next() { listen(to: samples, at: reader.format.sampleRate) }
/// ```
///
/// PCM of 8, 16, 24 and 32 bits and floating point of 32 and 64 bits are read, with any number of channels, in plain and
/// extensible formats, in files of RIFF and of RF64. Full scale is 1.
public struct SoundReader: ~Copyable {
    /// How the samples are stored.
    public let format: SampleFormat

    private var stream: ByteStream
    /// Bytes of samples that are still to come, as far as it is known.
    private var left: Int?
    /// The beginning of a frame whose other bytes have not come yet.
    private var partial: [UInt8] = []
    private var frames = 0

    /// Opens a file and reads its header.
    ///
    /// - Parameters:
    ///   - path: The file; "-" is the standard input.
    ///   - raw: The format of a file that has no header and is all samples.
    /// - Throws: `SoundError`, for a regular file also if its samples are fewer than it declares.
    public init(contentsOf path: String, raw: SampleFormat? = nil) throws(SoundError) {
        var stream = try ByteStream(path: path)
        if let raw {
            format = raw
            left = nil
        } else {
            let header = try WAVHeader(&stream)
            format = header.format
            left = header.dataBytes
        }
        self.stream = stream
    }

    /// The samples that have come, at least one: the mean of the channels. Waits for a pipe that has none, and does not
    /// wait for more; nil behind the last.
    ///
    /// - Throws: `SoundError.unreadable`, `.notFinite`.
    public mutating func next() throws(SoundError) -> [Float]? {
        while true {
            let come = try stream.take(most: left ?? .max)
            // The end of a pipe may cut a frame in two; what is there of it is no sound.
            guard !come.isEmpty else { return nil }
            left = left.map { $0 - come.count }
            var bytes = partial
            bytes += come
            let count = bytes.count / format.frameBytes
            partial = Array(bytes[(count * format.frameBytes)...])
            if count > 0 { return try mixed(bytes, count: count) }
        }
    }

    private mutating func mixed(_ bytes: [UInt8], count: Int) throws(SoundError) -> [Float] {
        let (channels, encoding) = (format.channels, format.encoding)
        let samples = bytes.withUnsafeBytes { bytes in
            (0..<count).map { frame in
                var sum: Float = 0
                for channel in 0..<channels {
                    sum += encoding.sample(bytes, at: (frame * channels + channel) * encoding.bytes)
                }
                return sum / Float(channels)
            }
        }
        if let index = samples.firstIndex(where: { !$0.isFinite }) {
            throw .notFinite(path: stream.path, index: frames + index)
        }
        frames += count
        return samples
    }
}

extension SoundReader {
    /// The whole sound, or what is left of it, at a sample rate in Hz.
    ///
    /// - Throws: `SoundError` as for the next samples, and if the sound's own rate is not resampled.
    public mutating func all(at rate: Int) throws(SoundError) -> [Float] {
        var resampler = try Resampler(from: format.sampleRate, to: rate)
        var samples: [Float] = []
        while let more = try next() { samples += resampler.feed(more) }
        return samples + resampler.finish()
    }
}
