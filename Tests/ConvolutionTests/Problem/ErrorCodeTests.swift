// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Convolution

struct ErrorCodeTests {
    static let padding = AxisPadding(before: 1, after: 2)

    /// One of each.
    static let errors: [ConvolutionError] = [
        .unsupportedRank(3), .inputRank(rank: 2, inputShape: [1]), .weightRank(weightShape: [1], inputShape: [2]),
        .negativeExtent(tensor: "a", shape: [-1]),
        .channelMismatch(groups: 1, weightShape: [2], inputShape: [3], expected: 4, got: 5),
        .tooFewOutputChannels(groups: 2, weightShape: [1]), .outputChannelsNotDivisible(groups: 2, weightShape: [3]),
        .biasShape(weightShape: [1], biasShape: [2]), .emptyKernel([0]), .emptyInput(inputShape: [0]),
        .kernelExceedsInput(paddedSize: [1], kernelSize: [2]), .valueCount(parameter: "stride", rank: 2, values: [1]),
        .nonPositiveStride([0]), .nonPositiveDilation([0]), .nonPositiveGroups(0), .negativePadding([-1]),
        .samePaddingWithStride([2]), .unknownPadding("a"), .unknownPaddingMode("a"),
        .invalidInputChannels(1, groups: 2), .invalidOutputChannels(1, groups: 2),
        .reflectionExceedsInput(padding: padding, axis: 2, inputShape: [1]),
        .wrapExceedsInput(padding: padding, axis: 2, inputShape: [1]), .missingParameter("a"),
        .unexpectedParameter("a"),
        .stateDict(name: "a", shape: [1], error: .emptyKernel([0])), .moduleWeightRank(rank: 1, weightShape: [1]),
        .parameterShape(name: "a", expected: [1], got: [2]), .sizeOverflow(quantity: "a", values: [1]),
        .outOfMemory(bytes: 1), .elementCount(count: 1, shape: [2]), .byteCount(expected: 1, got: 2, shape: [3]),
        .unsupportedRange(start: 0, end: 1, step: 0), .shapeMismatch(tensor: "a", expected: [1], got: [2]),
        .countMismatch(tensor: "a", expected: 1, got: 2), .algorithmNotApplicable(.fft, reason: "a"),
        .instructionSetUnavailable(.avx2, available: [.scalar]), .executorUnavailable(.openmp, reason: "a"),
        .invalidThreadCount(0), .workspaceLimitExceeded(algorithm: .fft, bytes: 2, limit: 1),
        .workspaceTooSmall(bytes: 1, expected: 2), .workspaceMisaligned(address: 4, alignment: 64),
        .tuningFile(path: "a", reason: "b"), .tuningFileFailure(.unknownFormat(path: "a")),
        .inputChannelsNotDivisible(groups: 2, weightShape: [3]), .outputTooSmall(inputSize: [1], outputSize: [0]),
        .paddingWordTransposed("same"), .paddingModeTransposed(rank: 2, "reflect"), .negativeOutputPadding([-1]),
        .outputPadding([2], stride: [2], dilation: [1]),
        .outputSize([1], least: [2], most: [3], inputSize: [1]),
        .poolingPadding([2], kernelSize: [3]), .axisOutOfRange(2, shape: [1, 2]),
    ]

    /// Errors of transposed convolutions that have the code of the convolution's.
    static let transposed: [(ConvolutionError, ConvolutionError.Code)] = [
        (.transposedChannelMismatch(weightShape: [2], inputShape: [3], expected: 4, got: 5), .channelMismatch),
        (.noTransposedOutputChannels(groups: 1, weightShape: [1, 0, 3]), .tooFewOutputChannels),
        (.transposedBiasShape(weightShape: [1, 2, 3], groups: 1, biasShape: [3]), .biasShape),
    ]

    static let fileErrors: [FileError] = [
        .unreadable(path: "a", reason: "b"), .unwritable(path: "a", reason: "b"),
        .readFailure(path: "a", errorNumber: 1), .writeFailure(path: "a", errorNumber: 1),
        .outOfMemory(path: "a", bytes: 1), .unknownFormat(path: "a"), .malformed(path: "a", reason: "b"),
        .truncated(path: "a", what: "b", expected: 1, got: 2), .unsupportedType(path: "a", type: "b"),
        .unsupportedTensor(path: "a", key: "b", type: "c"),
        .inexactElement(path: "a", tensor: "b", index: [1], value: "2"), .missingTensor(path: "a", key: "b"),
        .ambiguousTensor(path: "a", keys: ["b"]), .invalidShape(path: "a", error: .emptyKernel([0])),
    ]

    /// What an error prints of itself before its details.
    private func name(_ storage: some Any) -> String { String("\(storage)".prefix { $0 != "(" }) }

    @Test func everyErrorHasACodeOfItsName() {
        let codes = Self.errors.map(\.code)
        #expect(codes.map(\.description) == Self.errors.map { name($0.storage) })
        #expect(Set(codes).count == 53)
        for (error, code) in Self.transposed { #expect(error.code == code && error.weightShape != nil) }
        let fileCodes = Self.fileErrors.map(\.code)
        #expect(fileCodes.map(\.description) == Self.fileErrors.map { name($0.storage) })
        #expect(Set(fileCodes).count == 14)
    }

    @Test func everyErrorNamesSomething() {
        func details(_ error: ConvolutionError) -> [Any?] {
            [
                error.inputShape, error.weightShape, error.shape, error.expectedShape, error.count, error.expectedCount,
                error.bytes, error.expectedBytes, error.paddedSize, error.kernelSize, error.name, error.values,
                error.groups, error.rank, error.padding, error.axis, error.range, error.algorithm,
                error.instructionSet, error.executor, error.reason, error.path, error.underlyingError,
            ]
        }
        var unused = Set(0..<23)
        for error in Self.errors {
            let named = details(error).indices.filter { details(error)[$0] != nil }
            #expect(!named.isEmpty, "\(error.code)")
            unused.subtract(named)
        }
        #expect(unused.isEmpty)
        #expect(Self.fileErrors.allSatisfy { $0.path == "a" })
    }

    /// A case more would break the builds of those who switch over it.
    @Test func noPublicTypeIsAnEnumerationWithCases() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/Convolution").standardized
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(files.count > 50)
        var namespaces = 0
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: #/\n *public (?:indirect |@frozen )*enum (\w+)[^{]*\{/#) {
                let body = text[match.range.upperBound...].prefix { $0 != "}" }
                #expect(!body.contains(#/\n *(?:indirect )?case /#), "\(match.output.1) in \(file.lastPathComponent)")
                namespaces += 1
            }
        }
        #expect(namespaces > 0)
    }
}
