// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// The tool on convolutions along three axes.
@Suite struct ToolVolumeTests {
    private let folder: TemporaryFolder
    private let input: Tensor
    private let weight: Tensor
    private let bias: Tensor

    init() throws {
        folder = try TemporaryFolder()
        // Small integers, whose sums are the same in every order.
        func integers(_ shape: [Int]) throws -> Tensor {
            let elements = (0..<shape.reduce(1, *)).map { (index: Int) -> Float in Float(index * 5 % 7 - 3) }
            return try Tensor(elements, shape: shape)
        }
        (input, weight, bias) = (try integers([2, 4, 3, 5, 6]), try integers([6, 2, 2, 3, 3]), try integers([6]))
        try input.write(to: folder.path + "/x.npy")
        try weight.write(to: folder.path + "/w.npy")
        try bias.write(to: folder.path + "/b.npy")
    }

    private func run(_ arguments: String...) throws -> Tool.Result {
        try Tool.run(
            ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--groups", "2"] + arguments,
            in: folder.path)
    }

    private func output() throws -> Tensor { try Tensor(contentsOf: folder.path + "/y.npy") }

    // MARK: run

    @Test(arguments: [["--op", "conv3d"], []])
    func runComputesTensorsOfFiles(operation: [String]) throws {
        let arguments = ["--bias", "b.npy", "--stride", "1,2,1", "--padding", "1,1,2", "--precision", "strict"]
        let result = try Tool.run(
            ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--groups", "2"] + operation
                + arguments,
            in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("(2, 4, 3, 5, 6) -> (2, 6, 4, 3, 8)"))
        let expected = try conv3d(
            input, weight: weight, bias: bias, stride: [1, 2, 1], padding: [1, 1, 2], groups: 2,
            options: .init(algorithm: .reference))
        #expect(try output() == expected)
    }

    @Test(arguments: PaddingMode.allCases, ["same", "1,0,2"])
    func runTakesPaddingModesAndLayouts(mode: PaddingMode, padding: String) throws {
        let amount: Padding = padding == "same" ? .same : [1, 0, 2]
        let layer = try Conv3d(
            weight: weight, padding: amount, groups: 2, paddingMode: mode,
            options: .init(algorithm: .reference))
        let expected = try layer(input)
        let options = ["--padding", padding, "--padding-mode", mode.rawValue, "--precision", "strict"]
        let first = try Tool.run(
            ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--groups", "2"] + options,
            in: folder.path)
        #expect(first.status == 0, "\(first.error)")
        #expect(try output() == expected)
        // (N, D, H, W, C) in and out.
        try input.withChannelsLast(rank: 3).write(to: folder.path + "/x.npy")
        let last = try Tool.run(
            ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--groups", "2", "--layout", "nhwc"]
                + options, in: folder.path)
        #expect(last.status == 0, "\(last.error)")
        #expect(try output() == expected.withChannelsLast(rank: 3))
    }

