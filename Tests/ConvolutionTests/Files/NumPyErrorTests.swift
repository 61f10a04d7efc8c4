// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct NumPyErrorTests {
    @Test(arguments: beginnings + headers + shapes + types + contents)
    func `A malformed file is refused`(_ file: WrongFile) throws {
        try file.expectError("x.npy")
    }

    private static let floats = FileBytes.littleEndian([1, 2, 3, 4, 5, 6] as [Float])
    private static let whole = FileBytes.numPy(FileBytes.numPyHeader(shape: "(2, 3)"), data: floats)

    private static func file(_ header: String, data: [UInt8] = floats) -> [UInt8] {
        FileBytes.numPy(header, data: data)
    }

    private static func file(shape: String, fortran: Bool = false, data: [UInt8] = floats) -> [UInt8] {
        file(FileBytes.numPyHeader(fortran: fortran, shape: shape), data: data)
    }

    // MARK: The table

    static let beginnings: [WrongFile] = [
        .init("no bytes", [], "the beginning of a .npy file should have 10 bytes, but the file has 0"),
        .init("a truncated magic", Array(whole.prefix(3)), "should have 10 bytes, but the file has 3"),
        .init("the magic alone", Array(whole.prefix(6)), "should have 10 bytes, but the file has 6"),
        .init("no header length", Array(whole.prefix(8)), "should have 10 bytes, but the file has 8"),
        .init("half a header length", Array(whole.prefix(9)), "should have 10 bytes, but the file has 9"),
        .init(
            "half a header length of version 2", Array(FileBytes.numPy("{}", version: 2).prefix(11)),
            "the header should have 12 bytes, but the file has 11"),
        .init("another magic", [0x92] + whole.dropFirst(), "it does not begin as a .npy file does"),
        .init("a short file of another kind", Array("PK".utf8), "it does not begin as a .npy file does"),
        .init("version 0", FileBytes.numPy("{}", version: 0), "version 0 of the .npy format is not known"),
        .init("version 4", FileBytes.numPy("{}", version: 4), "version 4 of the .npy format is not known"),
        .init("version 255", FileBytes.numPy("{}", version: 255), "version 255 of the .npy format is not known"),
    ]

    static let headers: [WrongFile] = [
        .init(
            "a header beyond the file", FileBytes.numPy("{'descr'", headerLength: 118),
            "the header should have 118 bytes, but the file has 8"),
        .init(
            "a header far beyond the file", FileBytes.numPy("{", version: 2, headerLength: 0xFFFF_FFFF),
            "the header should have 4294967295 bytes, but the file has 1"),
        .init("a truncated header", Array(whole.prefix(40)), "the header should have 59 bytes, but the file has 30"),
        .init("a header without bytes", file(""), "byte 0: '{' is expected"),
        .init("a header of spaces", file(String(repeating: " ", count: 118)), "byte 118: '{' is expected"),
        .init("a header of garbage", file("\u{1}\u{2}garbage"), "byte 0: '{' is expected"),
        .init("a header of brackets", file(String(repeating: "{", count: 60_000)), "byte 1: a string is expected"),
        .init("an empty dictionary", file("{}"), "one of the keys descr, fortran_order and shape is missing"),
        .init("no shape", file("{'descr': '<f4', 'fortran_order': False}"), "shape is missing"),
        .init("no end", file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), "), "a string is expected"),
        .init("no comma", file("{'descr': '<f4' 'shape': (2, 3)}"), "byte 16: '}' is expected"),
        .init("no colon", file("{'descr' '<f4'}"), "byte 9: ':' is expected"),
        .init("a string without end", file("{'descr': '<f4, "), "a string does not end"),
        .init("a string that ends in an escape", file("{'descr\\"), "a string does not end"),
        .init("an unknown escape", file("{'de\\scr': 1}"), "an escape in a string is unknown"),
        .init("something behind", file(FileBytes.numPyHeader(shape: "(6,)") + "x"), "something follows the end"),
        .init("an unknown key", file("{'describe': '<f4'}"), "the key 'describe' is unknown or stands twice"),
        .init("descr twice", file("{'descr': '<f4', 'descr': '<f4'}"), "the key 'descr' is unknown or stands twice"),
        .init("shape twice", file("{'shape': (6,), 'shape': (6,)}"), "the key 'shape' is unknown or stands twice"),
        .init(
            "order twice", file("{'fortran_order': True, 'fortran_order': False}"),
            "the key 'fortran_order' is unknown or stands twice"),
        .init("an order of another word", file("{'fortran_order': Maybe}"), "True or False is expected"),
        .init("an order in lower case", file("{'fortran_order': true}"), "True or False is expected"),
        .init("an order of a number", file("{'fortran_order': 1}"), "True or False is expected"),
        .init("a shape of a list", file(shape: "[2, 3]"), "'(' is expected"),
        .init(
            "a key that is not UTF-8", FileBytes.numPy("{'", headerLength: 4) + [0xFF, 0x27],
            "byte 4: a string is not UTF-8"),
    ]

    static let shapes: [WrongFile] = [
        .init("a negative extent", file(shape: "(-2, 3)"), "an integer that is not negative is expected"),
        .init("an extent of a fraction", file(shape: "(2.5,)"), "')' is expected"),
        .init("an extent in octal digits", file(shape: "(06,)"), "an integer begins with 0"),
        .init("two marks of Python 2", file(shape: "(6LL,)"), "')' is expected"),
        .init("an extent of a word", file(shape: "(six,)"), "an integer that is not negative is expected"),
        .init("two commas", file(shape: "(2,,3)"), "an integer that is not negative is expected"),
        .init("no comma between extents", file(shape: "(2 3)"), "')' is expected"),
        .init("nested tuples", file(shape: "((2, 3))"), "an integer that is not negative is expected"),
        .init(
            "more than 64 axes", file(shape: "(" + String(repeating: "1,", count: 65) + ")"),
            "a list has more than 64 integers"),
        .init("an extent of 2^63", file(shape: "(9223372036854775808,)"), "an integer does not fit in 64 bits"),
        .init("an extent of 40 digits", file(shape: "(\(String(repeating: "9", count: 40)),)"), "does not fit in 64"),
        .init(
            "a product above 2^63", file(shape: "(4294967296, 4294967296)"),
            "doesn't fit in 64 bits, with the values [4294967296, 4294967296]"),
        .init(
            "a product above 2^63 in the order of Fortran", file(shape: "(4, 9223372036854775807)", fortran: true),
            "doesn't fit in 64 bits, with the values [4, 9223372036854775807]"),
        .init(
            "strides above 2^63 and no elements", file(shape: "(0, 4294967296, 4294967296)", data: []),
            "doesn't fit in 64 bits, with the values [0, 4294967296, 4294967296]"),
        .init(
            "strides above 2^63 and no elements in the order of Fortran",
            file(shape: "(0, 4294967296, 4294967296)", fortran: true, data: []),
            "doesn't fit in 64 bits, with the values [0, 4294967296, 4294967296]"),
        .init(
            "bytes above 2^63", file(FileBytes.numPyHeader("<f8", shape: "(2305843009213693951,)")),
            "doesn't fit in 64 bits, with the values [2305843009213693951, 8]"),
        // Were memory asked for first, there would be none.
        .init(
            "a petabyte", file(shape: "(1048576, 268435456)"),
            "the data should have 1125899906842624 bytes, but the file has 24"),
    ]

    static let types: [WrongFile] =
        [
            "<c8", "|O", "<U8", "|S4", "<M8[ns]", "<f16", "|V2", "", "<f4 ", "float32", "<>f4", "F4",
        ].map { type in
            let header = FileBytes.numPyHeader(type, shape: "(6,)")
            return WrongFile("type '\(type)'", file(header), "elements of type \(type) are not read")
        } + [
            .init(
                "a structure",
                file("{'descr': [('x', '<f4'), ('y', '<i4', (2,))], 'fortran_order': False, 'shape': (6,)}"),
                "elements of type [('x', '<f4'), ('y', '<i4', (2,))] are not read"),
            .init("a structure without end", file("{'descr': [('x', '<f4'"), "a bracket is not closed"),
            .init(
                "an integer that no Float equals",
                file(
                    FileBytes.numPyHeader("<i8", shape: "(1, 3)"),
                    data: FileBytes.littleEndian([1, (1 << 53) + 1, 2] as [Int64])),
                "element [0, 1] of the data is 9007199254740993, which no Float equals"),
            .init(
                "an integer that no Float equals in the order of Fortran",
                file(
                    FileBytes.numPyHeader(">u4", fortran: true, shape: "(2, 2)"),
                    data: FileBytes.bigEndian([1, 16_777_217, 2, 3] as [UInt32])),
                "element [1, 0] of the data is 16777217, which no Float equals"),
        ]

    static let contents: [WrongFile] = [
        .init("no data", file(shape: "(2, 3)", data: []), "the data should have 24 bytes, but the file has 0"),
        .init("a byte too few", Array(whole.dropLast()), "the data should have 24 bytes, but the file has 23"),
        .init(
            "half the data", file(FileBytes.numPyHeader("<f8", fortran: true, shape: "(2, 3)")),
            "the data should have 48 bytes, but the file has 24"),
        .init("a scalar without data", file(shape: "()", data: []), "the data should have 4 bytes, but the file has 0"),
        .init("a byte too many", whole + [0], "1 bytes follow the data of 24 bytes"),
        .init("another file behind", whole + whole, "\(whole.count) bytes follow the data of 24 bytes"),
        .init("data of no elements", file(shape: "(0,)"), "24 bytes follow the data of 0 bytes"),
    ]
}
