// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct SafetensorsErrorTests {
    @Test(arguments: lengths + structures + strings + shapes + ranges)
    func `A malformed file is refused`(_ file: WrongFile) throws {
        try file.expectError("x.safetensors")
    }

    private static let floats = FileBytes.littleEndian([1, 2, 3] as [Float])

    /// A file of 12 bytes of data.
    private static func file(_ header: String) -> [UInt8] {
        FileBytes.safetensors(header, data: floats)
    }

    /// A file of one tensor, as Python would list its three values.
    private static func file(_ type: String, shape: String, offsets: String = "[0,12]") -> [UInt8] {
        file(#"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#)
    }

    /// A file of two F32 tensors of one axis.
    private static func file(a: ClosedRange<Int>, b: ClosedRange<Int>) -> [UInt8] {
        func entry(_ range: ClosedRange<Int>) -> String {
            let shape = "[\((range.upperBound - range.lowerBound) / 4)]"
            return #"{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(range.lowerBound),\#(range.upperBound)]}"#
        }
        return file(#"{"a":\#(entry(a)),"b":\#(entry(b))}"#)
    }

    private static let tensor = #""a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"#

    // MARK: The table

    static let lengths: [WrongFile] = [
        .init("no bytes", [], "the header's length should have 8 bytes, but the file has 0"),
        .init("seven bytes", [2, 0, 0, 0, 0, 0, 0], "the header's length should have 8 bytes, but the file has 7"),
        .init("no header", FileBytes.safetensors(""), "byte 0: '{' is expected"),
        .init(
            "a header beyond the file", FileBytes.safetensors("{}", headerLength: 3),
            "the header should have 3 bytes, but the file has 2"),
        .init(
            "the most bytes of header", FileBytes.safetensors("{}", headerLength: 100_000_000),
            "the header should have 100000000 bytes, but the file has 2"),
        .init(
            "more bytes of header", FileBytes.safetensors("{}", headerLength: 100_000_001),
            "the header has 100000001 bytes; at most 100000000 are read"),
        .init(
            "a length above Int", FileBytes.safetensors("{}", headerLength: 1 << 63),
            "the header has 9223372036854775808 bytes"),
        .init(
            "a length of all bits", FileBytes.safetensors("{}", headerLength: .max),
            "the header has 18446744073709551615 bytes"),
    ]

    static let structures: [WrongFile] = [
        .init("garbage", file("garbage!"), "byte 0: '{' is expected"),
        .init("zeros", FileBytes.safetensors([0, 0, 0, 0]), "byte 0: '{' is expected"),
        .init("a list", file("[]"), "byte 0: '{' is expected"),
        .init("no end", file("{" + tensor), "'}' is expected"),
        .init("no value", file(#"{"a":}"#), "byte 5: '{' is expected"),
        .init("a number for a tensor", file(#"{"a":1}"#), "byte 5: '{' is expected"),
        .init("null for a tensor", file(#"{"a":null}"#), "byte 5: '{' is expected"),
        .init("no colon", file(#"{"a"{}}"#), "byte 4: ':' is expected"),
        .init("a key without quotes", file("{a:{}}"), "byte 1: a string is expected"),
        .init("something behind", file("{\(tensor)}}"), "something follows the end"),
        .init("a tensor twice", file("{\(tensor),\(tensor)}"), "the tensor 'a' stands twice"),
        .init(
            "a tensor twice, once escaped", file("{\(tensor),\(tensor.replacing(#""a""#, with: #""\u0061""#))}"),
            "the tensor 'a' stands twice"),
        .init("metadata twice", file(#"{"__metadata__":{},"__metadata__":{}}"#), "__metadata__ stands twice"),
        .init("metadata of a number", file(#"{"__metadata__":{"a":1}}"#), "a string is expected"),
        .init("metadata in metadata", file(#"{"__metadata__":{"a":{"b":"c"}}}"#), "a string is expected"),
        .init("a tensor without values", file(#"{"a":{}}"#), "a tensor needs dtype, shape and two data_offsets"),
        .init("no dtype", file(#"{"a":{"shape":[3],"data_offsets":[0,12]}}"#), "a tensor needs dtype"),
        .init("no shape", file(#"{"a":{"dtype":"F32","data_offsets":[0,12]}}"#), "a tensor needs dtype"),
        .init("no offsets", file(#"{"a":{"dtype":"F32","shape":[3]}}"#), "two data_offsets"),
        .init("dtype twice", file(#"{"a":{"dtype":"F32","dtype":"F32"}}"#), "the key 'dtype' stands twice"),
        .init("shape twice", file(#"{"a":{"shape":[3],"shape":[3]}}"#), "the key 'shape' stands twice"),
        .init("endless objects", file(String(repeating: #"{"a":"#, count: 200_000)), "nested too deeply"),
        .init(
            "endless unknown lists", file(#"{"a":{"b":"# + String(repeating: "[", count: 500_000)), "nested too deeply"),
        .init("a comma behind the last tensor", file("{\(tensor),}"), "a string is expected"),
        .init("a comma behind the last extent", file("F32", shape: "[3,]"), "an integer that is not negative"),
        .init(
            "a comma behind the last offset", file("F32", shape: "[3]", offsets: "[0,12,]"), "an integer that is not"),
        .init("single quotes", file(tensor.replacing("\"", with: "'")), "'{' is expected"),
        .init("single quotes in braces", file("{\(tensor.replacing("\"", with: "'"))}"), "a string is expected"),
        .init("a mark of Python 2", file("F32", shape: "[3L]"), "']' is expected"),
        .init("an extent that begins with 0", file("F32", shape: "[03]"), "an integer begins with 0"),
        .init("a line break in a string", file("{\"a\nb\":{}}"), "a string has a control character"),
        .init("an unknown value of nothing", file(#"{"a":{"b":}}"#), "a value is expected"),
        .init("an unknown value of a word", file(#"{"a":{"b":nan}}"#), "a value is expected"),
        .init("an unknown number that begins with 0", file(#"{"a":{"b":01}}"#), "a value is expected"),
        .init("an unknown number without a fraction", file(#"{"a":{"b":1.}}"#), "a digit is expected"),
        .init("an unknown number without an exponent", file(#"{"a":{"b":1e}}"#), "a digit is expected"),
        .init("an unknown list without an end", file(#"{"a":{"b":[1}}"#), "']' is expected"),
        .init("an unknown list with a comma behind its last", file(#"{"a":{"b":[1,]}}"#), "a value is expected"),
        .init("an unknown object with a comma behind its last", file(#"{"a":{"b":{"c":1,}}}"#), "a string is expected"),
        .init("an unknown object without a colon", file(#"{"a":{"b":{"c",1}}}"#), "':' is expected"),
        .init(
            "endless metadata", file(#"{"__metadata__":"# + String(repeating: #"{"a":"#, count: 200_000)), "string is"),
        .init("endless lists", file("F32", shape: String(repeating: "[", count: 500_000)), "an integer that is not"),
        .init("endless white space", file(String(repeating: " ", count: 500_000)), "byte 500000: '{' is expected"),
        .init("an endless string", file(#"{""# + String(repeating: "a", count: 500_000)), "a string does not end"),
    ]

    static let strings: [WrongFile] =
        [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
        ].map { (bytes: [UInt8]) in
            WrongFile(
                "bytes \(bytes)", FileBytes.safetensors(Array(#"{""#.utf8) + bytes + Array(#"":{}}"#.utf8)),
                "a string is not UTF-8")
        }
        + [
            (#"\x41"#, "an escape in a string is unknown"), (#"\u12"#, "needs four hexadecimal digits"),
            (#"\u00g1"#, "needs four hexadecimal digits"), (#"\u+041"#, "needs four hexadecimal digits"),
            (#"\u-041"#, "needs four hexadecimal digits"), (#"\ud83d"#, "half of a surrogate pair"),
            (#"\ude00"#, "half of a surrogate pair"), (#"\ud83d\ud83d"#, "half of a surrogate pair"),
            (#"\ud83d\u0041"#, "half of a surrogate pair"), (#"\ud83dx"#, "half of a surrogate pair"),
            (#"\ud83d\u"#, "needs four hexadecimal digits"),
        ].map { escape, text in WrongFile("escape \(escape)", file(#"{"\#(escape)":{}}"#), text) }

    static let shapes: [WrongFile] = [
        .init("a negative extent", file("F32", shape: "[-3]"), "an integer that is not negative is expected"),
        .init("a fraction", file("F32", shape: "[3.0]"), "']' is expected"),
        .init("an exponent", file("F32", shape: "[3e0]"), "']' is expected"),
        .init("a shape of a string", file("F32", shape: #""3""#), "'[' is expected"),
        .init("an extent of a string", file("F32", shape: #"["3"]"#), "an integer that is not negative is expected"),
        .init("an extent of 2^63", file("F32", shape: "[9223372036854775808]"), "does not fit in 64 bits"),
        .init(
            "more than 64 axes", file("F32", shape: "[" + String(repeating: "1,", count: 64) + "3]"),
            "a list has more than 64 integers"),
        .init(
            "a product above 2^63", file("F32", shape: "[4294967296,4294967296]"),
            "the tensor 'a' doesn't fit in 64 bits, with the values [4294967296, 4294967296]"),
        .init(
            "strides above 2^63 and no elements", file("F32", shape: "[0,4294967296,4294967296]", offsets: "[0,0]"),
            "doesn't fit in 64 bits, with the values [0, 4294967296, 4294967296]"),
        .init(
            "bytes above 2^63", file("I64", shape: "[1152921504606846976]"),
            "the bytes of 'a' doesn't fit in 64 bits, with the values [1152921504606846976, 8]"),
        .init(
            "a product of 2^64 + 3 that would fit", file("F32", shape: "[3,6148914691236517207]"),
            "doesn't fit in 64 bits, with the values [3, 6148914691236517207]"),
        .init(
            "more elements than bytes", file("F32", shape: "[2,2]"),
            "'a' of shape [2, 2] and type F32 needs 16 bytes, but its offsets give it 12"),
        .init(
            "fewer elements than bytes", file("F16", shape: "[3]"),
            "'a' of shape [3] and type F16 needs 6 bytes, but its offsets give it 12"),
        .init("a petabyte", file("F32", shape: "[1048576,268435456]"), "needs 1125899906842624 bytes, but its offsets"),
        .init("a type in lower case", file("f32", shape: "[3]"), "elements of type f32, which are not read"),
        .init("an unknown type", file("F33", shape: "[3]"), "elements of type F33, which are not read"),
        .init("a type that isn't read", file("C64", shape: "[1]", offsets: "[0,8]"), "4 bytes behind"),
    ]

    static let ranges: [WrongFile] = [
        .init(
            "an end beyond the file", file("F32", shape: "[4]", offsets: "[0,16]"), "have 16 bytes, but the file has 12"
        ),
        .init(
            "an end far beyond the file", file("F32", shape: "[3]", offsets: "[0,9223372036854775807]"),
            "'a' and those before it should have 9223372036854775807 bytes, but the file has 12"),
        .init("a begin beyond the file", file(a: 0...12, b: 16...20), "'b' has bytes 16 to 20, but 12 is where"),
        .init("an end before the begin", file("F32", shape: "[3]", offsets: "[12,0]"), "'a' has bytes 12 to 0"),
        .init("no begin at 0", file("F32", shape: "[2]", offsets: "[4,12]"), "'a' has bytes 4 to 12, but 0 is where"),
        .init("an overlap", file(a: 0...8, b: 4...12), "'b' has bytes 4 to 12, but 8 is where it should begin"),
        .init("the same bytes twice", file(a: 0...12, b: 0...12), "has bytes 0 to 12, but 12 is where it should begin"),
        .init("a hole", file(a: 0...4, b: 8...12), "'b' has bytes 8 to 12, but 4 is where it should begin"),
        .init("bytes behind", file(a: 0...4, b: 4...8), "4 bytes behind the last tensor belong to none"),
        .init("bytes without tensors", file("{}"), "12 bytes behind the last tensor belong to none"),
        .init("one offset", file("F32", shape: "[3]", offsets: "[12]"), "two data_offsets"),
        .init("three offsets", file("F32", shape: "[3]", offsets: "[0,6,12]"), "two data_offsets"),
        .init("a negative offset", file("F32", shape: "[3]", offsets: "[-12,0]"), "an integer that is not negative"),
        .init(
            "an offset of 2^64", file("F32", shape: "[3]", offsets: "[0,18446744073709551616]"), "does not fit in 64"),
    ]
}
