// SPDX-License-Identifier: Apache-2.0

/// The `.npy` format, versions 1 to 3 (NumPy's `numpy.lib.format`).
enum NumPyFormat {
    static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]

    /// What stands before the data of a tensor of at most `ByteScanner.mostIntegers` axes, byte for byte as NumPy 2 writes
    /// it.
    static func header(_ shape: [Int]) -> [UInt8] {
        let extents = shape.map { "\($0)," }.joined(separator: " ")
        // A tuple of one keeps its comma, longer ones drop the last.
        let tuple = shape.count > 1 ? String(extents.dropLast()) : extents
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(tuple)), }"
        if let first = shape.first {
            // NumPy leaves room for the first extent to grow to 21 digits in place.
            header += String(repeating: " ", count: max(0, 21 - String(first).count))
        }
        // The data begins at a multiple of 64 bytes.
        let length = (10 + header.utf8.count + 1 + 63) / 64 * 64 - 10
        header += String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8)
    }

    /// Where the tensor of a file is.
    static func stored(_ source: any ByteSource) throws(FileError) -> StoredTensor {
        let path = source.path.description
        let beginning = try source.beginning(12)
        guard beginning.starts(with: magic.prefix(beginning.count)) else {
            throw .malformed(path: path, reason: "it does not begin as a .npy file does")
        }
        guard beginning.count >= 10 else {
            throw source.truncated("the beginning of a .npy file", expected: 10, got: beginning.count)
        }
        let version = beginning[6]
        guard (1...3).contains(version) else {
            throw .malformed(path: path, reason: "version \(version) of the .npy format is not known")
        }
        let lengthSize = version == 1 ? 2 : 4
        let start = 8 + lengthSize
        guard beginning.count >= start else {
            throw source.truncated("the header", expected: start, got: beginning.count)
        }
        let length = beginning[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try Header(source.bytes(at: start, count: length, what: "the header"), source.path)
        let stored = StoredTensor(
            coding: header.coding, shape: header.shape, isFortranOrder: header.isFortranOrder, offset: start + length,
            what: "the data")
        let size = try stored.size(source.path)
        if let rest = source.size.map({ $0 - start - length - size }), rest > 0 {
            throw .malformed(path: path, reason: "\(rest) bytes follow the data of \(size) bytes")
        }
        return stored
    }

    /// The dictionary at the head of the file, a Python literal with exactly three keys.
    struct Header {
        let coding: ElementCoding
        let isFortranOrder: Bool
        let shape: [Int]

        init(_ bytes: ByteBuffer, _ path: FilePath) throws(FileError) {
            var scanner = ByteScanner(bytes, .python, path: path, format: ".npy header")
            var type: String?
            var order: Bool?
            var shape: [Int]?
            try scanner.dictionary { (key, scanner) throws(FileError) in
                let key = String(decoding: key, as: UTF8.self)
                switch key {
                case "descr" where type == nil: type = try Header.type(&scanner)
                case "fortran_order" where order == nil: order = try scanner.boolean()
                case "shape" where shape == nil: shape = try scanner.integers(from: "(", to: ")")
                default: throw scanner.error("the key '\(key)' is unknown or stands twice")
                }
            }
            try scanner.expectEnd()
            guard let type, let order, let shape else {
                throw scanner.error("one of the keys descr, fortran_order and shape is missing")
            }
            guard let coding = Header.coding(type) else {
                throw .unsupportedType(path: path.description, type: type)
            }
            self.coding = coding
            isFortranOrder = order
            self.shape = shape
        }

        /// The type, of which that of a structure is a list.
        private static func type(_ scanner: inout ByteScanner) throws(FileError) -> String {
            switch scanner.peek() {
            case UInt8(ascii: "["), UInt8(ascii: "("): try scanner.bracketedText()
            default: try scanner.string()
            }
        }

        /// A type as NumPy writes it, the order of its bytes first: '<f4', '>f4', '=f4', or '|u1' where there is none.
        private static func coding(_ name: String) -> ElementCoding? {
            let order = name.utf8.first.map(Unicode.Scalar.init)
            let hasOrder = order.map { "<>=|".unicodeScalars.contains($0) } ?? false
            let letters = hasOrder ? String(name.dropFirst()) : name
            guard let type = ElementType.allCases.first(where: { $0.numPyName == letters }) else { return nil }
            #if _endian(little)
                return ElementCoding(type: type, isBigEndian: order == ">")
            #else
                return ElementCoding(type: type, isBigEndian: order != "<")
            #endif
        }
    }
}
