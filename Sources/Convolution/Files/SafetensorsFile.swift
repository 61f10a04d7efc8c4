// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A `.safetensors` file: named tensors behind a JSON header. What Python's `save_file` wrote, a module takes:
///
/// ```swift
/// let file = try SafetensorsFile(contentsOf: "model.safetensors")
/// file.names                                          // ["conv1.bias", "conv1.weight", ...]
/// let weight = try file.tensor("conv1.weight")        // one tensor; no more of the file is read
/// try layer.loadStateDict(file.tensors(), prefix: "conv1")
/// ```
///
/// F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 and BOOL are read and converted to `Float`: F64 is rounded to
/// nearest, an integer that no `Float` equals is an error that names it, true is 1. A file may hold tensors of other types
/// beside them. The header is checked whole when the file is opened: each tensor's offsets must lie within the file, in
/// order and without gaps or overlaps, and agree with its shape and type.
///
/// A regular file is kept open, and a tensor read when it is asked for. Of a pipe all is read at once; to read one tensor
/// of a pipe, `Tensor.init(contentsOf:key:)` needs no memory for the others.
///
/// Names are compared byte by byte, as the format does.
public struct SafetensorsFile: Sendable {
    private let source: any ByteSource
    private let header: SafetensorsHeader

    /// The names of the tensors, in the order of their bytes.
    public var names: [String] { header.entries.map(\.name) }

    /// Opens a file and checks its header.
    ///
    /// - Parameter location: A path, a URL, or the bytes of a path.
    /// - Throws: `FileError`.
    public init(contentsOf location: some FileLocation) throws(FileError) {
        try self.init(openSource(FilePath(location)))
    }

    /// A file in memory, which is not copied; errors call it "data".
    ///
    /// - Throws: `FileError`.
    public init(data: Data) throws(FileError) {
        try self.init(DataFile(path: FilePath("data"), data: data))
    }

    init(_ source: any ByteSource) throws(FileError) {
        header = try SafetensorsHeader(source)
        guard source.size == nil else {
            self.source = source
            return
        }
        let data = try source.bytes(at: header.dataOffset, count: header.dataCount, what: "the data")
        try source.checkEnd(at: header.dataOffset + header.dataCount)
        self.source = SpooledFile(path: source.path, base: header.dataOffset, data: data)
    }

    /// The shape of a tensor, or nil if there is none of this name.
    public func shape(of name: String) -> [Int]? {
        header.entry(name)?.shape
    }

    /// The type of a tensor's elements in the file's words, as "F32", or nil if there is no tensor of this name.
    public func type(of name: String) -> String? {
        header.entry(name)?.type
    }

    /// Reads a tensor.
    ///
    /// - Throws: `FileError` if there is none of this name, its type is not read, or no `Float` equals one of its integers.
    public func tensor(_ name: String) throws(FileError) -> Tensor {
        try header.stored(name, source.path).read(source)
    }

    /// Reads all tensors, as a module's `loadStateDict` takes them.
    ///
    /// - Parameter isIncluded: Which names to read, if not all.
    /// - Throws: `FileError` if one of them can't be read, or if two have names that are equal texts in Swift and differ
    ///   in their bytes only, of which a dictionary has one: `tensor(_:)` reads both.
    public func tensors(where isIncluded: (_ name: String) -> Bool = { _ in true }) throws(FileError)
        -> [String: Tensor]
    {
        var tensors: [String: Tensor] = [:]
        for name in names where isIncluded(name) {
            guard tensors[name] == nil else {
                throw .malformed(
                    path: source.path.description,
                    reason: "two tensors have names that are equal texts, '\(name)', and differ in their bytes only")
            }
            tensors[name] = try tensor(name)
        }
        return tensors
    }

    /// Writes tensors as F32, in the order of their names' bytes. The file is written beside its place and then takes it:
    /// if that fails, an old one is as it was.
    ///
    /// - Parameters:
    ///   - tensors: The tensors by name.
    ///   - location: A path, a URL, or the bytes of a path.
    /// - Throws: `FileError.unwritable`, also if a tensor could not be read back: for its name or for more than 64 axes;
    ///   `.writeFailure` if the disk is full.
    public static func write(_ tensors: [String: Tensor], to location: some FileLocation) throws(FileError) {
        try write(tensors.map { (name: $0.key, tensor: $0.value) }, to: location)
    }

    /// The same of a list, whose names may differ in their bytes only.
    ///
    /// - Throws: `FileError`, also if two names are the same.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], to location: some FileLocation
    ) throws(FileError) {
        try write(tensors, to: FilePath(location), FileWriter.Calls())
    }

    static func write(
        _ tensors: [(name: String, tensor: Tensor)], to path: FilePath, _ calls: FileWriter.Calls
    ) throws(FileError) {
        func unwritable(_ reason: String) -> FileError { .unwritable(path: path.description, reason: reason) }
        let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (index, (name, tensor)) in sorted.enumerated() {
            if index > 0, sorted[index - 1].name.utf8.elementsEqual(name.utf8) {
                throw unwritable("two tensors are named '\(name)'")
            }
            if name.utf8.elementsEqual(SafetensorsHeader.metadataKey.utf8) {
                throw unwritable("no tensor can be named '\(name)'")
            }
            try tensor.checkAxes(path)
        }
        let header = SafetensorsHeader.bytes(of: sorted)
        guard header.count - 8 <= SafetensorsHeader.mostBytes else {
            throw unwritable(
                "its header has \(header.count - 8) bytes; at most \(SafetensorsHeader.mostBytes) are read")
        }
        let size = sorted.reduce(header.count) { $0 + $1.tensor.count * MemoryLayout<Float>.size }
        try FileWriter.write(to: path, count: size, calls) { (writer) throws(FileError) in
            try writer.append(header)
            for (_, tensor) in sorted { try writer.append(tensor) }
        }
    }
}

extension SafetensorsHeader {
    /// Where a tensor is.
    ///
    /// - Throws: `FileError` if there is none of this name or its type is not read.
    func stored(_ name: String, _ path: FilePath) throws(FileError) -> StoredTensor {
        guard let entry = entry(name) else { throw .missingTensor(path: path.description, key: name) }
        guard let type = ElementType(rawValue: entry.type) else {
            throw .unsupportedTensor(path: path.description, key: name, type: entry.type)
        }
        return StoredTensor(
            coding: ElementCoding(type: type), shape: entry.shape, offset: dataOffset + entry.begin, what: "'\(name)'")
    }
}
