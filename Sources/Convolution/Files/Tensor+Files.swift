// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Tensor {
    /// Reads a tensor from a `.npy` or a `.safetensors` file.
    ///
    /// Of a `.safetensors` file no more is read than its header and the tensor. Every size that the file declares is
    /// checked against the file's own before anything is allocated for it. Real numbers are rounded to nearest; an integer
    /// that no `Float` equals is an error that names it.
    ///
    /// - Parameters:
    ///   - location: A path, a URL, or the bytes of a path. The name decides the format; where it ends in neither `.npy`
    ///     nor `.safetensors`, and of a pipe, the first bytes do.
    ///   - key: The tensor's name in a `.safetensors` file; may be nil if it has only one. A `.npy` file has no names.
    /// - Throws: `FileError`.
    public init(contentsOf location: some FileLocation, key: String? = nil) throws(FileError) {
        self = try TensorReader(openSource(FilePath(location)), key: key).tensor()
    }

    /// Reads a tensor from the contents of a `.npy` or a `.safetensors` file, whose first bytes tell which it is. Errors
    /// call it "data".
    ///
    /// - Throws: `FileError`.
    public init(fileData data: Data, key: String? = nil) throws(FileError) {
        self = try TensorReader(DataFile(path: FilePath("data"), data: data), key: key).tensor()
    }

    /// Writes the tensor to a `.npy` file (version 1, `<f4`, C order) or as the only one of a `.safetensors` file (F32).
    /// The file is written beside its place and then takes it: if that fails, an old one is as it was. A pipe or a device
    /// is written as it is.
    ///
    /// - Parameters:
    ///   - location: A path, a URL, or the bytes of a path. The name decides the format; a pipe or a device whose name says
    ///     nothing gets a `.npy` file.
    ///   - key: The tensor's name in a `.safetensors` file; "tensor" if nil.
    /// - Throws: `FileError`.
    public func write(to location: some FileLocation, key: String? = nil) throws(FileError) {
        try write(to: FilePath(location), key: key, FileWriter.Calls())
    }

    func write(to path: FilePath, key: String?, _ calls: FileWriter.Calls) throws(FileError) {
        switch FileFormat(nameOf: path) {
        case .safetensors:
            try SafetensorsFile.write([(name: key ?? "tensor", tensor: self)], to: path, calls)
        case nil where isRegularOrNone(path):
            throw .unknownFormat(path: path.description)
        case .numPy, nil:
            try checkAxes(path)
            let header = NumPyFormat.header(shape)
            let size = header.count + count * MemoryLayout<Float>.size
            try FileWriter.write(to: path, count: size, calls) { (writer) throws(FileError) in
                try writer.append(header)
                try writer.append(self)
            }
        }
    }

    /// Throws if a file of this tensor would have more axes than are read.
    func checkAxes(_ path: FilePath) throws(FileError) {
        guard rank <= ByteScanner.mostIntegers else {
            throw .unwritable(
                path: path.description,
                reason: "\(rank) axes are more than the \(ByteScanner.mostIntegers) that are read")
        }
    }
}

/// The formats of tensor files.
enum FileFormat {
    case numPy
    case safetensors

    /// By the end of the name; nil if it says neither.
    init?(nameOf path: FilePath) {
        if path.hasSuffix(".npy") {
            self = .numPy
        } else if path.hasSuffix(".safetensors") {
            self = .safetensors
        } else {
            return nil
        }
    }

    /// By the name of a file, or by the first bytes where the name says nothing or the file is a stream.
    ///
    /// - Throws: `FileError.malformed` if they are of neither format.
    init(_ source: any ByteSource) throws(FileError) {
        let named = FileFormat(nameOf: source.path)
        if let named, source.size != nil {
            self = named
            return
        }
        let bytes = try source.beginning(streamHead)
        if bytes.starts(with: NumPyFormat.magic) {
            self = .numPy
        } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{") {
            // Behind the length of the header.
            self = .safetensors
        } else if let named {
            self = named
        } else {
            throw .malformed(
                path: source.path.description,
                reason: "its first bytes are neither those of a .npy nor those of a .safetensors file")
        }
    }
}

extension FileWriter {
    /// Appends a tensor's elements, little-endian, from its memory.
    func append(_ tensor: Tensor) throws(FileError) {
        var failure: FileError?
        tensor.withUnsafeBufferPointer { elements in
            do throws(FileError) {
                #if _endian(little)
                    try append(UnsafeRawBufferPointer(elements))
                #else
                    for element in elements {
                        try append(withUnsafeBytes(of: element.bitPattern.littleEndian) { Array($0) })
                    }
                #endif
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
