// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// The bytes of tensor files, put together without the library's writers so that they can be wrong.
enum FileBytes {
    /// A `.npy` file; the length of the header is told truly if not given.
    static func numPy(
        _ header: String, version: UInt8 = 1, headerLength: Int? = nil, data: [UInt8] = []
    ) -> [UInt8] {
        let length = headerLength ?? header.utf8.count
        let lengthBytes = version == 1 ? littleEndian([UInt16(length)]) : littleEndian([UInt32(length)])
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes + Array(header.utf8) + data
    }

    /// The header of a `.npy` file as NumPy writes it, without the padding. `shape` is a Python tuple.
    static func numPyHeader(_ type: String = "<f4", fortran: Bool = false, shape: String) -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    }

    /// A `.safetensors` file; the length of the header is told truly if not given.
    static func safetensors(_ header: [UInt8], headerLength: UInt64? = nil, data: [UInt8] = []) -> [UInt8] {
        littleEndian([headerLength ?? UInt64(header.count)]) + header + data
    }

    static func safetensors(_ header: String, headerLength: UInt64? = nil, data: [UInt8] = []) -> [UInt8] {
        safetensors(Array(header.utf8), headerLength: headerLength, data: data)
    }

    /// A `.safetensors` file of one tensor, 'a'.
    static func safetensors(_ type: String, shape: [Int], data: [UInt8]) -> [UInt8] {
        safetensors(
            #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,\#(data.count)]}}"#, data: data)
    }

    static func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }

    static func bigEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
        littleEndian(values.map(\.byteSwapped))
    }

    static func littleEndian(_ values: [Float]) -> [UInt8] {
        littleEndian(values.map(\.bitPattern))
    }

    static func littleEndian(_ values: [Double]) -> [UInt8] {
        littleEndian(values.map(\.bitPattern))
    }
}

/// A file that is wrong in one way.
struct WrongFile: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// What the error says beside the file's name.
    let text: String

    init(_ name: String, _ bytes: [UInt8], _ text: String) {
        self.name = name
        self.bytes = bytes
        self.text = text
    }

    var testDescription: String { name }

    /// Reads the file and expects an error that begins with the path and has the text.
    func expectError(_ fileName: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(fileName, bytes)
        let error = #expect(throws: FileError.self, sourceLocation: sourceLocation) {
            try Tensor(contentsOf: path)
        }
        guard let error else { return }
        #expect(error.description.hasPrefix(path + ": "), sourceLocation: sourceLocation)
        #expect(error.description.contains(text), "\(error.description)", sourceLocation: sourceLocation)
    }
}
