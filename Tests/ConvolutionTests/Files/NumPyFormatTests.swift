// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

@Suite struct NumPyFormatTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func load(_ bytes: [UInt8]) throws -> Tensor {
        try Tensor(contentsOf: folder.write("x.npy", bytes))
    }

    // MARK: Reading

    @Test(
        arguments: [
            ("<f4", FileBytes.littleEndian([1.5, -2, 3e38] as [Float]), [1.5, -2, 3e38]),
            ("<f8", FileBytes.littleEndian([1.5, 0.1, 1e300]), [1.5, 0.1, .infinity]),
            ("<i4", FileBytes.littleEndian([-1, .min, 16_777_216] as [Int32]), [-1, -0x1p31, 0x1p24]),
            ("<i8", FileBytes.littleEndian([-1, .min, 16_777_218] as [Int64]), [-1, -0x1p63, 16_777_218]),
            ("<f2", FileBytes.littleEndian([0x3C00, 0xC000, 1] as [UInt16]), [1, -2, 0x1p-24]),
            ("<i2", FileBytes.littleEndian([-1, .max, .min] as [Int16]), [-1, 32767, -32768]),
            ("|i1", FileBytes.littleEndian([-1, .max, .min] as [Int8]), [-1, 127, -128]),
            ("<u2", FileBytes.littleEndian([1, .max, 2] as [UInt16]), [1, 65535, 2]),
            ("|u1", [1, 255, 128], [1, 255, 128]),
            ("|b1", [1, 0, 1], [1, 0, 1]),
            ("<u4", FileBytes.littleEndian([1, 0xFFFF_FF00, 2] as [UInt32]), [1, 0xFFFF_FF00, 2]),
            ("<u8", FileBytes.littleEndian([1, 1 << 63, 2] as [UInt64]), [1, 0x1p63, 2]),
            (">f4", FileBytes.bigEndian([1.5, -2, 3e38].map(\Float.bitPattern)), [1.5, -2, 3e38]),
            (">f8", FileBytes.bigEndian([1.5, 0.1, 1e300].map(\Double.bitPattern)), [1.5, 0.1, .infinity]),
            (">i2", FileBytes.bigEndian([-1, .max, .min] as [Int16]), [-1, 32767, -32768]),
            (">u8", FileBytes.bigEndian([1, 1 << 63, 2] as [UInt64]), [1, 0x1p63, 2]),
            ("f4", FileBytes.littleEndian([1, 2, 3] as [Float]), [1, 2, 3]),
        ] as [(String, [UInt8], [Float])], [1, 2, 3] as [UInt8])
    func `Elements of all types in files of three versions`(
        _ file: (type: String, data: [UInt8], elements: [Float]), _ version: UInt8
    ) throws {
        let header = FileBytes.numPyHeader(file.type, shape: "(3,)")
        let tensor = try load(FileBytes.numPy(header, version: version, data: file.data))
        #expect(tensor.shape == [3])
        #expect(tensor.elements == file.elements)
    }

    @Test(arguments: [[2, 3], [3, 1, 2], [2, 3, 4], [1, 1], [5], [2, 1, 2, 3]])
    func `Both orders of the axes`(_ shape: [Int]) throws {
        let count = shape.reduce(1, *)
        let tuple = "(" + shape.map { "\($0)," }.joined(separator: " ") + ")"
        let data = FileBytes.littleEndian((0..<count).map(Float.init))
        let rowMajor = try load(FileBytes.numPy(FileBytes.numPyHeader(shape: tuple), data: data))
        #expect(rowMajor.shape == shape)
        #expect(rowMajor.elements == (0..<count).map(Float.init))

        let columnMajor = try load(FileBytes.numPy(FileBytes.numPyHeader(fortran: true, shape: tuple), data: data))
        #expect(columnMajor.shape == shape)
        // The element at an index lies where the first axis is the fastest.
        let expected = (0..<count).map { position in
            var (rest, offset) = (position, 0)
            for axis in shape.indices.reversed() {
                offset += rest % shape[axis] * shape[..<axis].reduce(1, *)
                rest /= shape[axis]
            }
            return Float(offset)
        }
        #expect(columnMajor.elements == expected)
    }

    @Test func `A matrix in the order of Fortran as NumPy writes it`() throws {
        // numpy.save of asfortranarray(arange(6.0).reshape(2, 3)).
        let header =
            "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }" + String(repeating: " ", count: 59) + "\n"
        let tensor = try load(FileBytes.numPy(header, data: FileBytes.littleEndian([0.0, 3, 1, 4, 2, 5])))
        #expect(tensor == (try Tensor.arange(6).view([2, 3])))
    }

    @Test(arguments: [false, true])
    func `A scalar, and tensors without elements`(_ fortran: Bool) throws {
        let scalar = try load(
            FileBytes.numPy(
                FileBytes.numPyHeader(fortran: fortran, shape: "()"), data: FileBytes.littleEndian([2.5] as [Float])))
        #expect(scalar == (try Tensor([2.5], shape: [])))
        for (tuple, shape) in [("(0,)", [0]), ("(2, 0, 3)", [2, 0, 3]), ("(0, 7)", [0, 7])] {
            let empty = try load(FileBytes.numPy(FileBytes.numPyHeader(fortran: fortran, shape: tuple)))
            #expect(empty == (try Tensor.zeros(shape)))
        }
    }

    @Test(
        arguments: [
            #"{"shape":(2,),"fortran_order":False,"descr":"<f4"}"#,
            "{'shape': (2,) , 'descr' : '<f4','fortran_order':False,}   \n",
            " {\n'descr': '=f4', 'shape': ( 2 , ), 'fortran_order': False\t}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\0\0\0",
        ])
    func `Headers that are written in other ways`(_ header: String) throws {
        let data = FileBytes.littleEndian([1, 2] as [Float])
        #expect(try load(FileBytes.numPy(header, data: data)) == Tensor([1, 2], shape: [2]))
    }

    @Test func `As many axes as NumPy has`() throws {
        let tuple = "(" + String(repeating: "1, ", count: 64) + ")"
        let data = FileBytes.littleEndian([1] as [Float])
        #expect(try load(FileBytes.numPy(FileBytes.numPyHeader(shape: tuple), data: data)).rank == 64)
    }

    // MARK: Writing

    @Test(
        arguments: [
            ([], 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }"),
            ([2], 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"),
            ([0], 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }"),
            ([2, 3], 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
            ([2, 0, 3], 118, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0, 3), }"),
            (
                [Int](repeating: 1, count: 14), 118,
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), }"
            ),
            (
                [10] + [Int](repeating: 1, count: 14), 182,
                "{'descr': '<f4', 'fortran_order': False, 'shape': (10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), }"
            ),
        ])
    func `A file is written as NumPy writes it`(_ shape: [Int], _ length: Int, _ header: String) throws {
        let tensor = try Tensor.randn(shape, seed: 5)
        let path = folder.path + "/y.npy"
        try tensor.write(to: path)
        let padding = String(repeating: " ", count: length - header.utf8.count - 1) + "\n"
        let expected =
            [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length), 0] + Array((header + padding).utf8)
            + FileBytes.littleEndian(tensor.elements)
        let written = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(written == expected, "\(String(decoding: written.prefix(256), as: UTF8.self))")
        #expect(try Tensor(contentsOf: path) == tensor)
    }

    @Test func `All bits survive`() throws {
        let bits: [UInt32] = [
            0, 0x8000_0000, 1, 0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000,
            0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF,
        ]
        let path = folder.path + "/bits.npy"
        try Tensor(bits.map(Float.init(bitPattern:)), shape: [3, 4]).write(to: path)
        #expect(try Tensor(contentsOf: path).elements.map(\.bitPattern) == bits)
    }

    @Test func `A file is written over another`() throws {
        let path = folder.path + "/again.npy"
        try Tensor.zeros([100]).write(to: path)
        try Tensor.ones([2]).write(to: path)
        #expect(try Tensor(contentsOf: path) == Tensor.ones([2]))
    }

    @Test(arguments: [65, 30000])
    func `More axes than are read aren't written`(_ rank: Int) throws {
        let tensor = try Tensor.zeros([Int](repeating: 1, count: rank))
        let path = folder.path + "/deep.npy"
        let error = FileError.unwritable(path: path, reason: "\(rank) axes are more than the 64 that are read")
        #expect(throws: error) { try tensor.write(to: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
