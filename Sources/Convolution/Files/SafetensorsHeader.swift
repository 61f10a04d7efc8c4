// SPDX-License-Identifier: Apache-2.0

/// The header of a `.safetensors` file: the length of a JSON object in 8 bytes, and the object.
struct SafetensorsHeader {
    struct Entry: Sendable {
        let name: String
        let type: String
        let shape: [Int]
        /// Where the tensor's bytes begin and end, counted from the data's first.
        let begin: Int
        let end: Int
    }

    /// In the order of the names' bytes.
    let entries: [Entry]
    /// Where in the file the data begins.
    let dataOffset: Int
    /// Bytes of all tensors.
    let dataCount: Int

    /// By the names' bytes: of a letter with its accent and a letter and its accent, which are equal texts in Swift, each
    /// may name a tensor.
    private let places: [[UInt8]: Int]

    /// The name that stands for no tensor, but for notes about the file.
    static let metadataKey = "__metadata__"

    /// The most bytes of header that are read, as in the format's own implementation.
    static let mostBytes = 100_000_000

    func entry(_ name: String) -> Entry? {
        places[Array(name.utf8)].map { entries[$0] }
    }

    /// Reads the header and checks it whole: each tensor's offsets must lie within the file, in order and without gaps or
    /// overlaps, and agree with its shape and type, if it is one that somebody has named.
    init(_ source: any ByteSource) throws(FileError) {
        let path = source.path.description
        let beginning = try source.beginning(8)
        guard beginning.count == 8 else {
            throw source.truncated("the header's length", expected: 8, got: beginning.count)
        }
        let length = beginning.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.mostBytes else {
            throw .malformed(
                path: path, reason: "the header has \(length) bytes; at most \(Self.mostBytes) are read")
        }
        dataOffset = 8 + Int(length)
        let header = try source.bytes(at: 8, count: Int(length), what: "the header")
        let entries = try Self.entries(header, source.path)
        dataCount = try Self.check(entries, source, dataOffset: dataOffset)
        let order = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        self.entries = order.map(\.value)
        places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.key, $0) })
    }

    // MARK: Reading

    private static func entries(_ header: ByteBuffer, _ path: FilePath) throws(FileError) -> [[UInt8]: Entry] {
        var scanner = ByteScanner(header, .json, path: path, format: "safetensors header")
        var entries: [[UInt8]: Entry] = [:]
        var hasMetadata = false
        try scanner.dictionary { (key, scanner) throws(FileError) in
            let name = String(decoding: key, as: UTF8.self)
            if key.elementsEqual(metadataKey.utf8) {
                guard !hasMetadata else { throw scanner.error("\(metadataKey) stands twice") }
                hasMetadata = true
                guard !scanner.skip(word: "null") else { return }
                try scanner.dictionary { (_, scanner) throws(FileError) in _ = try scanner.stringBytes() }
            } else {
                guard entries[key] == nil else { throw scanner.error("the tensor '\(name)' stands twice") }
                entries[key] = try entry(name, &scanner)
            }
        }
        try scanner.expectEnd()
        return entries
    }

    private static func entry(_ name: String, _ scanner: inout ByteScanner) throws(FileError) -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.dictionary { (key, scanner) throws(FileError) in
            let key = String(decoding: key, as: UTF8.self)
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers(from: "[", to: "]")
            case "data_offsets" where offsets == nil: offsets = try scanner.integers(from: "[", to: "]")
            case "dtype", "shape", "data_offsets": throw scanner.error("the key '\(key)' stands twice")
            // Of a later version of the format.
            default: try scanner.skipValue()
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw scanner.error("a tensor needs dtype, shape and two data_offsets")
        }
        return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
    }

    /// Checks the places of the tensors, and returns the bytes of all.
    private static func check(
        _ entries: [[UInt8]: Entry], _ source: any ByteSource, dataOffset: Int
    ) throws(FileError) -> Int {
        let path = source.path.description
        let available = source.size.map { $0 - dataOffset }
        var next = 0
        for entry in entries.values.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
            guard entry.begin == next, entry.end >= entry.begin else {
                throw .malformed(
                    path: path,
                    reason: "'\(entry.name)' has bytes \(entry.begin) to \(entry.end), but \(next) is where it should "
                        + "begin")
            }
            if let available, entry.end > available {
                throw source.truncated("'\(entry.name)' and those before it", expected: entry.end, got: available)
            }
            guard entry.end <= Int.max - dataOffset else {
                throw .malformed(path: path, reason: "'\(entry.name)' ends beyond what a file can have")
            }
            if let bytes = try bytes(of: entry, path), bytes != entry.end - entry.begin {
                throw .malformed(
                    path: path,
                    reason: "'\(entry.name)' of shape \(entry.shape) and type \(entry.type) needs \(bytes) bytes, but "
                        + "its offsets give it \(entry.end - entry.begin)")
            }
            next = entry.end
        }
        if let available, next != available {
            throw .malformed(path: path, reason: "\(available - next) bytes behind the last tensor belong to none")
        }
        return next
    }

    /// The bytes that shape and type make; nil if the type's size is not known.
    private static func bytes(of entry: Entry, _ path: String) throws(FileError) -> Int? {
        guard let bits = ElementType.bits(of: entry.type) else { return nil }
        do throws(ConvolutionError) {
            let count = try CheckedSize.elementCount(entry.shape, of: "tensor '\(entry.name)'")
            // Types of less than a byte fill the last one.
            if bits % 8 != 0 { return (try CheckedSize.product([count, bits]) + 7) / 8 }
            return try CheckedSize.product([count, bits / 8], of: "the bytes of '\(entry.name)'")
        } catch {
            throw .invalidShape(path: path, error: error)
        }
    }

    // MARK: Writing

    /// What stands before the data of tensors, which follow each other in this order.
    static func bytes(of tensors: [(name: String, tensor: Tensor)]) -> [UInt8] {
        var offset = 0
        let entries = tensors.map { name, tensor in
            let begin = offset
            offset += tensor.count * MemoryLayout<Float>.size
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            return "\(quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(offset)]}"
        }
        var header = Array("{\(entries.joined(separator: ","))}".utf8)
        // The data begins at a multiple of 8 bytes.
        header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
    }

    private static func quoted(_ name: String) -> String {
        var text = "\""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
