// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// The built tool, run as a process.
enum Tool {
    struct Result {
        let status: Int32
        let output: String
        let error: String
    }

    /// Beside the test bundle, where SwiftPM puts all products.
    static let url: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
        let folder =
            bundle.bundlePath.hasSuffix(".xctest") ? bundle.bundleURL.deletingLastPathComponent() : bundle.bundleURL
        return folder.appendingPathComponent("convolve")
    }()

    /// - Parameter command: A program, by name, with arguments of its own, that starts the tool.
    static func run(
        _ arguments: [String], input: String = "", in folder: String = "/", under command: [String] = []
    ) throws -> Result {
        let scratch = try TemporaryFolder()
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        if let name = command.first {
            process.executableURL = URL(fileURLWithPath: try #require(LimitedSystem.path(name)))
            process.arguments = command.dropFirst() + [url.path] + arguments
        }
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // Files, not pipes: nothing can fill up while the other is read.
        process.standardInput = try FileHandle(
            forReadingFrom: URL(fileURLWithPath: scratch.write("in", input)))
        let paths = [try scratch.write("out", ""), try scratch.write("err", "")]
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        try process.run()
        process.waitUntilExit()
        let texts = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
        #expect(process.terminationReason == .exit, "\(arguments) was killed by a signal")
        return Result(status: process.terminationStatus, output: texts[0], error: texts[1])
    }
}

