// SPDX-License-Identifier: Apache-2.0

import CConvolveHash
import Convolution
import Foundation

/// SHA-256 (FIPS 180-4), by which anybody can check a file: `sha256sum`.
struct SHA256 {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    private static let blockSize = 64

    private static let hasInstructions = convolve_has_sha256()

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let taken = bytes.prefix(Self.blockSize - rest.count)
            rest += taken
            bytes = bytes.dropFirst(taken.count)
            guard rest.count == Self.blockSize else { return }
            rest.withUnsafeBytes { compress($0) }
            rest = []
        }
        let whole = bytes.prefix(bytes.count / Self.blockSize * Self.blockSize)
        compress(UnsafeRawBufferPointer(rebasing: whole))
        rest += bytes.dropFirst(whole.count)
    }

    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The hash of all bytes, as `sha256sum` writes it.
    consuming func hexadecimal() -> String {
        let bits = count &* 8
        var padding: [UInt8] = [0x80]
        padding += [UInt8](repeating: 0, count: (2 * Self.blockSize - 9 - rest.count) % Self.blockSize)
        padding += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> UInt64($0)) }
        update(padding)
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Takes in whole blocks.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress else { return }
        convolve_sha256(
            &state, start.assumingMemoryBound(to: UInt8.self), blocks.count / Self.blockSize, Self.hasInstructions)
    }
}

/// The size of a file and its hash.
func hashOfFile(_ path: [UInt8]) throws -> (count: Int, hash: String) {
    let name = String(decoding: path, as: UTF8.self)
    let descriptor = open(path.map(CChar.init(bitPattern:)) + [0], O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.unreadable(path: name, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var (hash, total) = (SHA256(), 0)
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
        let count = read(descriptor, &piece, piece.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw FileError.readFailure(path: name, errorNumber: errno)
        }
        if count == 0 { return (total, hash.hexadecimal()) }
        total += count
        piece.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
    }
}
