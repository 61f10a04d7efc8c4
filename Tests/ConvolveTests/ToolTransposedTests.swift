// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// Transposed convolutions on the command line.
@Suite struct ToolTransposedTests {
    @Test func runAnswersAsTheFunction() throws {
        let folder = try TemporaryFolder()
        let x = try Tensor.integers([2, 4, 5, 6], seed: 1)
        let w = try Tensor.integers([4, 3, 3, 2], seed: 2)
        let b = try Tensor.integers([6], seed: 3)
        let (input, weight, bias) = (folder.path + "/x.npy", folder.path + "/w.npy", folder.path + "/b.npy")
        try x.write(to: input)
        try w.write(to: weight)
        try b.write(to: bias)
        let output = folder.path + "/y.npy"
        let call = ["run", "--op", "conv_transpose2d", "--input", input, "--weight", weight, "--output", output]
        let geometry = [
            "--stride", "2,3", "--padding", "1,0", "--groups", "2", "--dilation", "2,1", "--precision", "strict",
        ]
        let result = try Tool.run(call + geometry + ["--bias", bias, "--output-padding", "1,2"])
        #expect(result.status == 0, "\(result.error)")
        let expected = try convTranspose2d(
            x, weight: w, bias: b, stride: [2, 3], padding: [1, 0], outputPadding: [1, 2], groups: 2, dilation: [2, 1],
            options: .init(precision: .strict))
        #expect(try Tensor(contentsOf: output) == expected)
        let size = expected.shape.suffix(2).map(String.init).joined(separator: ",")
        let sized = try Tool.run(call + geometry + ["--bias", bias, "--output-size", size])
        #expect(sized.status == 0, "\(sized.error)")
        #expect(try Tensor(contentsOf: output) == expected)
        // What PyTorch refuses, with its numbers, and what is of other operations.
        let large = try Tool.run(call + geometry + ["--output-padding", "3"])
        #expect(large.status == 65 && large.error.contains("output_padding [3, 3], stride [2, 3], dilation [2, 1]"))
        let far = try Tool.run(call + geometry + ["--output-size", "99,99"])
        #expect(far.status == 65 && far.error.contains("requested an output size of [99, 99]"))
        let mode = try Tool.run(call + geometry + ["--padding-mode", "reflect"])
        #expect(mode.status == 65 && mode.error.contains("Only \"zeros\" padding mode"))
        let other = try Tool.run([
            "run", "--op", "conv2d", "--input", input, "--weight", weight, "--output", output, "--output-padding", "1",
        ])
        #expect(other.status == 64 && other.error.contains("--output-padding is of transposed convolutions"))
    }

    @Test func explainShowsWhereEachProductLands() throws {
        let result = try Tool.run(["explain", "--op", "conv_transpose1d"])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("length = (4 - 1) * 2 - 0 - 0 + 1 * (3 - 1) + 0 + 1 = 9"))
        #expect(result.output.contains("x[2] = 2                        0.2  0.4  0.6"))
        #expect(result.output.contains("y[0, 0, 4]  [2, -, 1]"))
        #expect(result.output.contains("y = [0.0, 0.0, 0.1, 0.2, 0.5, 0.4, 0.9, 0.6, 0.9]"))
        for operation in ["conv_transpose2d", "conv_transpose3d"] {
            let other = try Tool.run(["explain", "--op", operation, "--output-padding", "1", "--format", "json"])
            #expect(other.status == 0, "\(other.error)")
            #expect(other.output.contains("\"output_padding\" : 1"))
        }
    }

    @Test func benchAndInfoKnowTheFamily() throws {
        let result = try Tool.run([
            "bench", "--network", "family", "--filter", "dcgan.g5", "--algorithms", "all", "--threads", "1",
            "--repetitions", "1", "--format", "json",
        ])
        #expect(result.status == 0, "\(result.error)")
        let document = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let rows = try #require(document?["rows"] as? [[String: Any]])
        #expect(rows.count > 4)
        for row in rows { #expect((row["max_error"] as? Double ?? 1) < 1e-4, "\(row["resolved"] ?? "")") }
        let info = try Tool.run([
            "info", "--op", "conv_transpose2d", "--input-shape", "1,64,32,32", "--weight-shape", "64,3,4,4", "--stride",
            "2", "--padding", "1",
        ])
        #expect(info.status == 0 && info.output.contains("-> (1, 3, 64, 64)"), "\(info.error)")
    }
}
