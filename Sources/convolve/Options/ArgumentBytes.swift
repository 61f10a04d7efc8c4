// SPDX-License-Identifier: Apache-2.0

// The system's arguments are bytes, and those of Swift and of ArgumentParser are text. A byte that is not part of UTF-8
// becomes the scalar of private use 0x10FF00 + byte, which is turned back where the argument names a file. So that each
// sequence of bytes has a text of its own, the bytes of those scalars themselves count as not being UTF-8.

private let firstByteScalar: UInt32 = 0x10_FF00

/// The text of an argument as `main` gets it, ended by a zero byte.
func decodeArgument(_ bytes: UnsafePointer<CChar>) -> String {
    let all = UnsafeBufferPointer(start: bytes, count: argumentLength(bytes)).map(UInt8.init(bitPattern:))
    var rest = all[...]
    var scalars = String.UnicodeScalarView()
    while !rest.isEmpty {
        var iterator = rest.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var length = 1
        switch parser.parseScalar(from: &iterator) {
        case .valid(let encoded) where Unicode.UTF8.decode(encoded).value < firstByteScalar:
            length = encoded.count
            scalars.append(Unicode.UTF8.decode(encoded))
        default:
            scalars.append(scalar(of: rest[rest.startIndex]))
        }
        rest = rest.dropFirst(length)
    }
    return String(scalars)
}

/// The bytes of an argument that `decodeArgument` made, without the zero at their end: those of a path.
func encodeArgument(_ argument: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in argument.unicodeScalars {
        if scalar.value >= firstByteScalar {
            bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            bytes += UTF8.encode(scalar).map(Array.init) ?? []
        }
    }
    return bytes
}

private func argumentLength(_ bytes: UnsafePointer<CChar>) -> Int {
    var length = 0
    while bytes[length] != 0 { length += 1 }
    return length
}

private func scalar(of byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(firstByteScalar + UInt32(byte)) ?? "\u{FFFD}"
}
