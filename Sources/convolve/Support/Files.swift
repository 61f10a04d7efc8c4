// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The bytes of a file.
/// - Throws: `Failure` with exit code 65 that names the path.
func readFile(_ path: String) throws -> Data {
    do {
        return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let reason = !exists ? "no such file" : isFolder.boolValue ? "it is a directory" : "it cannot be read"
        throw Failure.badData("\(path): \(reason)")
    }
}

/// Writes a file as a whole.
/// - Throws: `Failure` with exit code 65 that names the path.
func writeFile(_ path: String, _ text: String) throws {
    do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    } catch {
        throw Failure.badData("\(path): it cannot be written")
    }
}

/// Checks that a file can be written, without touching it.
/// - Throws: `Failure` with exit code 65 that names the path.
func requireWritable(_ path: String) throws {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    let exists = manager.fileExists(atPath: path, isDirectory: &isFolder)
    let target = exists ? path : URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard manager.isWritableFile(atPath: target), !isFolder.boolValue else {
        throw Failure.badData("\(path): it cannot be written")
    }
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
