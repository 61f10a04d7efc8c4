// SPDX-License-Identifier: Apache-2.0

/// How the samples of a sound are stored.
public struct SampleFormat: Sendable, Equatable {
    /// Frames in a second, in Hz.
    public let sampleRate: Int
    /// Samples in a frame.
    public let channels: Int
    let encoding: SampleEncoding

    var frameBytes: Int { channels * encoding.bytes }

    /// Samples of 16 bits, as pipes without a header mostly have them.
    public static func signed16(sampleRate: Int, channels: Int = 1) -> SampleFormat {
        SampleFormat(sampleRate: sampleRate, channels: channels, encoding: .signed16)
    }
}

/// One sample, little-endian.
enum SampleEncoding: Sendable {
    case unsigned8, signed16, signed24, signed32, float32, float64

    /// By the tag of a WAV format, 1 for PCM and 3 for floating point, and the bits of the container.
    init?(tag: Int, bits: Int) {
        switch (tag, bits) {
        case (1, 8): self = .unsigned8
        case (1, 16): self = .signed16
        case (1, 24): self = .signed24
        case (1, 32): self = .signed32
        case (3, 32): self = .float32
        case (3, 64): self = .float64
        default: return nil
        }
    }

    var bytes: Int {
        switch self {
        case .unsigned8: 1
        case .signed16: 2
        case .signed24: 3
        case .signed32, .float32: 4
        case .float64: 8
        }
    }

    /// The sample at an offset; full scale is 1.
    func sample(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Float {
        func integer<T: FixedWidthInteger>(_: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        return switch self {
        case .unsigned8: (Float(bytes[offset]) - 128) * 0x1p-7
        case .signed16: Float(integer(Int16.self)) * 0x1p-15
        case .signed24:
            Float(Int32(integer(UInt16.self)) | Int32(Int8(bitPattern: bytes[offset + 2])) << 16) * 0x1p-23
        case .signed32: Float(integer(Int32.self)) * 0x1p-31
        case .float32: Float(bitPattern: integer(UInt32.self))
        case .float64: Float(Double(bitPattern: integer(UInt64.self)))
        }
    }
}
