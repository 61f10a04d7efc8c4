// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The tensors of a well-formed safetensors file of F32 tensors.
///
/// Fixtures are read with this and not with the library, so that a fault of its reader can't hide one of a kernel.
public func readFloatSafetensors(_ url: URL) throws -> [String: Tensor] {
    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]
    }
    let data = try Data(contentsOf: url)
    let headerCount = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let entries = try decoder.decode([String: Entry].self, from: data.dropFirst(8).prefix(headerCount))
    let contents = data.dropFirst(8 + headerCount)
    return try entries.mapValues { entry in
        precondition(entry.dtype == "F32", "the fixtures hold F32")
        let bytes = contents.dropFirst(entry.dataOffsets[0]).prefix(entry.dataOffsets[1] - entry.dataOffsets[0])
        let elements = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { index in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            }
        }
        return try Tensor(elements, shape: entry.shape)
    }
}