    @Test func runTakesPairsOfPadding() throws {
        let result = try run("--pads", "1,0,0,2,3,1", "--precision", "strict")
        #expect(result.status == 0, "\(result.error)")
        let pairs = [AxisPadding(before: 1, after: 0), .init(before: 0, after: 2), .init(before: 3, after: 1)]
        #expect(
            try output()
                == conv3d(
                    input, weight: weight, padding: .pairs(pairs), groups: 2, options: .init(algorithm: .reference)))
    }

    @Test(arguments: [
        (["--op", "conv2d"], "Expected 3D (unbatched) or 4D (batched) input to conv2d"),
        (["--stride", "1,2"], "list of 3 values"), (["--pads", "1,1,1,1"], "pads=[1, 1, 1, 1]"),
        (["--dilation", "0"], "dilation should be greater than zero, but got [0, 0, 0]"),
        (["--padding", "same", "--stride", "2"], "padding='same'"),
        (
            ["--padding", "3,0,0", "--padding-mode", "reflect"],
            "padding (3, 3) at dimension 2 of input [2, 4, 3, 5, 6]"
        ),
        (["--algorithm", "depthwise"], "depthwise"),
    ])
    func whatIsWrongIsSaid(arguments: [String], text: String) throws {
        let result = try Tool.run(
            ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy", "--groups", "2"] + arguments,
            in: folder.path)
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: ") && result.error.contains(text), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test func inputsOfOtherRanksAreNamed() throws {
        try input.view([2, 4, 90]).write(to: folder.path + "/x.npy")
        for arguments in [[], ["--op", "conv3d"]] {
            let result = try Tool.run(
                ["run", "--input", "x.npy", "--weight", "w.npy", "--output", "y.npy"] + arguments, in: folder.path)
            #expect(result.status == 65)
            #expect(
                result.error
                    == """
                    error: Expected 4D (unbatched) or 5D (batched) input to conv3d, but got input of size: [2, 4, 90]

                    """)
        }
    }

    // MARK: explain

    @Test func explainShowsTheShapesOfConv3d() throws {
        let result = try Tool.run(["explain", "--op", "conv3d"])
        #expect(result.status == 0)
        #expect(
            result.output == """
                conv3d: input (1, 1, 4, 5, 6), weight (1, 1, 2, 3, 3) -> output (1, 1, 3, 3, 4)

                output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1
                  depth  = floor((4 + 0 + 0 - 1 * (2 - 1) - 1) / 1) + 1 = floor(2 / 1) + 1 = 3
                  height = floor((5 + 0 + 0 - 1 * (3 - 1) - 1) / 1) + 1 = floor(2 / 1) + 1 = 3
                  width  = floor((6 + 0 + 0 - 1 * (3 - 1) - 1) / 1) + 1 = floor(3 / 1) + 1 = 4

                y[0, 0, 0, 0, 0] = sum over c, kz, ky, kx of
                  weight[0, c, kz, ky, kx] * input[0, c, 0 * 1 - 0 + kz * 1, 0 * 1 - 0 + ky * 1, 0 * 1 - 0 + kx * 1]
                  c = 0: 0*0.1 + 1*0.2 + 2*0.3 + 6*0.4 + 7*0.5 + 8*0.6
                       + 2*0.7 + 3*0.8 + 4*0.9 + 0*0.1 + 1*0.2 + 2*0.3
                       + 6*0.4 + 7*0.5 + 8*0.6 + 2*0.7 + 3*0.8 + 4*0.9 = 37.8, so far 37.8
                  y[0, 0, 0, 0, 0] = 37.8

                """)
    }

    @Test func explainShowsEveryWindowOfASmallVolume() throws {
        let result = try Tool.run(["explain", "--input-shape", "1,1,2,2,3", "--weight-shape", "1,1,2,1,2"])
        #expect(
            result.output.hasPrefix("conv3d: input (1, 1, 2, 2, 3), weight (1, 1, 2, 1, 2) -> output (1, 1, 1, 2, 2)"))
        #expect(result.output.contains("y[0, 0, 0, 1, 1]  [[[4, 5]], [[10, 11]]]  4*0.1 + 5*0.2 + 10*0.3 + 11*0.4"))
        let padded = try Tool.run([
            "explain", "--input-shape", "1,2,2,3", "--weight-shape", "1,1,2,1,2", "--pads", "1,0,0,0,0,0",
        ])
        #expect(padded.output.contains("y[0, 0, 0, 0]  [[[pad, pad]], [[0, 1]]]"))
    }

    @Test func explainInJsonHasAnAxisForEach() throws {
        let result = try Tool.run([
            "explain", "--op", "conv3d", "--format", "json", "--padding", "1,0,0", "--element", "0,0,3,2,1",
        ])
        #expect(result.status == 0, "\(result.error)")
        let record = try JSONDecoder().decode(ExplanationRecord.self, from: Data(result.output.utf8))
        #expect(record.op == "conv3d")
        #expect(record.outputShape == [1, 1, 5, 3, 4])
        #expect(record.axes.map(\.kernel) == [2, 3, 3])
        #expect(record.axes.map(\.before) == [1, 0, 0])
        #expect(record.elements.map(\.index) == [[0, 0, 3, 2, 1]])
        let terms = record.elements[0].terms
        #expect(terms.count == 18)
        #expect(terms.first?.inputIndex == [0, 0, 2, 2, 1] && terms.last?.inputIndex == [0, 0, 3, 4, 3])
        let wrong = try Tool.run(["explain", "--op", "conv3d", "--element", "0,0,3,0,0"])
        #expect(wrong.status == 65 && wrong.error.contains("(1, 1, 3, 3, 4)"))
    }

    // MARK: bench and info

    private static let row = """
        {"name": "small", "rank": 3, "n": 1, "c": 2, "size": [4, 5, 6], "k": 3, "kernel": [3, 3, 3], "stride": [1, 1, 1], \
        "padding": [1, 1, 1], "dilation": [1, 1, 1], "groups": 1
        """

    @Test(arguments: ["nchw", "nhwc"])
    func benchTimesEveryAlgorithmThatApplies(layout: String) throws {
        let path = try folder.write("layers.json", "[\(Self.row)}]")
        let result = try Tool.run([
            "bench", "--layers", path, "--repetitions", "2", "--algorithms", "auto,all", "--calls", "all", "--format",
            "json", "--layout", layout,
        ])
        #expect(result.status == 0, "\(result.error)")
        let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let rows = try #require(document?["rows"] as? [[String: Any]])
        let resolved = Set(rows.compactMap { $0["resolved"] as? String })
        #expect(resolved.isSuperset(of: ["im2col", "direct", "gemm"]), "\(resolved)")
        for row in rows {
            let error = try #require(row["max_error"] as? Double)
            #expect(error < 1e-4, "\(row["resolved"] ?? "")")
            #expect((row["functional_ms"] as? Double ?? 0) > 0)
        }
    }

    @Test func serveTimesAVolume() throws {
        let result = try Tool.run(
            ["bench", "--serve"], input: Self.row + ", \"algorithm\": \"gemm\", \"threads\": 1, \"repetitions\": 2}\n")
        #expect(result.status == 0, "\(result.error)")
        let row = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(row?["resolved"] as? String == "gemm")
        #expect((row?["max_error"] as? Double ?? 1) < 1e-5)
    }

    @Test func volumesAreListed() throws {
        let result = try Tool.run(["bench", "--network", "family", "--list"])
        #expect(result.status == 0)
        #expect(result.output.contains("1,64,16,56,56"))
        #expect(result.output.contains("16.73 GMAC"))
    }

    @Test func infoShowsTheChoiceForAVolume() throws {
        let result = try Tool.run(["info", "--explain-choice", "--layer", "x3d.dw"])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasPrefix("x3d.dw: (1, 54, 13, 40, 40) with (54, 1, 3, 3, 3) -> (1, 54, 13, 40, 40)"))
        #expect(result.output.contains("\n* depthwise"))
        let shapes = try Tool.run([
            "info", "--input-shape", "8,6,9,9", "--weight-shape", "4,8,3,3,3", "--padding", "1", "--format", "json",
        ])
        #expect(shapes.status == 0, "\(shapes.error)")
        let record = try JSONDecoder().decode(ChoiceRecord.self, from: Data(shapes.output.utf8))
        #expect(record.layer == "conv3d")
        #expect(record.outputShape == [4, 6, 9, 9])
        #expect(record.algorithms.count == Algorithm.allCases.count)
        #expect(record.algorithms.count(where: \.isChosen) == 1)
        #expect(record.algorithms.first { $0.algorithm == "depthwise" }?.applies == false)
    }

    @Test func wordsOfThreeAxesAreCompleted() throws {
        func candidates(_ words: String...) throws -> [String] {
            let result = try Tool.run(
                ["---completion", words[0], "--", words[words.count - 2], "\(words.count)", "0", "convolve"] + words)
            return result.output.split(separator: "\n").map(String.init)
        }
        #expect(try candidates("bench", "--network", "family", "--filter", "").contains("unet3d.1"))
        #expect(try candidates("info", "--layer", "").contains("c3d.2"))
        for shell in ["bash", "zsh", "fish"] {
            let script = try Tool.run(["--generate-completion-script", shell]).output
            for word in ["conv3d", "family"] { #expect(script.contains(word), "\(shell): \(word)") }
        }
        for command in [
            ["run", "--help"], ["explain", "--help"], ["info", "--help"], ["run-cases", "--help"], ["--help"],
        ] {
            #expect(try Tool.run(command).output.contains("conv3d"), "\(command)")
        }
    }
}
