// SPDX-License-Identifier: Apache-2.0

/// Why a sound could not be read.
public enum SoundError: Error, Equatable, CustomStringConvertible {
    /// The system does not give the file, or the next bytes of it.
    case unreadable(path: String, reason: String)
    /// The first bytes are not those of a WAV file.
    case notWAV(path: String)
    /// The file ends within its headers: after `offset` bytes, where `count` more were expected.
    case endsInHeader(path: String, offset: Int, count: Int)
    /// A chunk that has to come before the samples is not there.
    case missingChunk(path: String, name: String)
    /// A chunk is shorter than what it has to hold.
    case chunkTooShort(path: String, name: String, bytes: Int, least: Int)
    /// Samples of a kind that is not read: the format's tag, or its type where it is extensible, and the bits of a sample.
    case unsupportedEncoding(path: String, tag: Int, bits: Int)
    /// The channels, bits and bytes of the format contradict each other.
    case inconsistentFormat(path: String, channels: Int, bits: Int, frameBytes: Int)
    /// A rate that is not resampled.
    case sampleRate(Int, least: Int, most: Int)
    /// The samples need more bytes than the file has left.
    case truncated(path: String, declared: Int, present: Int)
    /// The samples are no whole number of frames.
    case partialFrame(path: String, bytes: Int, frameBytes: Int)
    /// A sample is infinite or not a number; `index` counts the frames.
    case notFinite(path: String, index: Int)

    /// What is wrong, with its numbers, in one sentence.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .notWAV(let path): "\(path): its first bytes are not those of a WAV file"
        case .endsInHeader(let path, let offset, let count):
            "\(path): ends in its header, \(count) bytes short behind byte \(offset)"
        case .missingChunk(let path, let name): "\(path): has no chunk '\(name)'"
        case .chunkTooShort(let path, let name, let bytes, let least):
            "\(path): its chunk '\(name)' has \(bytes) bytes, and at least \(least) are needed"
        case .unsupportedEncoding(let path, let tag, let bits):
            "\(path): samples of format \(tag) with \(bits) bits are not read; PCM (1) of 8, 16, 24 and 32 bits and "
                + "floating point (3) of 32 and 64 bits are"
        case .inconsistentFormat(let path, let channels, let bits, let frameBytes):
            "\(path): \(channels) channels of \(bits) bits can't have \(frameBytes) bytes a frame"
        case .sampleRate(let rate, let least, let most):
            "a sample rate of \(rate) Hz is not read; rates from \(least) to \(most) Hz are"
        case .truncated(let path, let declared, let present):
            "\(path): \(declared) bytes of samples are declared, and \(present) are there"
        case .partialFrame(let path, let bytes, let frameBytes):
            "\(path): \(bytes) bytes of samples are no whole number of frames of \(frameBytes) bytes"
        case .notFinite(let path, let index): "\(path): sample \(index) is infinite or not a number"
        }
    }
}
