// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// The tool on tensors in files.
@Suite struct ToolRunTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try save("x.npy", (0..<16).map(Float.init), [1, 1, 16])
        try save("w.npy", [0.1, 0.2, 0.3], [1, 1, 3])
    }

    private func save(_ name: String, _ elements: [Float], _ shape: [Int]) throws {
        try Tensor(elements, shape: shape).write(to: folder.path + "/" + name)
    }

    private func run(_ arguments: String...) throws -> Tool.Result {
        try Tool.run(["run"] + arguments, in: folder.path)
    }

    private func output(_ name: String, key: String? = nil) throws -> Tensor {
        try Tensor(contentsOf: folder.path + "/" + name, key: key)
    }

    @Test func conv1dOfTheWorkedExample() throws {
        let result = try run("--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "")
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(result.error.contains("(1, 1, 16) -> (1, 1, 14)"))
        let y = try output("y.npy")
        #expect(y.shape == [1, 1, 14])
        for (index, value) in y.elements.enumerated() { #expect(abs(value - (0.8 + 0.6 * Float(index))) < 1e-5) }
    }

    /// The weight's axes are those of one operation only, whether the input has a batch or not.
    @Test(arguments: [
        ([1, 1, 16], [1, 1, 3], [1, 1, 14]), ([1, 16], [1, 1, 3], [1, 14]),
        ([1, 1, 4, 4], [1, 1, 2, 3], [1, 1, 3, 2]),
        ([1, 4, 4], [1, 1, 2, 3], [1, 3, 2]),
        ([1, 1, 4, 2, 2], [1, 1, 2, 1, 2], [1, 1, 3, 2, 1]), ([1, 4, 2, 2], [1, 1, 2, 1, 2], [1, 3, 2, 1]),
    ])
    func theOperationIsToldFromTheWeight(input: [Int], weight: [Int], expected: [Int]) throws {
        try save("x.npy", [Float](repeating: 1, count: 16), input)
        try save("w.npy", [Float](repeating: 1, count: weight.reduce(1, *)), weight)
        let result = try run("--input", "x.npy", "--weight", "w.npy", "-v", "-o", "y.npy")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("* chosen"))
        #expect(try output("y.npy").shape == expected)
    }

    @Test func aWeightOfNoOperationIsBadData() throws {
        try save("w.npy", [1], [1, 1])
        let result = try run("--input", "x.npy", "--weight", "w.npy", "--output", "y.npy")
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: the weight's shape (1, 1) has 2 axes"))
    }

    @Test func geometryBiasAndExecutionAreTaken() throws {
        try save("b.npy", [100], [1])
        let result = try run(
            "--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--bias", "b.npy", "--output", "y.npy",
            "--stride", "2", "--pads", "1,0", "--dilation", "2", "--algorithm", "reference", "--executor", "serial",
            "--isa", "scalar")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.hasPrefix("reference, scalar, 1 thread (serial), "))
        let y = try output("y.npy")
        // Taps at 2 o - 1 + {0, 2, 4}; the first of output 0 is padding.
        #expect(y.shape == [1, 1, 7])
        #expect(abs(y.elements[0] - (100 + 1 * 0.2 + 3 * 0.3)) < 1e-4)
        #expect(abs(y.elements[6] - (100 + 11 * 0.1 + 13 * 0.2 + 15 * 0.3)) < 1e-4)
    }

    @Test func theChoiceIsMeasuredAndRemembered() throws {
        let arguments = [
            "run", "--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--tuning",
            "measured", "--tuning-file", "t.json",
        ]
        let result = try Tool.run(arguments + ["--verbose"], in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("measured ms") && result.error.contains("\n* "))
        let record = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/t.json"))
        #expect(try Tool.run(arguments, in: folder.path).status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/t.json")) == record)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path + "/t.json"))
        let refused = try Tool.run(arguments, in: folder.path)
        #expect(refused.status == 65)
        #expect(refused.error.contains("error:") && refused.error.contains("t.json"))
    }

    @Test func paddingModesAreTaken() throws {
        let result = try run(
            "--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--padding", "same",
            "--padding-mode", "circular")
        #expect(result.status == 0, "\(result.error)")
        let y = try output("y.npy")
        #expect(y.shape == [1, 1, 16])
        #expect(abs(y.elements[0] - (15 * 0.1 + 0 * 0.2 + 1 * 0.3)) < 1e-5)
        #expect(abs(y.elements[15] - (14 * 0.1 + 15 * 0.2 + 0 * 0.3)) < 1e-5)
    }

    @Test func unbatchedInputGivesUnbatchedOutput() throws {
        try save("u.npy", (0..<16).map(Float.init), [1, 4, 4])
        try save("k.npy", [1, 0, 0, 0], [1, 1, 2, 2])
        let result = try run("--op", "conv2d", "--input", "u.npy", "--weight", "k.npy", "--output", "y.npy")
        #expect(result.status == 0, "\(result.error)")
        #expect(try output("y.npy") == Tensor([0, 1, 2, 4, 5, 6, 8, 9, 10], shape: [1, 3, 3]))
    }

    @Test func safetensorsAreReadAndWrittenByKey() throws {
        try folder.writeSafetensors(
            "m.safetensors", [("conv.weight", [1, 1, 3], [0.1, 0.2, 0.3]), ("conv.bias", [1], [0])])
        let result = try run(
            "--op", "conv1d", "--input", "x.npy", "--weight", "m.safetensors:conv.weight", "--output",
            "y.safetensors:result")
        #expect(result.status == 0, "\(result.error)")
        #expect(try output("y.safetensors", key: "result").shape == [1, 1, 14])
        let missing = try run(
            "--op", "conv1d", "--input", "x.npy", "--weight", "m.safetensors:fc.weight", "--output", "y.npy")
        #expect(missing.status == 65)
        #expect(missing.error.contains("fc.weight"))
    }

    @Test func shapesThatDoNotFitAre65AndNothingIsWritten() throws {
        try save("wide.npy", [1, 2, 3, 4, 5, 6], [1, 2, 3])
        let result = try run("--op", "conv1d", "--input", "x.npy", "--weight", "wide.npy", "--output", "y.npy")
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains("[1, 2, 3]"))
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/y.npy"))
    }

    @Test func anAlgorithmThatDoesNotApplyIsSaid() throws {
        let result = try run(
            "--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--stride", "3",
            "--algorithm", "winograd4")
        #expect(result.status == 65)
        #expect(result.error.contains("winograd4"))
    }
}
