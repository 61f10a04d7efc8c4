// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Tensor {
    /// Reads a tensor from a `.npy` or a `.safetensors` file.
    ///
    /// Every size that the file declares is checked against the file's own before anything is allocated for it.
    ///
    /// - Parameters:
    ///   - path: The file. Its name decides the format.
    ///   - key: The tensor's name in a `.safetensors` file; may be nil if it has only one.
    /// - Throws: `FileError`.
    public init(contentsOf path: String, key: String? = nil) throws(FileError) {
        if path.hasSuffix(".npy") {
            self = try NumPyFormat.tensor(ByteReader(path: path))
        } else if path.hasSuffix(".safetensors") {
            let file = try SafetensorsFile(contentsOf: path)
            guard let key = key ?? (file.names.count == 1 ? file.names[0] : nil) else {
                throw .ambiguousTensor(path: path, keys: file.names)
            }
            self = try file.tensor(key)
        } else {
            throw .unknownFormat(path: path)
        }
    }

    /// Writes the tensor to a `.npy` file (version 1, `<f4`, C order) or as the only one of a `.safetensors` file (F32).
    ///
    /// - Parameters:
    ///   - path: The file. Its name decides the format.
    ///   - key: The tensor's name in a `.safetensors` file; "tensor" if nil.
    /// - Throws: `FileError`.
    public func write(to path: String, key: String? = nil) throws(FileError) {
        if path.hasSuffix(".npy") {
            try checkAxes(path: path)
            try NumPyFormat.data(self).writeFile(path)
        } else if path.hasSuffix(".safetensors") {
            try SafetensorsFile.write([key ?? "tensor": self], to: path)
        } else {
            throw .unknownFormat(path: path)
        }
    }

    /// Throws if a file of this tensor would have more axes than are read.
    func checkAxes(path: String) throws(FileError) {
        guard rank <= ByteScanner.mostIntegers else {
            throw .unwritable(
                path: path, reason: "\(rank) axes are more than the \(ByteScanner.mostIntegers) that are read")
        }
    }

    /// The elements as little-endian bytes.
    var littleEndianBytes: Data {
        var data = Data(capacity: count * 4)
        withUnsafeBufferPointer { elements in
            #if _endian(little)
                data.append(contentsOf: UnsafeRawBufferPointer(elements))
            #else
                for element in elements {
                    withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) }
                }
            #endif
        }
        return data
    }
}

extension Data {
    func writeFile(_ path: String) throws(FileError) {
        do {
            try write(to: URL(fileURLWithPath: path))
        } catch {
            throw .unwritable(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

/// The bytes of a file with the file's name, and conversions from them.
struct ByteReader {
    let path: String
    let bytes: Data

    init(path: String, bytes: Data) {
        self.path = path
        self.bytes = bytes
    }

    init(path: String) throws(FileError) {
        do {
            // Foundation reads a directory or a missing file as an error, not as emptiness.
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: (error as NSError).localizedDescription)
        }
        self.path = path
    }

    /// The little-endian integer of `count` bytes at `offset`, both within the file.
    func integer(at offset: Int, count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[bytes.startIndex + offset + $1]) }
    }

    /// The bytes of a tensor of `shape`.
    func size(of shape: [Int], _ type: ElementType) throws(FileError) -> Int {
        do throws(ConvolutionError) {
            let count = try CheckedSize.elementCount(shape, of: "tensor")
            return try CheckedSize.product([count, type.size], of: "the bytes of the tensor")
        } catch {
            throw .invalidShape(path: path, error: error)
        }
    }

    /// A tensor of `shape` whose elements are stored from `offset` on.
    func tensor(_ type: ElementType, shape: [Int], offset: Int, what: String) throws(FileError) -> Tensor {
        let size = try size(of: shape, type)
        guard size <= bytes.count - offset else {
            throw .truncated(path: path, what: what, expected: size, got: bytes.count - offset)
        }
        do throws(ConvolutionError) {
            var tensor = try Tensor(uninitializedShape: shape)
            tensor.withUnsafeMutableBufferPointer { elements in
                bytes.withUnsafeBytes { type.convert($0[offset..<offset + size], to: elements) }
            }
            return tensor
        } catch {
            throw .invalidShape(path: path, error: error)
        }
    }
}
