// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// No table, manifest or baseline is as large as that; a device would go on for ever.
private let mostTextBytes = 256 << 20

/// Where an argument says that input comes from: a file, or with "-" standard input.
func inputLocation(_ path: String) -> [UInt8] {
    path == "-" ? "/dev/stdin".pathBytes : encodeArgument(path)
}

/// What the system says of a file, behind all links; nil if there is none.
func fileStatus(_ path: [UInt8]) -> stat? {
    var status = stat()
    return stat(path.map(CChar.init(bitPattern:)) + [0], &status) == 0 ? status : nil
}

/// Whether a path is of a file, and not of a folder.
func fileExists(_ path: String) -> Bool {
    fileStatus(encodeArgument(path)).map { $0.st_mode & S_IFMT != S_IFDIR } ?? false
}

/// The bytes of a file.
/// - Throws: `FileError` that names the path.
func readFile(_ path: String) throws(FileError) -> Data {
    try Data(contentsOfFile: inputLocation(path), most: mostTextBytes)
}

/// Writes a file as a whole: if that fails, an old one is as it was.
/// - Throws: `FileError` that names the path.
func writeFile(_ path: String, _ text: String) throws(FileError) {
    try replaceFile(encodeArgument(path), with: Array(text.utf8))
}

/// Decodes JSON of a file or a line.
/// - Throws: `Failure` with exit code 65 that says where in the document what is wrong.
func decodeJSON<Value: Decodable>(
    _ type: Value.Type, from data: Data, named name: String, _ decoder: JSONDecoder = JSONDecoder()
) throws -> Value {
    do {
        return try decoder.decode(type, from: data)
    } catch let error as DecodingError {
        throw Failure.badData("\(name): \(describe(error))")
    }
}

private func describe(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "" : " at " + path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    }
    switch error {
    case .keyNotFound(let key, let context):
        return "'\(key.stringValue)' is missing\(place(context.codingPath))"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
        return "not \(kind(type))\(place(context.codingPath))"
    case .dataCorrupted(let context):
        return "\(context.debugDescription)\(place(context.codingPath))"
    @unknown default:
        return "not the expected JSON"
    }
}

/// What JSON calls a value of this type.
private func kind(_ type: any Any.Type) -> String {
    switch type {
    case is [Any].Type: "a list"
    case is [String: Any].Type: "an object"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "an integer"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "the expected value"
    }
}

/// Encodes a value with its keys in alphabetical order, on one line unless `pretty`.
func encodeJSON(_ value: some Encodable, pretty: Bool) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    // JSON has no such numbers; Python's float() reads these words.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
