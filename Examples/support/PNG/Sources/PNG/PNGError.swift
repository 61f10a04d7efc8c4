// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Why a PNG file can't be read or written.
public enum PNGError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file can't be opened or read.
    case unreadable(path: String, reason: String)
    /// What is wrong with a file that was opened.
    indirect case file(path: String, PNGError)
    /// The first bytes are not those of a PNG file.
    case notPNG
    /// The file ends within something that has `expected` bytes, of which there are `got`.
    case truncated(what: String, expected: Int, got: Int)
    /// The bytes of a chunk are not those that its checksum was made of.
    case checksum(chunk: String, stored: UInt32, computed: UInt32)
    /// The header breaks a rule, or chunks are missing or in a wrong order.
    case malformed(reason: String)
    /// The image has more pixels than are read.
    case tooLarge(width: Int, height: Int, mostPixels: Int)
    /// The compressed pixels break off or can't be decompressed.
    case corruptPixels(row: Int, rows: Int, reason: String)

    /// The error in one sentence.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) can't be read: \(reason)"
        case .file(let path, let error): "\(path): \(error)"
        case .notPNG: "not a PNG file: it does not begin with the signature of one"
        case .truncated(let what, let expected, let got):
            "\(what) should have \(expected) bytes, but the file has \(got)"
        case .checksum(let chunk, let stored, let computed):
            "chunk \(chunk) has the checksum \(hexadecimal(stored)), but its bytes have \(hexadecimal(computed))"
        case .malformed(let reason): reason
        case .tooLarge(let width, let height, let most):
            "\(width) x \(height) pixels are more than the \(most) that are read"
        case .corruptPixels(let row, let rows, let reason): "row \(row) of \(rows): \(reason)"
        }
    }

    /// What the system says, without the path that stands before it already.
    static func reason(_ error: any Error) -> String {
        guard let number = ((error as? CocoaError)?.underlying as? POSIXError)?.code.rawValue else {
            return error.localizedDescription
        }
        return String(cString: strerror(number))
    }
}

private func hexadecimal(_ number: UInt32) -> String {
    "0x" + String(number, radix: 16)
}