@Suite struct ToolTests {
    @Test func explainWalksThroughConv1d() throws {
        let result = try Tool.run(["explain"])
        #expect(result.status == 0)
        #expect(
            result.output == """
                conv1d: input (1, 1, 16), weight (1, 1, 3) -> output (1, 1, 14)

                output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1
                  length = floor((16 + 0 + 0 - 1 * (3 - 1) - 1) / 1) + 1 = floor(13 / 1) + 1 = 14

                output       window        products                                     sum
                y[0, 0, 0]   [0, 1, 2]     0*0.1 + 1*0.2 + 2*0.3    = 0 + 0.2 + 0.6   = 0.8
                y[0, 0, 1]   [1, 2, 3]     1*0.1 + 2*0.2 + 3*0.3    = 0.1 + 0.4 + 0.9 = 1.4
                y[0, 0, 2]   [2, 3, 4]     2*0.1 + 3*0.2 + 4*0.3    = 0.2 + 0.6 + 1.2 = 2.0
                y[0, 0, 3]   [3, 4, 5]     3*0.1 + 4*0.2 + 5*0.3    = 0.3 + 0.8 + 1.5 = 2.6
                y[0, 0, 4]   [4, 5, 6]     4*0.1 + 5*0.2 + 6*0.3    = 0.4 + 1 + 1.8   = 3.2
                y[0, 0, 5]   [5, 6, 7]     5*0.1 + 6*0.2 + 7*0.3    = 0.5 + 1.2 + 2.1 = 3.8
                y[0, 0, 6]   [6, 7, 8]     6*0.1 + 7*0.2 + 8*0.3    = 0.6 + 1.4 + 2.4 = 4.4
                y[0, 0, 7]   [7, 8, 9]     7*0.1 + 8*0.2 + 9*0.3    = 0.7 + 1.6 + 2.7 = 5.0
                y[0, 0, 8]   [8, 9, 10]    8*0.1 + 9*0.2 + 10*0.3   = 0.8 + 1.8 + 3   = 5.6
                y[0, 0, 9]   [9, 10, 11]   9*0.1 + 10*0.2 + 11*0.3  = 0.9 + 2 + 3.3   = 6.2
                y[0, 0, 10]  [10, 11, 12]  10*0.1 + 11*0.2 + 12*0.3 = 1 + 2.2 + 3.6   = 6.8
                y[0, 0, 11]  [11, 12, 13]  11*0.1 + 12*0.2 + 13*0.3 = 1.1 + 2.4 + 3.9 = 7.4
                y[0, 0, 12]  [12, 13, 14]  12*0.1 + 13*0.2 + 14*0.3 = 1.2 + 2.6 + 4.2 = 8.0
                y[0, 0, 13]  [13, 14, 15]  13*0.1 + 14*0.2 + 15*0.3 = 1.3 + 2.8 + 4.5 = 8.6

                y = [0.8, 1.4, 2.0, 2.6, 3.2, 3.8, 4.4, 5.0, 5.6, 6.2, 6.8, 7.4, 8.0, 8.6]

                """)
    }

    @Test func explainShowsTheShapesOfConv2d() throws {
        let result = try Tool.run(["explain", "--op", "conv2d"])
        #expect(result.status == 0)
        #expect(
            result.output == """
                conv2d: input (5, 8, 10, 5), weight (14, 8, 3, 2) -> output (5, 14, 4, 4)

                output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1
                  height = floor((10 + 0 + 0 - 1 * (3 - 1) - 1) / 2) + 1 = floor(7 / 2) + 1 = 4
                  width  = floor((5 + 0 + 0 - 1 * (2 - 1) - 1) / 1) + 1 = floor(3 / 1) + 1 = 4

                y[0, 0, 0, 0] = sum over c, ky, kx of
                  weight[0, c, ky, kx] * input[0, c, 0 * 2 - 0 + ky * 1, 0 * 1 - 0 + kx * 1]
                  c = 0: 0*0.1 + 1*0.2 + 5*0.3 + 6*0.4 + 0*0.5 + 1*0.6 = 4.7, so far 4.7
                  c = 1: 0*0.7 + 1*0.8 + 5*0.9 + 6*0.1 + 0*0.2 + 1*0.3 = 6.2, so far 10.9
                  c = 2: 0*0.4 + 1*0.5 + 5*0.6 + 6*0.7 + 0*0.8 + 1*0.9 = 8.6, so far 19.5
                  c = 3: 0*0.1 + 1*0.2 + 5*0.3 + 6*0.4 + 0*0.5 + 1*0.6 = 4.7, so far 24.2
                  c = 4: 0*0.7 + 1*0.8 + 5*0.9 + 6*0.1 + 0*0.2 + 1*0.3 = 6.2, so far 30.4
                  c = 5: 0*0.4 + 1*0.5 + 5*0.6 + 6*0.7 + 0*0.8 + 1*0.9 = 8.6, so far 39.0
                  c = 6: 0*0.1 + 1*0.2 + 5*0.3 + 6*0.4 + 0*0.5 + 1*0.6 = 4.7, so far 43.7
                  c = 7: 0*0.7 + 1*0.8 + 5*0.9 + 6*0.1 + 0*0.2 + 1*0.3 = 6.2, so far 49.9
                  y[0, 0, 0, 0] = 49.9

                """)
    }

    @Test func explainTellsTheOperationFromTheShapes() throws {
        func heading(_ arguments: String...) throws -> String {
            let result = try Tool.run(["explain"] + arguments)
            return String(result.output.prefix { $0 != "\n" }) + result.error
        }
        #expect(
            try heading("--input-shape", "1,1,4,4", "--weight-shape", "1,1,2,2")
                == "conv2d: input (1, 1, 4, 4), weight (1, 1, 2, 2) -> output (1, 1, 3, 3)")
        #expect(
            try heading("--weight-shape", "4,3,3") == "conv1d: input (1, 3, 16), weight (4, 3, 3) -> output (1, 4, 14)")
        #expect(
            try heading("--input-shape", "1,3,8,8")
                == "conv2d: input (1, 3, 8, 8), weight (1, 3, 3, 2) -> output (1, 1, 6, 7)")
        #expect(try heading("--input-shape", "2,16").hasPrefix("conv1d: input (2, 16), weight (1, 2, 3)"))
    }

    /// A small conv2d is explained in full: each of its windows, or where they are larger each of its sums.
    @Test func explainShowsEveryElementOfASmallConv2d() throws {
        let windows = try Tool.run(["explain", "--input-shape", "1,1,4,4", "--weight-shape", "1,1,2,2"])
        #expect(windows.output.contains("y[0, 0, 2, 2]  [[10, 11], [14, 15]]  10*0.1 + 11*0.2 + 14*0.3 + 15*0.4"))
        let sums = try Tool.run(["explain", "--input-shape", "1,1,4,4", "--weight-shape", "1,1,3,3", "--padding", "1"])
        #expect(sums.output.contains("y[0, 0, 3, 3] = 16.3"))
    }

    @Test func explainInJson() throws {
        let result = try Tool.run(["explain", "--format", "json", "--element", "0,0,13"])
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let elements = try #require(json?["elements"] as? [[String: Any]])
        #expect(elements.count == 1)
        let sum = try #require(elements[0]["sum"] as? Double)
        #expect(abs(sum - 8.6) < 1e-5)
        #expect(json?["output_shape"] as? [Int] == [1, 1, 14])
    }

    @Test(arguments: [
        ["nonsense"], ["run"], ["bench", "--threads", "0"], ["bench", "--network", "resnet51"],
        ["bench", "--calls", "second"], ["bench", "--algorithms", "quickest"],
        ["run-cases"], ["info", "--explain-choice"], ["explain", "--stride", "x"],
        ["run-cases", "m.json", "--isa", "z"],
        ["run", "--op", "conv1d", "--input", "x.npy", "--weight", "w.npy", "--output", "y.txt"],
        ["bench", "--layers", "x.json", "--network", "vgg16"], ["bench", "--network", "list", "--filter", "x"],
        ["info", "--kernels", "--layer", "x"], ["info", "--layer", "x", "--input-shape", "1"],
        ["info", "--stride", "2"], ["info", "--layer", "x", "--op", "conv1d"],
    ])
    func wrongUsageIs64WithOneLine(arguments: [String]) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 64)
        #expect(result.output == "")
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test(arguments: [
        (["explain", "--stride", "-1"], "-1"), (["explain", "--element", "0,0,14"], "14"),
        (["explain", "--kernel", "1,2", "--weight-shape", "1,1,3"], "3"),
        (["explain", "--input-shape", "1,1,2"], "3"), (["run-cases", "/nowhere/m.json"], "/nowhere/m.json"),
        (["bench", "--layers", "/nowhere/l.json"], "/nowhere/l.json"), (["bench", "--filter", "zzz"], "zzz"),
        (["info", "--explain-choice", "--layer", "zzz"], "zzz"),
        (["bench", "--filter", "whisper"], "--network whisper"),
        (["info", "--input-shape", "1,3,8", "--weight-shape", "4,3"], "(4, 3)"),
        (["explain", "--weight-shape", "4"], "(4,)"),
        (["bench", "--output", "/nowhere/rows.json"], "/nowhere/rows.json"), (["bench", "--output", "/tmp"], "/tmp"),
        (
            ["run", "--op", "conv1d", "--input", "/nowhere/x.npy", "--weight", "w.npy", "--output", "y.npy"],
            "/nowhere/x.npy"
        ),
    ])
    func badDataIs65WithOneLine(arguments: [String], text: String) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(text))
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(result.output == "")
    }

    @Test func benchTimesALayerAndSaysHowItWent() throws {
        let result = try Tool.run([
            "bench", "--network", "mixed", "--filter", "seed.conv1d", "--repetitions", "3", "--calls", "all",
            "--roofline",
        ])
        #expect(result.status == 0, "\(result.error)")
        for part in ["seed.conv1d  (1, 1, 16) * (1, 1, 3)", "Roofline", "Calls around", "Choice", "Noise"] {
            #expect(result.output.contains(part), "\(part)")
        }
        #expect(!result.output.contains("\u{1B}"))
        for line in result.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    @Test func benchThatHasNothingToTimeSaysSoFirst() throws {
        let result = try Tool.run(["bench", "--filter", "s4.1x1", "--algorithms", "depthwise"])
        #expect(result.status == 2)
        #expect(result.output == "")
        #expect(result.error.contains("none of the algorithms applies"))
    }

    @Test func layersAreListedWithoutBeingTimed() throws {
        let result = try Tool.run(["bench", "--list", "--network", "encodec", "--filter", "down", "--format", "json"])
        #expect(result.status == 0, "\(result.error)")
        let rows = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(
            rows.map { $0["name"] as? String } == ["encodec.down2", "encodec.down4", "encodec.down5", "encodec.down8"])
        #expect(rows[3]["output_shape"] as? [Int] == [1, 512, 75])
        #expect(rows.allSatisfy { $0["median_ms"] == nil })
        let table = try Tool.run(["bench", "--list"])
        #expect(table.output.hasPrefix("layer "))
        #expect(table.output.contains("resnet50.s4.3x3 "))
        #expect(table.output.contains("4.09 GMAC"))
    }

    @Test func networksAreListedForPrograms() throws {
        let folder = try TemporaryFolder()
        let result = try Tool.run(
            ["bench", "--network", "list", "--format", "json", "-o", "networks.json"], in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/networks.json"))
        let networks = try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        #expect(networks.count == 13)
        #expect(networks.contains { $0["network"] as? String == "resnet50" && $0["convolutions"] as? Int == 53 })
    }

    @Test func networksAreListed() throws {
        let result = try Tool.run(["bench", "--network", "list"])
        #expect(result.status == 0)
        #expect(result.output.hasPrefix("network "))
        #expect(result.output.split(separator: "\n").count == 14)
    }

    @Test func helpAndVersionAreAnswers() throws {
        let help = try Tool.run(["--help"])
        #expect(help.status == 0)
        for command in ["run", "run-cases", "bench", "check", "explain", "info"] {
            #expect(help.output.contains("  \(command) "))
        }
        #expect(try Tool.run(["--version"]).status == 0)
    }

    @Test func aClosedPipeEndsQuietly() throws {
        let scratch = try TemporaryFolder()
        let errors = try scratch.write("err", "")
        let process = Process()
        process.executableURL = Tool.url
        process.arguments = ["explain"]
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        process.standardOutput = pipe
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 0)
        #expect(try String(contentsOfFile: errors, encoding: .utf8) == "")
    }
}
