// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

@Suite struct NumPyTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A file of a version of the format, its header padded as NumPy pads it.
    static func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
        let prefix = version == 1 ? 10 : 12
        let length = (prefix + header.utf8.count + 64) / 64 * 64 - prefix
        let text = header + String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        let size = version == 1 ? [UInt8(length & 255), UInt8(length >> 8)] : bytes(UInt32(length))
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(text.utf8) + data
    }

    static func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    }

    private func read(_ file: [UInt8]) throws -> Tensor {
        try Tensor(contentsOf: folder.write("\(UUID().uuidString).npy", file))
    }

    @Test(arguments: [[], [0], [1], [5], [2, 3], [4, 1, 3], [2, 0, 3]])
    func whatIsWrittenIsReadBack(shape: [Int]) throws {
        let tensor = try Tensor.randn(shape, seed: 1)
        let path = folder.path + "/t.npy"
        try tensor.write(to: path)
        #expect(try Tensor(contentsOf: path) == tensor)
    }

    /// Byte for byte what numpy.save writes.
    @Test func filesAreThoseOfNumPy() throws {
        let path = folder.path + "/t.npy"
        try Tensor([1, -2, 0.5], shape: [3, 1]).write(to: path)
        let expected = Self.file(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }",
            [Float(1), -2, 0.5].flatMap { bytes($0.bitPattern) })
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == expected)
    }

    @Test(arguments: [1, 2, 3] as [UInt8])
    func allVersionsAreRead(version: UInt8) throws {
        let data = [Float(1.5), -3].flatMap { bytes($0.bitPattern) }
        #expect(try read(Self.file(Self.header("<f4", "(2,)"), data, version: version)).elements == [1.5, -3])
    }

    @Test func allTypesAreConverted() throws {
        let doubles = [1.1, -0x1p-140, 1e300, .nan].flatMap { bytes($0.bitPattern) }
        let read8 = try read(Self.file(Self.header("<f8", "(4,)"), doubles)).elements
        #expect(read8[0] == 1.1 && read8[1] == -0x1p-140 && read8[2] == .infinity && read8[3].isNaN)
        let longs = [Int64(-7), 1 << 40, (1 << 24) + 1].flatMap { bytes(UInt64(bitPattern: $0)) }
        #expect(try read(Self.file(Self.header("<i8", "(3,)"), longs)).elements == [-7, 0x1p40, 0x1p24])
        let ints = [Int32(-7), .max].flatMap { bytes(UInt32(bitPattern: $0)) }
        #expect(try read(Self.file(Self.header("<i4", "(2,)"), ints)).elements == [-7, 0x1p31])
    }

    @Test func fortranOrderIsReversed() throws {
        let data = (0..<6).flatMap { bytes(Float($0).bitPattern) }
        let tensor = try read(Self.file(Self.header("<f4", "(2, 3)", fortran: true), data))
        #expect(tensor.shape == [2, 3])
        #expect(tensor.elements == [0, 2, 4, 1, 3, 5])
        let deep = try read(Self.file(Self.header("<f4", "(1, 2, 3)", fortran: true), data))
        #expect(deep.shape == [1, 2, 3] && deep[0, 1, 0] == 1 && deep[0, 0, 2] == 4)
        #expect(try read(Self.file(Self.header("<f4", "(0, 3)", fortran: true), [])).shape == [0, 3])
    }

    private static let four = [UInt8](repeating: 0, count: 16)

    /// What is wrong with each file is in its name.
    private static let broken: [BrokenFile] = [
        BrokenFile("empty", []), BrokenFile("only the magic", [0x93] + Array("NUMPY".utf8)),
        BrokenFile("another magic", Array("PK\u{3}\u{4}aaaaaaaaaa".utf8)),
        BrokenFile("version 0", file(header("<f4", "(4,)"), four, version: 0)),
        BrokenFile("version 9", file(header("<f4", "(4,)"), four, version: 9)),
        BrokenFile(
            "a header longer than the file", [0x93] + Array("NUMPY".utf8) + [1, 0, 255, 255] + Array("{}".utf8)),
        BrokenFile("a header of 4 GiB", [0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255] + Array("{}".utf8)),
        BrokenFile("no dictionary", file("hello", four)),
        BrokenFile("an unfinished dictionary", file("{'descr': '<f4',", four)),
        BrokenFile("no shape", file("{'descr': '<f4', 'fortran_order': False}", four)),
        BrokenFile(
            "a key twice", file("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", four)),
        BrokenFile("another key", file("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", four)),
        BrokenFile("text behind the dictionary", file(header("<f4", "(4,)") + " print", four)),
        BrokenFile("an order that is no bool", file("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (4,)}", four)),
        BrokenFile("a negative extent", file(header("<f4", "(-4,)"), four)),
        BrokenFile("a huge extent", file(header("<f4", "(99999999999999999999,)"), four)),
        BrokenFile("extents that overflow", file(header("<f4", "(4294967296, 4294967296, 4)"), four)),
        BrokenFile("overflow hidden by a zero", file(header("<f4", "(0, 4611686018427387904, 8)"), four)),
        BrokenFile("more data than there is", file(header("<f4", "(5,)"), four)),
        BrokenFile("terabytes of data", file(header("<f4", "(1099511627776,)"), four)),
        BrokenFile("big-endian", file(header(">f4", "(4,)"), four)),
        BrokenFile("complex", file(header("<c8", "(2,)"), four)),
        BrokenFile("objects", file(header("|O", "(2,)"), four)),
        BrokenFile("a type that is no string", file("{'descr': 4}", four)),
        BrokenFile(
            "no UTF-8",
            file("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", four).map { $0 == 0x3C ? 0xFF : $0 }),
        BrokenFile("many axes", file(header("<f4", "(" + String(repeating: "1, ", count: 5000) + ")"), four)),
        BrokenFile("deep parentheses", file(header("<f4", String(repeating: "(", count: 50000)), four)),
    ]

    @Test(arguments: broken)
    func brokenFilesAreErrors(broken: BrokenFile) throws {
        let error = #expect(throws: FileError.self, "\(broken.what)") { try read(broken.bytes) }
        #expect(error?.description.contains(".npy") == true)
    }

    @Test func filesThatCannotBeOpenedAreErrors() throws {
        #expect(throws: FileError.self) { try Tensor(contentsOf: folder.path + "/none.npy") }
        #expect(throws: FileError.self) { try Tensor(contentsOf: folder.path) }
        #expect(throws: FileError.self) { try Tensor.zeros([1]).write(to: folder.path + "/no/such/folder/t.npy") }
        #expect(throws: FileError.unknownFormat(path: "t.txt")) { try Tensor(contentsOf: "t.txt") }
        #expect(throws: FileError.unknownFormat(path: "t.txt")) { try Tensor.zeros([1]).write(to: "t.txt") }
    }
}

/// Little-endian.
func bytes<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// A file that must not be read, and why not.
struct BrokenFile: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]

    init(_ what: String, _ bytes: [UInt8]) {
        self.what = what
        self.bytes = bytes
    }

    var testDescription: String { what }
}
