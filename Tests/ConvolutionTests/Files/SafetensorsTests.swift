// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    static func file(_ header: String, _ data: [UInt8], length: UInt64? = nil) -> [UInt8] {
        bytes(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    private static func one(_ type: String, _ shape: String, _ offsets: String, name: String = "a") -> String {
        "{\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }

    private func open(_ file: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: folder.write("\(UUID().uuidString).safetensors", file))
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let tensors: [String: Tensor] = try [
            "weight": .randn([4, 3, 2, 2], seed: 1), "bias": .randn([4], seed: 2), "scalar": Tensor([7], shape: []),
            "empty": .zeros([0, 5]), "odd \"name\" \\ \n \u{1F600}": .ones([1]),
        ]
        let path = folder.path + "/t.safetensors"
        try SafetensorsFile.write(tensors, to: path)
        let file = try SafetensorsFile(contentsOf: path)
        #expect(file.names == tensors.keys.sorted())
        #expect(try file.tensors() == tensors)
        #expect(file.shape(of: "weight") == [4, 3, 2, 2])
        #expect(file.shape(of: "none") == nil)
        #expect(throws: FileError.missingTensor(path: path, key: "none")) { try file.tensor("none") }
        #expect(try Tensor(contentsOf: path, key: "bias") == tensors["bias"])
        #expect(throws: FileError.ambiguousTensor(path: path, keys: file.names)) { try Tensor(contentsOf: path) }
    }

    @Test func allTypesAreConverted() throws {
        func read(_ type: String, _ data: [UInt8], count: Int) throws -> [Float] {
            try open(Self.file(Self.one(type, "[\(count)]", "[0,\(data.count)]"), data)).tensor("a").elements
        }
        #expect(try read("F32", bytes(Float(-0.1).bitPattern), count: 1) == [-0.1])
        #expect(try read("F64", bytes((0.1).bitPattern), count: 1) == [0.1])
        // 1, the least subnormal, the largest, -infinity, the least normal.
        let halves = [0x3C00, 0x0001, 0x7BFF, 0xFC00, 0x0400].flatMap { bytes(UInt16($0)) }
        #expect(try read("F16", halves, count: 5) == [1, 0x1p-24, 65504, -.infinity, 0x1p-14])
        #expect(try read("F16", bytes(UInt16(0x7E00)), count: 1)[0].isNaN)
        let brains = [0x3F80, 0x0001, 0xFF80, 0xC049].flatMap { bytes(UInt16($0)) }
        #expect(try read("BF16", brains, count: 4) == [1, 0x1p-133, -.infinity, -3.140625])
        #expect(try read("I64", bytes(UInt64(bitPattern: -5)), count: 1) == [-5])
        #expect(try read("I32", bytes(UInt32(bitPattern: -5)), count: 1) == [-5])
    }

    @Test func namesAndMetadataMayHoldEscapes() throws {
        let header =
            #"{"__metadata__":{"format":"pt","x":"\u00e9\"}"},"\ud83d\ude00\/\u0041":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} "#
        let file = try open(Self.file(header, bytes(Float(2).bitPattern)))
        #expect(file.names == ["\u{1F600}/A"])
        #expect(try file.tensor("\u{1F600}/A").shape == [])
    }

    @Test func tensorsOfOtherTypesMayBeBesides() throws {
        let header =
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}"#
        let file = try open(Self.file(header, bytes(Float(2).bitPattern) + [1, 2, 3]))
        #expect(try file.tensor("a").elements == [2])
        let error = #expect(throws: FileError.self) { try file.tensor("b") }
        #expect(error?.description.contains("U8") == true)
    }

    private static let eight = [UInt8](repeating: 0, count: 8)
    private static let whole = one("F32", "[2]", "[0,8]")

    /// What is wrong with each file is in its name.
    private static let broken: [BrokenFile] = [
        BrokenFile("empty", []), BrokenFile("seven bytes", [1, 0, 0, 0, 0, 0, 0]),
        BrokenFile("no header", bytes(UInt64(0))),
        BrokenFile("a header longer than the file", file(whole, [], length: 1000)),
        BrokenFile("a header of 2^63 bytes", file(whole, eight, length: 1 << 63)),
        BrokenFile("a header of 2^64 - 1 bytes", file(whole, eight, length: .max)),
        BrokenFile("no JSON", file("hello", eight)), BrokenFile("a list", file("[]", [])),
        BrokenFile("an unfinished object", file("{\"a\":{", eight)),
        BrokenFile(
            "a name twice",
            file(
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                eight)),
        BrokenFile("metadata twice", file(#"{"__metadata__":{},"__metadata__":{}}"#, [])),
        BrokenFile("metadata that is a list", file(#"{"__metadata__":[]}"#, [])),
        BrokenFile("no type", file(#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, eight)),
        BrokenFile("another key", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, eight)),
        BrokenFile(
            "a key twice", file(#"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, eight)),
        BrokenFile("a negative extent", file(one("F32", "[-2]", "[0,8]"), eight)),
        BrokenFile("a fraction", file(one("F32", "[2.5]", "[0,8]"), eight)),
        BrokenFile("an extent beyond 64 bits", file(one("F32", "[99999999999999999999]", "[0,8]"), eight)),
        BrokenFile("extents that overflow", file(one("F32", "[4294967296,4294967296,4]", "[0,8]"), eight)),
        BrokenFile("overflow hidden by a zero", file(one("F32", "[0,4611686018427387904,8]", "[0,0]"), [])),
        BrokenFile("one offset", file(one("F32", "[2]", "[0]"), eight)),
        BrokenFile("three offsets", file(one("F32", "[2]", "[0,8,8]"), eight)),
        BrokenFile("offsets in reverse", file(one("F32", "[2]", "[8,0]"), eight)),
        BrokenFile("offsets beyond the file", file(one("F32", "[3]", "[0,12]"), eight)),
        BrokenFile("huge offsets", file(one("F32", "[2]", "[9223372036854775800,9223372036854775807]"), eight)),
        BrokenFile("a hole before", file(one("F32", "[1]", "[4,8]"), eight)),
        BrokenFile("bytes behind", file(one("F32", "[1]", "[0,4]"), eight)),
        BrokenFile(
            "an overlap",
            file(
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                eight)),
        BrokenFile("a shape larger than its bytes", file(one("F32", "[3]", "[0,8]"), eight)),
        BrokenFile("a shape smaller than its bytes", file(one("F32", "[1]", "[0,8]"), eight)),
        BrokenFile("an unknown type", file(one("F99", "[2]", "[0,8]"), eight)),
        BrokenFile("an unknown escape", file(one("F32", "[2]", "[0,8]", name: #"\q"#), eight)),
        BrokenFile("half of a surrogate pair", file(one("F32", "[2]", "[0,8]", name: #"\ud83d"#), eight)),
        BrokenFile("two first halves", file(one("F32", "[2]", "[0,8]", name: #"\ud83d\ud83d"#), eight)),
        BrokenFile("a short escape", file(one("F32", "[2]", "[0,8]", name: #"\u12"#), eight)),
        BrokenFile("deep nesting", file(String(repeating: "{\"a\":", count: 100_000), [])),
        BrokenFile("deep lists", file("{\"a\":{\"shape\":" + String(repeating: "[", count: 100_000), [])),
        BrokenFile("no UTF-8", file(whole, eight).map { $0 == UInt8(ascii: "a") ? 0xFF : $0 }),
        BrokenFile("text behind the header", file(whole + "x", eight)),
    ]

    @Test(arguments: broken)
    func brokenFilesAreErrors(broken: BrokenFile) throws {
        let error = #expect(throws: FileError.self, "\(broken.what)") { _ = try open(broken.bytes).tensors() }
        #expect(error?.description.contains(".safetensors") == true)
    }
}
