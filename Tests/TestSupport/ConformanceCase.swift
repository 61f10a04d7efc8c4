// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// One row of the conformance manifest: a call, and where its tensors and the expected answer are.
public struct ConformanceCase: Decodable, Sendable, CustomStringConvertible {
    /// How far an element may be from the expected one.
    public struct Tolerance: Decodable, Sendable {
        /// Relative to the expected element.
        public let rtol: Double
        /// Absolute.
        public let atol: Double
    }

    /// What the call must do.
    public enum Expectation: String, Decodable, Sendable {
        /// Return the expected output.
        case ok
        /// Throw a typed error.
        case error
    }

    /// Padding as the manifest has it.
    private enum PaddingEntry: Decodable, Sendable {
        case numbers([Int])
        case word(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let word = try? container.decode(String.self) {
                self = .word(word)
            } else {
                self = .numbers(try container.decode([Int].self))
            }
        }
    }

    /// The case's name, with its number and its op.
    public let id: String
    /// conv1d, conv2d, conv3d, their transposed ones, or an op that the library doesn't have.
    public let op: String
    /// One value per axis.
    public let stride: [Int]
    /// One value per axis.
    public let dilation: [Int]
    /// Groups of channels.
    public let groups: Int
    /// What the padding is filled with.
    public let paddingMode: String
    /// Whether there is a `bias` in the file.
    public let hasBias: Bool
    /// Whether the call must succeed.
    public let expected: Expectation
    /// (N, K, *size), if the call succeeds.
    public let outputShape: [Int]?
    /// How near to the expected output, if the call succeeds.
    public let tol: Tolerance?
    /// The file with `input`, `weight`, `bias` and `output`.
    public let file: String
    /// Of a transposed convolution, one value per axis.
    public let outputPadding: [Int]?
    private let padding: PaddingEntry
    private let pads: [Int]?

    /// The name.
    public var description: String { id }

    /// Spatial axes, or `nil` for an op that the library doesn't have.
    public var rank: Int? {
        let name = isTransposed ? String(op.dropFirst("conv_transpose".count)) : String(op.dropFirst("conv".count))
        return ["1d": 1, "2d": 2, "3d": 3][name]
    }

    /// Whether it is a transposed convolution.
    public var isTransposed: Bool { op.hasPrefix("conv_transpose") }

    /// The padding as the library takes it.
    public func libraryPadding() throws -> Padding {
        if let pads {
            // Each axis's pair in turn.
            return .pairs((0..<pads.count / 2).map { AxisPadding(before: pads[2 * $0], after: pads[2 * $0 + 1]) })
        }
        return switch padding {
        case .word(let word): try Padding(parsing: word)
        case .numbers(let values): Padding(values)
        }
    }

    /// What is wrong with an answer, or `nil` if every element passes.
    public func mismatch(got: [Float], expected: [Float]) -> String? {
        guard let tol else { return "\(id) has no tolerance" }
        guard got.count == expected.count else {
            return "\(id): \(got.count) elements, expected \(expected.count)"
        }
        for (index, (got, expected)) in zip(got, expected).enumerated() {
            let passes =
                if expected.isNaN {
                    got.isNaN
                } else if expected.isInfinite {
                    got == expected
                } else if !got.isFinite {
                    false
                } else {
                    abs(Double(got) - Double(expected)) <= tol.atol + tol.rtol * abs(Double(expected))
                }
            if !passes { return "\(id): element \(index) is \(got), expected \(expected)" }
        }
        return nil
    }
}

/// The conformance cases in a directory.
public struct ConformanceSuite: Sendable {
    /// Where the manifest and the tensors are.
    public let directory: URL
    /// All rows of the manifest.
    public let cases: [ConformanceCase]

    /// Reads `manifest.json` in `directory`.
    public init(directory: URL) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self.directory = directory
        cases = try decoder.decode(
            [ConformanceCase].self, from: Data(contentsOf: directory.appending(path: "manifest.json")))
    }

    /// The tensors of a case by name.
    public func tensors(of conformanceCase: ConformanceCase) throws -> [String: Tensor] {
        try readFloatSafetensors(directory.appending(path: conformanceCase.file))
    }
}
