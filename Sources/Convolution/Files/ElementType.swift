// SPDX-License-Identifier: Apache-2.0

/// The element types that are read, all little-endian, and their conversion to `Float`.
enum ElementType: Sendable {
    case float16, bfloat16, float32, float64, int32, int64

    /// Bytes of an element.
    var size: Int {
        switch self {
        case .float16, .bfloat16: 2
        case .float32, .int32: 4
        case .float64, .int64: 8
        }
    }

    /// Converts as many elements as `target` has, rounding to nearest.
    func convert(_ source: Slice<UnsafeRawBufferPointer>, to target: UnsafeMutableBufferPointer<Float>) {
        let bytes = UnsafeRawBufferPointer(rebasing: source)
        func each<Element>(_: Element.Type, _ convert: (Element) -> Float) {
            for index in target.indices {
                target[index] = convert(
                    bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
            }
        }
        switch self {
        case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .int32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
        case .int64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
        case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .float16: each(UInt16.self) { Self.float(half: UInt16(littleEndian: $0)) }
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
