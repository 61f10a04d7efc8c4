// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// `run-cases`, `bench` and `info` as processes.
@Suite struct ToolCasesTests {
    static let conformance = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("ConvolutionTests/Fixtures/conformance/manifest.json").path

    private struct Entry: Decodable {
        let id: String
        let op: String
    }

    private static func entries() throws -> [Entry] {
        try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: conformance)))
    }

    @Test func everyConformanceCasePasses() throws {
        let entries = try Self.entries()
        #expect(entries.count(where: { $0.op.hasPrefix("conv_transpose") }) == 20)
        let result = try Tool.run(["run-cases", Self.conformance])
        #expect(result.output == "\(entries.count) passed, 0 failed, 0 skipped\n")
        #expect(result.status == 0)
    }

    @Test func selectedCasesRunAlone() throws {
        let ids = try Self.entries().filter { $0.op == "conv1d" }.prefix(2).map(\.id)
        let result = try Tool.run(["run-cases", Self.conformance, "--select", ids.joined(separator: ",")])
        #expect(result.output == "2 passed, 0 failed, 0 skipped\n")
        #expect(try Tool.run(["run-cases", Self.conformance, "--select", "none"]).status == 65)
    }

    @Test func casesThatAnAlgorithmDoesNotApplyToAreSkipped() throws {
        let id = try #require(try Self.entries().first { $0.op == "conv1d" }?.id)
        let result = try Tool.run(["run-cases", Self.conformance, "--select", id, "--algorithm", "winograd4"])
        #expect(result.output.hasSuffix("0 failed, 1 skipped\n"))
        #expect(result.error.contains("winograd4 does not apply"))
        #expect(result.error.contains("error: no case was run: all are skipped\n"))
        #expect(result.status == 5)
    }

    @Test func noCaseIsNoPass() throws {
        let folder = try TemporaryFolder()
        for arguments in [
            [try folder.write("empty.json", "[]")], [Self.conformance, "--select", ""],
            [try manifest(folder, error: 0), "--select", ""],
        ] {
            let result = try Tool.run(["run-cases"] + arguments)
            #expect(result.status == 5)
            #expect(result.output == "0 passed, 0 failed, 0 skipped\n")
            #expect(result.error == "error: no case was run: none is selected\n")
        }
        let other = try manifest(folder, error: 0, operation: "conv4d")
        let skipped = try Tool.run(["run-cases", other])
        #expect(skipped.output == "0 passed, 0 failed, 1 skipped\n")
        #expect(skipped.status == 5)
    }

    /// A manifest of one case, whose expected output is the worked example's with `error` added to one element.
    private func manifest(
        _ folder: TemporaryFolder, error: Float, expected: String = "ok", operation: String = "conv1d"
    ) throws -> String {
        var y = (0..<14).map { 0.8 + 0.6 * Float($0) }
        y[3] += error
        try folder.writeSafetensors(
            "case.safetensors",
            [
                ("input", [1, 1, 16], (0..<16).map(Float.init)), ("weight", [1, 1, 3], [0.1, 0.2, 0.3]),
                ("output", [1, 1, 14], y),
            ])
        return try folder.write(
            "manifest.json",
            """
            [{"id": "only", "op": "\(operation)", "has_bias": false, "input_shape": [1, 1, 16],
              "weight_shape": [1, 1, 3],
              "bias_shape": null, "stride": [1], "dilation": [1], "groups": 1, "padding": [0],
              "padding_mode": "zeros", "expected": "\(expected)", "tol": {"rtol": 1e-05, "atol": 1e-05},
              "nonfinite": false, "file": "case.safetensors"}]
            """)
    }

    @Test func aWrongElementFails() throws {
        let folder = try TemporaryFolder()
        let right = try Tool.run(["run-cases", manifest(folder, error: 0)])
        #expect(right.output == "1 passed, 0 failed, 0 skipped\n")
        let wrong = try Tool.run(["run-cases", manifest(folder, error: 0.001)])
        let lines = wrong.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("FAIL only: element (0, 0, 3) is 2.6"))
        #expect(lines.last == "0 passed, 1 failed, 0 skipped")
        #expect(wrong.status == 1)
    }

    @Test func anExpectedErrorThatDoesNotComeFails() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(["run-cases", manifest(folder, error: 0, expected: "error")])
        #expect(result.output.hasPrefix("FAIL only: an error is expected"))
        #expect(result.status == 1)
    }

    @Test func aMissingCaseFileIs65() throws {
        let folder = try TemporaryFolder()
        let path = try manifest(folder, error: 0)
        try FileManager.default.removeItem(atPath: folder.path + "/case.safetensors")
        let result = try Tool.run(["run-cases", path])
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains("case.safetensors"))
    }

    private static let bench = ["bench", "--network", "mixed", "--filter", "seed", "--repetitions", "2"]

    @Test func benchAnswersInJson() throws {
        let result = try Tool.run(
            Self.bench + ["--threads", "1", "--algorithms", "auto,im2col,reference", "--format", "json"])
        #expect(result.status == 0, "\(result.error)")
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let document = try #require(json as? [String: Any])
        let machine = try #require(document["machine"] as? [String: Any])
        let peaks = (machine["peaks"] as? [[String: Any]])?.compactMap { $0["isa"] as? String }
        #expect(peaks == InstructionSet.available.map(\.rawValue))
        #expect((machine["bandwidths"] as? [[String: Any]])?.count == 1)
        #expect((document["verdict"] as? [String: Any])?["level"] as? String == "unknown")
        let rows = try #require(document["rows"] as? [[String: Any]])
        #expect(rows.count == 6)
        #expect(rows.allSatisfy { $0["input_shape"] is [Int] && $0["output_shape"] is [Int] })
        #expect(Set(rows.compactMap { $0["layer"] as? String }) == ["seed.conv1d", "seed.conv2d"])
        #expect(rows.filter { $0["algorithm"] as? String == "auto" }.allSatisfy { $0["resolved"] as? String != "auto" })
        for row in rows {
            #expect(try #require(row["max_error"] as? Double) < 1e-5)
            #expect(try #require(row["median_ms"] as? Double) >= #require(row["min_ms"] as? Double))
        }
    }

    @Test func benchWritesToAFile() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            Self.bench + ["--algorithms", "auto", "--format", "csv", "--output", "rows.csv"], in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output == "")
        let lines = try String(contentsOfFile: folder.path + "/rows.csv", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("layer,algorithm,resolved,isa,executor,threads,min_ms,median_ms,gflops"))
    }

    @Test func benchWithoutARowCouldNotMeasure() throws {
        let result = try Tool.run(Self.bench + ["--algorithms", "winograd6"])
        #expect(result.status == 2)
        #expect(result.error.contains("error: "))
    }

    @Test func serveAnswersLineByLine() throws {
        let row = """
            {"name": "a", "rank": 1, "n": 1, "c": 1, "size": [16], "k": 1, "kernel": [3], "stride": [1],
            "padding": [0], "dilation": [1], "groups": 1, "threads": 1, "repetitions": 2
            """.replacing("\n", with: " ")
        let input =
            row + ", \"algorithm\": \"im2col\"}\n" + row + ", \"algorithm\": \"best\"}\nnot json\n" + row + "}\n"
        let result = try Tool.run(["bench", "--serve"], input: input)
        #expect(result.status == 0, "\(result.error)")
        let answers = try result.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(answers.count == 4)
        #expect(answers[0]["resolved"] as? String == "im2col")
        #expect(answers[0]["repetitions"] as? Int == 2)
        #expect((answers[1]["error"] as? String)?.contains("best") == true)
        #expect(answers[2]["error"] != nil)
        #expect(answers[3]["algorithm"] as? String == "auto")
    }

    @Test func infoNamesTheMachine() throws {
        let result = try Tool.run(["info", "--format", "json"])
        #expect(result.status == 0, "\(result.error)")
        let json = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect((json["isas_available"] as? [String])?.contains("scalar") == true)
        let peaks = try #require(json["peaks"] as? [[String: Any]])
        #expect(peaks.allSatisfy { ($0["gflops"] as? Double ?? 0) > 0 })
        let kernels = try #require(json["kernels"] as? [[String: Any]])
        #expect(kernels.count == KernelInfo.all.count)
        #expect(try Tool.run(["info"]).output.contains("FMA peak"))
    }

    @Test func kernelsAreListed() throws {
        let result = try Tool.run(["info", "--kernels", "--format", "json"])
        #expect(result.status == 0, "\(result.error)")
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let kernels = try #require(json as? [[String: Any]])
        #expect(kernels.count == KernelInfo.all.count)
        let available = Set(InstructionSet.available.map(\.rawValue))
        for kernel in kernels {
            let isa = try #require(kernel["isa"] as? String)
            #expect(kernel["supported"] as? Bool == available.contains(isa))
            let (name, algorithm) = (kernel["name"] as? String ?? "", kernel["algorithm"] as? String ?? "")
            // winograd6 is among them as winograd_f6k3.
            let family = algorithm.hasPrefix("winograd") ? "winograd_f\(algorithm.dropFirst(8))k" : algorithm
            #expect(name.hasPrefix("ck_f32_\(family)"), "\(name) is not of \(algorithm)")
        }
        let text = try Tool.run(["info", "--kernels"])
        #expect(text.output.split(separator: "\n").count == kernels.count + 2)
    }

    /// Each name that a table has is enough for the choice, and the flag that asks for it is not needed.
    @Test(arguments: [
        ["info", "--layer", "encodec.down8"], ["info", "--layer", "whisper.base.conv1", "--explain-choice"],
        ["info", "--input-shape", "1,3,16", "--weight-shape", "4,3,3"],
        ["info", "--input-shape", "3,8,8", "--weight-shape", "4,3,3,3", "--padding", "1"],
    ])
    func aLayerAloneAsksForItsChoice(arguments: [String]) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.hasSuffix("* chosen\n"))
        #expect(result.output.contains("depthwise               -  a group has"))
    }

    @Test func infoExplainsTheChoice() throws {
        let result = try Tool.run(["info", "--explain-choice", "--layer", "mobilenetv2.dw1", "--format", "json"])
        #expect(result.status == 0, "\(result.error)")
        let json = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let algorithms = try #require(json["algorithms"] as? [[String: Any]])
        #expect(algorithms.count == Algorithm.allCases.count)
        #expect(algorithms.filter { $0["chosen"] as? Bool == true }.count == 1)
        for algorithm in algorithms where algorithm["applies"] as? Bool == false {
            #expect((algorithm["reason"] as? String)?.isEmpty == false)
        }
        for algorithm in algorithms {
            let isForComparison = ["reference", "im2col"].contains(algorithm["algorithm"] as? String)
            #expect(algorithm["never_chosen"] as? Bool == isForComparison)
            #expect(!isForComparison || algorithm["estimated_ms"] == nil)
        }
        let shapes = try Tool.run([
            "info", "--explain-choice", "--input-shape", "1,3,8,8", "--weight-shape", "4,3,3,3", "--stride", "2",
        ])
        #expect(shapes.output.contains("(1, 3, 8, 8) with (4, 3, 3, 3) -> (1, 4, 3, 3)"))
        #expect(shapes.output.contains("  reference    never chosen  reference\n"))
        #expect(shapes.output.contains("  im2col       never chosen  ck_f32_im2col_"))
    }
}
