// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A `.safetensors` file: named tensors behind a JSON header.
///
/// F32, F64, F16, BF16, I32 and I64 are read and converted to `Float`; a file may hold tensors of other types beside
/// them. The header is checked whole when the file is opened: each tensor's offsets must lie within the file, in order and
/// without gaps or overlaps, and agree with its shape and type.
public struct SafetensorsFile: Sendable {
    private struct Entry {
        let type: String
        let shape: [Int]
        let begin: Int
        let end: Int
    }

    private let reader: ByteReader
    private let entries: [String: Entry]
    private let dataOffset: Int

    /// The names of the tensors, sorted.
    public var names: [String] { entries.keys.sorted() }

    /// The name that stands for no tensor, but for notes about the file.
    private static let metadataKey = "__metadata__"

    /// The most bytes of header that are read, as in the format's own implementation.
    private static let mostHeaderBytes = 100_000_000

    /// Opens a file and checks its header.
    ///
    /// - Throws: `FileError`.
    public init(contentsOf path: String) throws(FileError) {
        try self.init(ByteReader(path: path))
    }

    init(_ reader: ByteReader) throws(FileError) {
        self.reader = reader
        let path = reader.path
        guard reader.bytes.count >= 8 else {
            throw .truncated(path: path, what: "the header's length", expected: 8, got: reader.bytes.count)
        }
        let length = reader.integer(at: 0, count: 8)
        guard length <= Self.mostHeaderBytes else {
            throw .malformed(
                path: path, reason: "the header has \(length) bytes; at most \(Self.mostHeaderBytes) are read")
        }
        guard Int(length) <= reader.bytes.count - 8 else {
            throw .truncated(path: path, what: "the header", expected: Int(length), got: reader.bytes.count - 8)
        }
        dataOffset = 8 + Int(length)
        let header = reader.bytes[(reader.bytes.startIndex + 8)...].prefix(Int(length))
        entries = try Self.entries(header, path: path)
        try Self.check(entries, dataCount: reader.bytes.count - dataOffset, path: path)
    }

    /// The shape of a tensor, or nil if there is none of this name.
    public func shape(of name: String) -> [Int]? {
        entries[name]?.shape
    }

    /// Reads a tensor.
    ///
    /// - Throws: `FileError` if there is none of this name or its type is not read.
    public func tensor(_ name: String) throws(FileError) -> Tensor {
        guard let entry = entries[name] else { throw .missingTensor(path: reader.path, key: name) }
        guard let type = Self.elementTypes[entry.type] else {
            throw .unsupportedType(path: reader.path, type: entry.type)
        }
        return try reader.tensor(type, shape: entry.shape, offset: dataOffset + entry.begin, what: "'\(name)'")
    }

    /// Reads all tensors, as a module's `loadStateDict` takes them.
    ///
    /// - Throws: `FileError` if the type of one is not read.
    public func tensors() throws(FileError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for name in names {
            tensors[name] = try tensor(name)
        }
        return tensors
    }

    /// Writes tensors as F32, in the order of their names.
    ///
    /// - Throws: `FileError.unwritable`, also if a tensor could not be read back: for its name or for more than 64 axes.
    public static func write(_ tensors: [String: Tensor], to path: String) throws(FileError) {
        var entries: [String] = []
        var data = Data()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard name != metadataKey else {
                throw .unwritable(path: path, reason: "no tensor can be named '\(metadataKey)'")
            }
            try tensor.checkAxes(path: path)
            let begin = data.count
            data.append(tensor.littleEndianBytes)
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            entries.append(
                "\(quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(data.count)]}")
        }
        var header = "{" + entries.joined(separator: ",") + "}"
        // The data begins at a multiple of 8 bytes.
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var file = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: header.utf8)
        file.append(data)
        try file.writeFile(path)
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20: text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    // MARK: Header

    private static let elementTypes: [String: ElementType] = [
        "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64, "I32": .int32, "I64": .int64,
    ]

    /// Bytes of an element of every type of the format, read here or not.
    private static let elementSizes: [String: Int] = [
        "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "U16": 2, "I16": 2, "F16": 2, "BF16": 2, "U32": 4,
        "I32": 4, "F32": 4, "U64": 8, "I64": 8, "F64": 8, "C64": 8,
    ]

    private static func entries(_ header: Data, path: String) throws(FileError) -> [String: Entry] {
        var scanner = ByteScanner(header, path: path, format: "safetensors header")
        var entries: [String: Entry] = [:]
        var hasMetadata = false
        try scanner.expect("{")
        while !scanner.skip("}") {
            let name = try scanner.string()
            try scanner.expect(":")
            if name == metadataKey {
                guard !hasMetadata else { throw scanner.error("\(metadataKey) stands twice") }
                hasMetadata = true
                try skipMetadata(&scanner)
            } else {
                guard entries[name] == nil else { throw scanner.error("the tensor '\(name)' stands twice") }
                entries[name] = try entry(&scanner)
            }
            if !scanner.skip(",") {
                try scanner.expect("}")
                break
            }
        }
        try scanner.expectEnd()
        return entries
    }

    private static func skipMetadata(_ scanner: inout ByteScanner) throws(FileError) {
        try scanner.expect("{")
        while !scanner.skip("}") {
            _ = try scanner.string()
            try scanner.expect(":")
            _ = try scanner.string()
            if !scanner.skip(",") {
                try scanner.expect("}")
                break
            }
        }
    }

    private static func entry(_ scanner: inout ByteScanner) throws(FileError) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.expect("{")
        while !scanner.skip("}") {
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers(from: "[", to: "]")
            case "data_offsets" where offsets == nil: offsets = try scanner.integers(from: "[", to: "]")
            default: throw scanner.error("the key '\(key)' is unknown or stands twice")
            }
            if !scanner.skip(",") {
                try scanner.expect("}")
                break
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw scanner.error("a tensor needs dtype, shape and two data_offsets")
        }
        return Entry(type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private static func check(_ entries: [String: Entry], dataCount: Int, path: String) throws(FileError) {
        var next = 0
        for (name, entry) in entries.sorted(by: { ($0.value.begin, $0.value.end) < ($1.value.begin, $1.value.end) }) {
            guard entry.begin == next, entry.end >= entry.begin else {
                throw .malformed(
                    path: path,
                    reason: "'\(name)' has bytes \(entry.begin) to \(entry.end), but \(next) is where it should begin")
            }
            guard entry.end <= dataCount else {
                throw .truncated(path: path, what: "'\(name)' and those before it", expected: entry.end, got: dataCount)
            }
            guard let size = elementSizes[entry.type] else {
                throw .unsupportedType(path: path, type: entry.type)
            }
            let bytes: Int
            do throws(ConvolutionError) {
                bytes = try CheckedSize.product(
                    [CheckedSize.elementCount(entry.shape, of: "tensor '\(name)'"), size], of: "the bytes of '\(name)'")
            } catch {
                throw .invalidShape(path: path, error: error)
            }
            guard bytes == entry.end - entry.begin else {
                throw .malformed(
                    path: path,
                    reason: "'\(name)' of shape \(entry.shape) and type \(entry.type) needs \(bytes) bytes, but its "
                        + "offsets give it \(entry.end - entry.begin)")
            }
            next = entry.end
        }
        guard next == dataCount else {
            throw .malformed(path: path, reason: "\(dataCount - next) bytes behind the last tensor belong to none")
        }
    }
}
