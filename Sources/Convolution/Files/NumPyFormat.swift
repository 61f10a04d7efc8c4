// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The `.npy` format, versions 1 to 3 (NumPy's `numpy.lib.format`).
enum NumPyFormat {
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// The file of a tensor of at most `ByteScanner.mostIntegers` axes, byte for byte as NumPy 2 writes it.
    static func data(_ tensor: Tensor) -> Data {
        let extents = tensor.shape.map { "\($0)," }.joined(separator: " ")
        // A tuple of one keeps its comma, longer ones drop the last.
        let tuple = tensor.rank > 1 ? String(extents.dropLast()) : extents
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(tuple)), }"
        if let first = tensor.shape.first {
            // NumPy leaves room for the first extent to grow to 21 digits in place.
            header += String(repeating: " ", count: max(0, 21 - String(first).count))
        }
        // The data begins at a multiple of 64 bytes.
        let length = (10 + header.utf8.count + 1 + 63) / 64 * 64 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        var data = Data(magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)])
        data.append(contentsOf: header.utf8)
        data.append(tensor.littleEndianBytes)
        return data
    }

    static func tensor(_ reader: ByteReader) throws(FileError) -> Tensor {
        let bytes = reader.bytes
        guard bytes.starts(with: magic.prefix(bytes.count)) else {
            throw .malformed(path: reader.path, reason: "it does not begin as a .npy file does")
        }
        guard bytes.count >= 10 else {
            throw .truncated(
                path: reader.path, what: "the beginning of a .npy file", expected: 10, got: bytes.count)
        }
        let version = bytes[bytes.startIndex + 6]
        guard (1...3).contains(version) else {
            throw .malformed(path: reader.path, reason: "version \(version) of the .npy format is not known")
        }
        let lengthSize = version == 1 ? 2 : 4
        let start = 8 + lengthSize
        guard bytes.count >= start else {
            throw .truncated(path: reader.path, what: "the header", expected: start, got: bytes.count)
        }
        let length = Int(reader.integer(at: 8, count: lengthSize))
        guard length <= bytes.count - start else {
            throw .truncated(path: reader.path, what: "the header", expected: length, got: bytes.count - start)
        }
        let header = try Header(bytes[(bytes.startIndex + start)...].prefix(length), path: reader.path)
        let size = try reader.size(of: header.shape, header.type)
        let rest = bytes.count - start - length - size
        guard rest <= 0 else {
            throw .malformed(path: reader.path, reason: "\(rest) bytes follow the data of \(size) bytes")
        }
        let stored = header.isFortranOrder ? Array(header.shape.reversed()) : header.shape
        let tensor = try reader.tensor(header.type, shape: stored, offset: start + length, what: "the data")
        return header.isFortranOrder ? try reversingAxes(tensor, path: reader.path) : tensor
    }

    /// The tensor with its axes in reverse order.
    private static func reversingAxes(_ tensor: Tensor, path: String) throws(FileError) -> Tensor {
        let shape = Array(tensor.shape.reversed())
        guard tensor.rank > 1, tensor.count > 0 else {
            do throws(ConvolutionError) {
                return try tensor.view(shape)
            } catch {
                throw .invalidShape(path: path, error: error)
            }
        }
        var result: Tensor
        do throws(ConvolutionError) {
            result = try Tensor(uninitializedShape: shape)
        } catch {
            throw .invalidShape(path: path, error: error)
        }
        // Stride of each axis of the result in the source.
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in 1..<shape.count {
            strides[axis] = strides[axis - 1] * shape[axis - 1]
        }
        tensor.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                var index = [Int](repeating: 0, count: shape.count)
                var offset = 0
                for position in target.indices {
                    target[position] = source[offset]
                    var axis = shape.count - 1
                    while axis >= 0 {
                        index[axis] += 1
                        offset += strides[axis]
                        if index[axis] < shape[axis] { break }
                        offset -= strides[axis] * shape[axis]
                        index[axis] = 0
                        axis -= 1
                    }
                }
            }
        }
        return result
    }

    /// The dictionary at the head of the file, a Python literal with exactly three keys.
    struct Header {
        let type: ElementType
        let isFortranOrder: Bool
        let shape: [Int]

        init(_ bytes: Data, path: String) throws(FileError) {
            var scanner = ByteScanner(bytes, path: path, format: ".npy header")
            var descriptor: String?
            var order: Bool?
            var shape: [Int]?
            try scanner.expect("{")
            while !scanner.skip("}") {
                let key = try scanner.string()
                try scanner.expect(":")
                switch key {
                case "descr" where descriptor == nil: descriptor = try scanner.string()
                case "fortran_order" where order == nil: order = try scanner.boolean()
                case "shape" where shape == nil: shape = try scanner.integers(from: "(", to: ")")
                default: throw scanner.error("the key '\(key)' is unknown or stands twice")
                }
                if !scanner.skip(",") {
                    try scanner.expect("}")
                    break
                }
            }
            try scanner.expectEnd()
            guard let descriptor, let order, let shape else {
                throw scanner.error("one of the keys descr, fortran_order and shape is missing")
            }
            switch descriptor {
            case "<f4", "=f4": type = .float32
            case "<f8", "=f8": type = .float64
            case "<i4", "=i4": type = .int32
            case "<i8", "=i8": type = .int64
            default: throw .unsupportedType(path: path, type: descriptor)
            }
            isFortranOrder = order
            self.shape = shape
        }
    }
}
