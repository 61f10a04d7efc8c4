// SPDX-License-Identifier: Apache-2.0

/// The element types that are read, by their names in `.safetensors` files, and their conversion to `Float`.
enum ElementType: String, CaseIterable, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// The type in a `.npy` file, without the order of its bytes; nil if NumPy has none.
    var numPyName: String? {
        switch self {
        case .float64: "f8"
        case .float32: "f4"
        case .float16: "f2"
        case .bfloat16: nil
        case .int64: "i8"
        case .int32: "i4"
        case .int16: "i2"
        case .int8: "i1"
        case .uint64: "u8"
        case .uint32: "u4"
        case .uint16: "u2"
        case .uint8: "u1"
        case .bool: "b1"
        }
    }

    static var numPyNames: String { allCases.compactMap(\.numPyName).joined(separator: ", ") }
    static var safetensorsNames: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Bytes of an element.
    var size: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Bits of an element of the format's further types, which are not read.
    private static let bitsOfUnread = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8, "C64": 64,
    ]

    /// Bits of an element of a `.safetensors` type; nil if nobody has named it yet.
    static func bits(of name: String) -> Int? {
        ElementType(rawValue: name).map { 8 * $0.size } ?? bitsOfUnread[name]
    }
}

/// A type and the order of its bytes.
struct ElementCoding: Sendable {
    let type: ElementType
    var isBigEndian = false

    /// An element that no `Float` equals.
    struct Inexact {
        let offset: Int
        let value: String
    }

    /// Whether the bytes are those of a `Float` in memory.
    var isNative: Bool {
        #if _endian(little)
            type == .float32 && !isBigEndian
        #else
            type == .float32 && isBigEndian
        #endif
    }

    /// Converts as many elements as `target` has: real numbers rounded to nearest, integers exactly. Returns the first
    /// integer that no `Float` equals, which ends the conversion.
    func convert(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableBufferPointer<Float>) -> Inexact? {
        func each<Bits: FixedWidthInteger>(_: Bits.Type, _ convert: (Bits) -> Float) -> Inexact? {
            for index in target.indices {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                target[index] = convert(isBigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
            }
            return nil
        }
        func exactly<Integer: FixedWidthInteger>(_: Integer.Type) -> Inexact? {
            for index in target.indices {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
                let value = isBigEndian ? Integer(bigEndian: bits) : Integer(littleEndian: bits)
                guard value.isFloat else { return Inexact(offset: index, value: "\(value)") }
                target[index] = Float(value)
            }
            return nil
        }
        return switch type {
        case .float64: each(UInt64.self) { Float(Double(bitPattern: $0)) }
        case .float32: each(UInt32.self) { Float(bitPattern: $0) }
        case .float16: each(UInt16.self) { ElementCoding.float(half: $0) }
        case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: exactly(Int64.self)
        case .int32: exactly(Int32.self)
        case .int16: each(Int16.self) { Float($0) }
        case .int8: each(Int8.self) { Float($0) }
        case .uint64: exactly(UInt64.self)
        case .uint32: exactly(UInt32.self)
        case .uint16: each(UInt16.self) { Float($0) }
        case .uint8: each(UInt8.self) { Float($0) }
        case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }

    /// IEEE 754 binary16. By hand, because `Float16` does not exist on Intel Macs.
    static func float(half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let exponent = UInt32(half >> 10) & 0x1F
        let fraction = UInt32(half & 0x3FF)
        switch exponent {
        case 0:
            // Subnormal: fraction units of 2^-24, which a Float holds exactly.
            let magnitude = Float(fraction) * 0x1p-24
            return Float(bitPattern: sign | magnitude.bitPattern)
        case 0x1F:
            return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}

extension FixedWidthInteger {
    /// Whether a `Float` equals it: from its first bit to its last it has no more than the 24 of a significand.
    fileprivate var isFloat: Bool {
        let magnitude = magnitude
        return magnitude.bitWidth - magnitude.leadingZeroBitCount - magnitude.trailingZeroBitCount <= 24
    }
}
