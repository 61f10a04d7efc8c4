// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// What the tool says to a command line that is none.
@Suite struct ToolUsageTests {
    /// Exit code 64 and one line on standard error, which names each of the words.
    private func expectRefusal(
        _ arguments: [String], naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 64, "\(arguments)", sourceLocation: sourceLocation)
        #expect(result.output == "", "\(arguments)", sourceLocation: sourceLocation)
        #expect(result.error.hasPrefix("error: "), "\(result.error)", sourceLocation: sourceLocation)
        #expect(result.error.hasSuffix("\n"), sourceLocation: sourceLocation)
        #expect(result.error.filter(\.isNewline).count == 1, "\(result.error)", sourceLocation: sourceLocation)
        for word in words { #expect(result.error.contains(word), "\(result.error)", sourceLocation: sourceLocation) }
    }

    @Test func aMissingCommandIsWrongUsage() throws {
        for arguments in [[], ["--"]] {
            try expectRefusal(arguments, naming: "usage: convolve", "run-cases", "bench")
        }
    }

    @Test func eachCommandRefusesInOneLine() throws {
        try expectRefusal(["nonsense"], naming: "nonsense")
        try expectRefusal([""])
        try expectRefusal(["--nonsense"], naming: "--nonsense")
        try expectRefusal(["run"], naming: "convolve run --help")
        try expectRefusal(["run", "--op", "conv4d"], naming: "conv4d", "conv1d")
        try expectRefusal(["info", "--nonsense"], naming: "--nonsense", "convolve info --help")
        try expectRefusal(["run-cases"], naming: "manifest")
        try expectRefusal(["run-cases", "a", "b"], naming: "'b'")
        try expectRefusal(["bench", "--min-time"], naming: "--min-time")
        try expectRefusal(["bench", "--min-time", "soon"], naming: "soon")
        try expectRefusal(["bench", "--network", "resnet51"], naming: "resnet51", "resnet50")
        try expectRefusal(["bench", "--min-time", "1", "--repetitions", "2"], naming: "exclude")
        try expectRefusal(["check"], naming: "--baseline", "--against")
        try expectRefusal(["explain", "--stride", "x"], naming: "'x'")
        try expectRefusal(["info", "--explain-choice"], naming: "--layer")
        try expectRefusal(["help", "--nonsense"])
    }

    @Test func theWrongOneOfAListIsNamed() throws {
        try expectRefusal(["bench", "--algorithms", "direct,foo"], naming: "'foo' is none of", "winograd4")
        try expectRefusal(["bench", "--algorithms", "gemm,all"], naming: "'all'")
        try expectRefusal(["bench", "--algorithms", "gemm,"], naming: "''")
        try expectRefusal(["bench", "--isa", "avx2,avx3"], naming: "'avx3' is none of", "scalar")
        try expectRefusal(["bench", "--executor", "dispatch,tbb"], naming: "'tbb' is none of", "openmp")
        try expectRefusal(["bench", "--calls", "plan,second"], naming: "'second' is none of", "functional")
    }

    @Test func threadsHaveOneLimit() throws {
        for count in ["0", "65", "1024", "-1"] {
            for command in [["info"], ["bench"], ["check", "--against", "/bin/true"]] {
                try expectRefusal(command + ["--threads=\(count)"], naming: "from 1 to 64", count)
            }
        }
        for command in ["run", "run-cases", "info"] {
            #expect(try Tool.run([command, "--help"]).output.contains("at most 64"))
        }
        #expect(try Tool.run(["info", "--threads", "64"]).status == 0)
        let layer = """
            {"name": "a", "rank": 1, "n": 1, "c": 1, "size": [16], "k": 1, "kernel": [3], "stride": [1], \
            "padding": [0], "dilation": [1], "groups": 1, "threads": 65}

            """
        let answer = try Tool.run(["bench", "--serve"], input: layer).output
        #expect(answer == "{\"error\":\"threads is 65, not from 1 to 64\"}\n")
        #expect(ConvolutionOptions.mostThreads == 64)
    }

    @Test func helpVersionAndCompletionsAreAnswers() throws {
        let requests: [[String]] = [
            ["--help"], ["-h"], ["help"], ["help", "bench"], ["run", "--help"], ["check", "-h"], ["--version"],
            ["--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"],
            ["--generate-completion-script", "fish"],
        ]
        for request in requests {
            let result = try Tool.run(request)
            #expect(result.status == 0, "\(request)")
            #expect(!result.output.isEmpty)
            #expect(result.error == "")
        }
        let help = try Tool.run(["--help"]).output
        for code in [0, 1, 2, 3, 5, 64, 65, 70, 74] { #expect(help.contains(" \(code) ")) }
    }

    @Test(
        arguments: [
            ("0.1", 0.1), ("10%", 0.1), ("1e-1", 0.1), ("250%", 2.5), ("12.5%", 0.125), ("-10%", -0.1), ("%", nil),
            ("", nil),
            ("10 %", nil), ("10%%", nil), ("ten", nil),
        ] as [(String, Double?)])
    func aShareIsANumberOrInPercent(text: String, value: Double?) {
        #expect(Share(argument: text)?.value == value)
    }

    @Test func aToleranceOutOfRangeIsNamedAsItWasWritten() throws {
        let check = ["check", "--against", "/bin/true", "--tolerance"]
        for text in ["0.001", "0.5%", "1001%", "nan"] { try expectRefusal(check + [text], naming: "got \(text)") }
        try expectRefusal(check + ["ten"], naming: "'ten'")
    }

    @Test func theProgramIsFoundByItsName() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("tool", "")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        _ = try folder.write("text", "")
        #expect(ProgramPath.found("tool", searchPath: "/nowhere:\(folder.path)") == path)
        #expect(ProgramPath.found(path, searchPath: "") == path)
        #expect(ProgramPath.found("text", searchPath: folder.path) == nil)
        #expect(ProgramPath.found("", searchPath: folder.path) == nil)
        #expect(ProgramPath.found("/nowhere/tool", searchPath: folder.path) == nil)
    }
}
