// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One case of a conformance manifest: a convolution, and what must come of it.
struct ConformanceCase: Decodable, Sendable {
    enum Expectation: String, Decodable, Sendable {
        /// The tensor `output` of the case's file, within the tolerance.
        case ok
        /// A typed error.
        case error
    }

    let id: String
    let op: String
    let inputShape: [Int]
    let weightShape: [Int]
    let biasShape: [Int]?
    let stride: [Int]
    let dilation: [Int]
    let groups: Int
    let padding: PaddingArgument
    /// Zeros before and after each axis, first axis first; the padding is 0 then.
    let pads: [Int]?
    let paddingMode: String
    /// Of transposed convolutions; 0 where it is absent.
    let outputPadding: [Int]?
    /// Of transposed convolutions: the size instead.
    let outputSize: [Int]?
    let hasBias: Bool
    let expected: Expectation
    let tol: Tolerance?
    /// A .safetensors file beside the manifest.
    let file: String

    var geometry: Geometry {
        Geometry(
            stride: stride, padding: pads.map { .pairs($0) } ?? padding, dilation: dilation, groups: groups,
            outputPadding: outputPadding ?? [0], outputSize: outputSize)
    }
}

extension PaddingArgument: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let amount = try? container.decode(Int.self) {
            self = .amounts([amount])
            return
        }
        if let amounts = try? container.decode([Int].self) {
            self = .amounts(amounts)
            return
        }
        if let pairs = try? container.decode([[Int]].self) {
            guard pairs.allSatisfy({ $0.count == 2 }) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "padding is \(pairs), not a before and an after for each axis")
            }
            self = .pairs(pairs.flatMap(\.self))
            return
        }
        let word = try container.decode(String.self)
        guard let padding = PaddingArgument(argument: word) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "padding is '\(word)', neither a list nor 'same' nor 'valid'")
        }
        self = padding
    }
}

/// A manifest and the folder that its files are in.
struct Manifest: Sendable {
    let cases: [ConformanceCase]
    let folder: String

    /// - Throws: `FileError` if the file is missing, `Failure` with exit code 65 if it is not a manifest.
    init(contentsOf path: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        cases = try decodeJSON([ConformanceCase].self, from: readFile(path), named: path, decoder)
        // By bytes, as a path is: in Swift's text a slash and an accent behind it are one character.
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        folder = slash.map { String(path[..<$0]) } ?? "."
    }

    func path(of file: String) -> String { folder + "/" + file }

    /// The cases of the given ids, in the manifest's order; all without ids.
    /// - Throws: `Failure` with exit code 65 that names an id the manifest does not have.
    func selected(_ ids: [String]?) throws -> [ConformanceCase] {
        guard let ids else { return cases }
        let known = Set(cases.map(\.id))
        if let unknown = ids.first(where: { !known.contains($0) }) {
            throw Failure.badData("no case '\(unknown)' among the \(cases.count) of the manifest")
        }
        let wanted = Set(ids)
        return cases.filter { wanted.contains($0.id) }
    }
}
