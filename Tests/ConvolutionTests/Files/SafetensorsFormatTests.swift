// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

@Suite struct SafetensorsFormatTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: folder.write("x.safetensors", bytes))
    }

    // MARK: Types

    @Test func `F32 keeps all bits`() throws {
        let bits: [UInt32] = [
            0, 0x8000_0000, 1, 0x8000_0001, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000,
            0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF,
        ]
        let file = try open(FileBytes.safetensors("F32", shape: [12], data: FileBytes.littleEndian(bits)))
        #expect(try file.tensor("a").elements.map(\.bitPattern) == bits)
    }

    @Test func `F64 is rounded to nearest, ties to even`() throws {
        let cases: [(Double, Float)] = [
            (0.1, 0.1), (1 + 0x1p-24, 1), (1 + 0x3p-24, 1 + 0x1p-22), (1 + 0x1.8p-24, 1 + 0x1p-23), (-0.0, -0.0),
            (1e39, .infinity), (-1e300, -.infinity), (0x1.FFFFFEp127, .greatestFiniteMagnitude),
            (0x1.FFFFFFp127, .infinity), (.infinity, .infinity), (0x1p-149, .leastNonzeroMagnitude), (0x1p-150, 0),
            (0x1.8p-150, 0x1p-149), (0x1.8p-149, 0x1p-148), (-0x1p-1074, -0.0), (0x1p-126, 0x1p-126),
            (0x1.000004p-130, 0x1p-130),
        ]
        let data = FileBytes.littleEndian(cases.map(\.0) + [.nan])
        let elements = try open(FileBytes.safetensors("F64", shape: [cases.count + 1], data: data)).tensor("a").elements
        for (index, (double, float)) in cases.enumerated() {
            #expect(elements[index].bitPattern == float.bitPattern, "\(double)")
        }
        #expect(elements[cases.count].isNaN)
    }

    @Test func `F16 of all bit patterns is exact`() throws {
        let patterns = Array(UInt16.min...UInt16.max)
        let file = try open(FileBytes.safetensors("F16", shape: [256, 256], data: FileBytes.littleEndian(patterns)))
        let elements = try file.tensor("a").elements
        let wrong = zip(patterns, elements).filter { pattern, element in
            let exponent = Int(pattern >> 10 & 31)
            let fraction = Float(pattern & 1023)
            let isNegative = pattern >> 15 == 1
            guard (element.sign == .minus) == isNegative else { return true }
            switch exponent {
            case 31 where fraction == 0: return !element.isInfinite
            // The payload of a NaN is in the high bits.
            case 31: return !element.isNaN || element.bitPattern & 0x7F_FFFF != UInt32(pattern & 1023) << 13
            case 0: return element.magnitude != fraction * 0x1p-24
            default:
                return element.magnitude != Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
            }
        }
        #expect(elements.count == 65536)
        #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    }

    @Test func `BF16 of all bit patterns is exact`() throws {
        let patterns = Array(UInt16.min...UInt16.max)
        let file = try open(FileBytes.safetensors("BF16", shape: [65536], data: FileBytes.littleEndian(patterns)))
        #expect(try file.tensor("a").elements.map(\.bitPattern) == patterns.map { UInt32($0) << 16 })
    }

    @Test(
        arguments: [
            ("BOOL", [0, 1, 1, 0], [0, 1, 1, 0]),
            ("U8", FileBytes.littleEndian([0, .max, 128] as [UInt8]), [0, 255, 128]),
            ("I8", FileBytes.littleEndian([.min, .max, -1] as [Int8]), [-128, 127, -1]),
            ("U16", FileBytes.littleEndian([.max, 1] as [UInt16]), [65535, 1]),
            ("I16", FileBytes.littleEndian([.min, .max] as [Int16]), [-32768, 32767]),
            ("U32", FileBytes.littleEndian([1 << 31, 0xFFFF_FF00] as [UInt32]), [0x1p31, 0xFFFF_FF00]),
            ("I32", FileBytes.littleEndian([.min, 16_777_216, -1] as [Int32]), [-0x1p31, 0x1p24, -1]),
            ("U64", FileBytes.littleEndian([1 << 63, 0xFFFF_FF00_0000_0000] as [UInt64]), [0x1p63, 0x1.FFFFFEp63]),
            ("I64", FileBytes.littleEndian([.min, 1 << 62, -3 << 40] as [Int64]), [-0x1p63, 0x1p62, -0x1.8p41]),
        ] as [(String, [UInt8], [Float])])
    func `Integers that a Float equals are read exactly`(_ type: String, _ data: [UInt8], _ elements: [Float]) throws {
        let file = try open(FileBytes.safetensors(type, shape: [1, elements.count], data: data))
        #expect(file.type(of: "a") == type)
        #expect(try file.tensor("a") == Tensor(elements, shape: [1, elements.count]))
    }

    @Test(arguments: [
        ("U32", FileBytes.littleEndian([1, 2, 16_777_217, 4] as [UInt32]), "16777217"),
        ("I32", FileBytes.littleEndian([1, 2, .max, 4] as [Int32]), "2147483647"),
        ("U64", FileBytes.littleEndian([1, 2, .max, 4] as [UInt64]), "18446744073709551615"),
        ("I64", FileBytes.littleEndian([1, 2, .min + 1, 4] as [Int64]), "-9223372036854775807"),
    ])
    func `An integer that no Float equals is named`(_ type: String, _ data: [UInt8], _ value: String) throws {
        let file = try open(FileBytes.safetensors(type, shape: [2, 2], data: data))
        let path = folder.path + "/x.safetensors"
        let error = FileError.inexactElement(path: path, tensor: "'a'", index: [1, 0], value: value)
        #expect(throws: error) { try file.tensor("a") }
        #expect(error.description == "\(path): element [1, 0] of 'a' is \(value), which no Float equals")
    }

    @Test(arguments: [
        ("F8_E5M2", 3), ("F8_E4M3", 3), ("C64", 24), ("F8_E8M0", 3), ("F4", 2), ("F6_E2M3", 3), ("F6_E3M2", 3),
        ("Q7", 5), ("f32", 12), ("", 0),
    ])
    func `A tensor of another type doesn't keep its neighbours from being read`(_ type: String, _ bytes: Int) throws {
        let file = try open(
            FileBytes.safetensors(
                """
                {"a":{"dtype":"\(type)","shape":[3],"data_offsets":[0,\(bytes)]},\
                "b":{"dtype":"F32","shape":[1],"data_offsets":[\(bytes),\(bytes + 4)]}}
                """,
                data: [UInt8](repeating: 0, count: bytes) + FileBytes.littleEndian([2.5] as [Float])))
        #expect(file.names == ["a", "b"])
        #expect(file.shape(of: "a") == [3])
        #expect(file.type(of: "a") == type)
        #expect(try file.tensor("b") == Tensor([2.5], shape: [1]))
        #expect(try file.tensors { $0 != "a" }.count == 1)
        let error = FileError.unsupportedTensor(path: folder.path + "/x.safetensors", key: "a", type: type)
        #expect(throws: error) { try file.tensor("a") }
        #expect(throws: error) { try file.tensors() }
        for part in ["'a'", type, "F32", "BOOL"] { #expect(error.description.contains(part) || part.isEmpty) }
    }

    // MARK: Names

    @Test func `Names that differ in their bytes only are two`() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(composed == decomposed)
        let path = folder.path + "/names.safetensors"
        let tensors = [(name: composed, tensor: try Tensor.ones([1])), (decomposed, try Tensor.zeros([2]))]
        try SafetensorsFile.write(tensors, to: path)
        let file = try SafetensorsFile(contentsOf: path)
        #expect(file.names.map { Array($0.utf8) } == [Array(decomposed.utf8), Array(composed.utf8)])
        #expect(try file.tensor(composed).shape == [1])
        #expect(try file.tensor(decomposed).shape == [2])
        #expect(try Tensor(contentsOf: path, key: decomposed).shape == [2])
        // A dictionary holds one of them: better none than one at random.
        #expect(throws: FileError.self) { try file.tensors() }
        #expect(throws: FileError.unwritable(path: path, reason: "two tensors are named 'e'")) {
            try SafetensorsFile.write([(name: "e", tensor: Tensor.ones([1])), ("e", Tensor.ones([1]))], to: path)
        }
    }

    // MARK: Headers

    @Test func `Tensors in any order, with metadata, white space and escapes`() throws {
        let header = """
            { "second" : { "shape":[1, 2], "data_offsets" :[4,12],\t"dtype":"F32"},
            "__metadata__": {"format": "pt", "note": "\\"quoted\\" \\u00e9 \\ud83d\\ude00"},
            "f\\u0069rst \\ud83d\\uDE00\\n\\/\\\\": {"dtype":"F32","shape":[],"data_offsets":[0,4]},
            "none":{"dtype":"F64","later":[1,-2.5E+3,{"a":[]},{},[[true],false,null,"x\\n"]],"shape":[0,5],\
            "data_offsets":[4,4]} }   \n
            """
        let file = try open(FileBytes.safetensors(header, data: FileBytes.littleEndian([7, 1, 2] as [Float])))
        #expect(file.names == ["first 😀\n/\\", "none", "second"])
        #expect(file.shape(of: "second") == [1, 2])
        #expect(file.shape(of: "third") == nil)
        let tensors = try file.tensors()
        #expect(try tensors["first 😀\n/\\"] == Tensor([7], shape: []))
        #expect(try tensors["none"] == Tensor.zeros([0, 5]))
        #expect(try tensors["second"] == Tensor([1, 2], shape: [1, 2]))
        #expect(tensors.count == 3)
    }

    @Test(arguments: ["{}", "{ }", #"{"__metadata__":{}}"#, #"{"__metadata__": null}"#, "{}     "])
    func `A file without tensors`(_ header: String) throws {
        let file = try open(FileBytes.safetensors(header))
        #expect(file.names.isEmpty)
        #expect(try file.tensors().isEmpty)
        let path = folder.path + "/x.safetensors"
        let error = FileError.ambiguousTensor(path: path, keys: [])
        #expect(throws: error) { try Tensor(contentsOf: path) }
        #expect(error.description == "\(path): it has no tensors")
    }

    @Test func `A name is needed where there are several tensors`() throws {
        let path = folder.path + "/several.safetensors"
        try SafetensorsFile.write(["b": Tensor.ones([1]), "a": Tensor.zeros([2])], to: path)
        #expect(try Tensor(contentsOf: path, key: "b") == Tensor.ones([1]))
        let several = FileError.ambiguousTensor(path: path, keys: ["a", "b"])
        #expect(throws: several) { try Tensor(contentsOf: path) }
        #expect(several.description == "\(path): it has 2 tensors; name one of a, b")
        let missing = FileError.missingTensor(path: path, key: "c")
        #expect(throws: missing) { try Tensor(contentsOf: path, key: "c") }
        #expect(missing.description == "\(path): there is no tensor named 'c'")
        #expect(throws: missing) { try SafetensorsFile(contentsOf: path).tensor("c") }
    }

    // MARK: Writing

    @Test func `A file is written in the order of the names`() throws {
        let path = folder.path + "/y.safetensors"
        try SafetensorsFile.write(["w": Tensor([1, -2], shape: [2, 1]), "b": Tensor([0.5], shape: [])], to: path)
        let header =
            #"{"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"#
            + #""w":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]}}"#
        let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        let expected = FileBytes.safetensors(header + padding, data: FileBytes.littleEndian([0.5, 1, -2] as [Float]))
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) == expected)
    }

    @Test func `What is written is read back`() throws {
        let tensors = try [
            "conv.weight": Tensor.randn([4, 3, 2, 2], seed: 1), "conv.bias": Tensor.randn([4], seed: 2),
            "scalar": Tensor([.infinity], shape: []), "empty": Tensor.zeros([3, 0]), "": Tensor.ones([1]),
            "quotes \" ' \\ / \n\t\u{1}\u{7F} é 😀 \u{2028}": Tensor.arange(5),
        ]
        let path = folder.path + "/z.safetensors"
        try SafetensorsFile.write(tensors, to: path)
        let file = try SafetensorsFile(contentsOf: path)
        #expect(file.names == tensors.keys.sorted())
        #expect(try file.tensors() == tensors)
        try SafetensorsFile.write([:], to: path)
        #expect(try SafetensorsFile(contentsOf: path).names.isEmpty)
    }

    @Test func `One tensor is written under its name`() throws {
        let path = folder.path + "/one.safetensors"
        let tensor = try Tensor.randn([2, 2], seed: 3)
        try tensor.write(to: path)
        #expect(try SafetensorsFile(contentsOf: path).names == ["tensor"])
        try tensor.write(to: path, key: "x")
        #expect(try SafetensorsFile(contentsOf: path).names == ["x"])
        #expect(try Tensor(contentsOf: path) == tensor)
    }

    @Test func `What would not be read back isn't written`() throws {
        let path = folder.path + "/w.safetensors"
        let reserved = FileError.unwritable(path: path, reason: "no tensor can be named '__metadata__'")
        #expect(throws: reserved) { try Tensor.ones([1]).write(to: path, key: "__metadata__") }
        let deep = try Tensor.zeros([Int](repeating: 1, count: 65))
        let error = FileError.unwritable(path: path, reason: "65 axes are more than the 64 that are read")
        #expect(throws: error) { try deep.write(to: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
