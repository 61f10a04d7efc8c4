// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The tool where the system gives it little.
@Suite(.timeLimit(.minutes(2))) struct ToolLimitTests {
    private func tensors() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.writeSafetensors(
            "case.safetensors",
            [
                ("x", [1, 16, 40, 40], (0..<16 * 1600).map { Float($0 % 7) }),
                ("w", [32, 16, 3, 3], (0..<32 * 16 * 9).map { Float($0 % 5) }),
            ])
        // Any user reads, and writes beside it.
        for (path, mode) in [(folder.path, 0o777), (folder.path + "/case.safetensors", 0o644)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        return folder
    }

    private func run(_ folder: TemporaryFolder, under command: [String], _ more: String...) throws -> Data {
        let output = folder.path + "/\(UUID().uuidString).npy"
        let file = folder.path + "/case.safetensors"
        let result = try Tool.run(
            [
                "run", "--op", "conv2d", "--input", file + ":x", "--weight", file + ":w", "--padding", "1",
                "--algorithm",
                "gemm", "--output", output,
            ] + more, under: command)
        #expect(result.status == 0, "\(command) \(more): \(result.error)")
        return try Data(contentsOf: URL(fileURLWithPath: output))
    }

    @Test(.enabled(if: LimitedSystem.limitsThreads, "limits another user's threads: root, setpriv and prlimit"))
    func aConvolutionNeedsNoThreadBesideItsCaller() throws {
        let folder = try tensors()
        let answer = try run(folder, under: [])
        var cases = 0
        // Alone, with room for one or two more, and for all.
        for processes in [1, 2, 3, 200] {
            for threads in ["2", "64"] {
                let command = LimitedSystem.asAnotherUser + ["prlimit", "--nproc=\(processes)"]
                #expect(try run(folder, under: command, "--threads", threads) == answer)
                cases += 1
            }
        }
        #expect(cases == 8)
    }

    @Test(.enabled(if: LimitedSystem.limitsThreads, "limits another user's threads: root, setpriv and prlimit"))
    func measuringNeedsNoThreadBesideItsCaller() throws {
        let command = LimitedSystem.asAnotherUser + ["prlimit", "--nproc=1"]
        let bench = try Tool.run(
            [
                "bench", "--network", "mixed", "--filter", "seed.conv2d", "--threads", "2", "--repetitions", "2",
                "--calls", "all", "--roofline", "--tuning", "measured", "--algorithms", "auto,gemm",
            ], under: command)
        #expect(bench.status == 0, "\(bench.error)")
        let info = try Tool.run(["info"], under: command)
        #expect(info.status == 0, "\(info.error)")
        // A build that is compared is a process more.
        let check = try Tool.run(["check", "--against", Tool.url.path, "--filter", "seed.conv1d"], under: command)
        #expect(check.status == 74)
        #expect(check.error.hasPrefix("error: ") && check.error.split(separator: "\n").count == 1, "\(check.error)")
    }

    @Test(
        .enabled(if: !isSanitized, "AddressSanitizer takes terabytes of addresses, and reads /proc"),
        .enabled(if: LimitedSystem.path("prlimit") != nil, "has prlimit")
    )
    func threadsWithoutMemoryForTheirStacksDoNotCome() throws {
        let folder = try tensors()
        let answer = try run(folder, under: [])
        // A stack of 4 GiB for each thread that takes the system's default, in a space of 3 GiB.
        let command = ["prlimit", "--stack=4294967296:4294967296", "--as=3221225472"]
        #expect(try run(folder, under: command, "--threads", "64") == answer)
    }

    @Test(.enabled(if: LimitedSystem.bindsProcessors, "has taskset"))
    func oneProcessorIsUsedWhereOneIsAllowed() throws {
        let result = try Tool.run(["info", "--format", "json"], under: ["taskset", "-c", "0"])
        #expect(result.status == 0, "\(result.error)")
        let json = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(json["cores"] as? Int == 1)
        #expect(json["threads"] as? Int == 1)
        let text = try Tool.run(["info"], under: ["taskset", "-c", "0"]).output
        #expect(text.contains("1 core"))
        let folder = try tensors()
        let file = folder.path + "/case.safetensors"
        let run = try Tool.run(
            [
                "run", "--op", "conv2d", "--input", file + ":x", "--weight", file + ":w", "--output",
                folder.path + "/y.npy",
            ], under: ["taskset", "-c", "0"])
        #expect(run.error.contains("1 thread "), "\(run.error)")
    }

    @Test(
        .enabled(if: !isSanitized, "AddressSanitizer takes terabytes of addresses, and reads /proc"),
        .enabled(if: LimitedSystem.hidesProc, "hides /proc: root and unshare")
    )
    func everyCommandWorksWithoutProc() throws {
        let folder = try tensors()
        let answer = try run(folder, under: [])
        #expect(try run(folder, under: LimitedSystem.withoutProc, "--threads", "2") == answer)
        let commands: [[String]] = [
            ["explain"], ["info"], ["--version"], ["run", "--help"],
            ["bench", "--network", "mixed", "--filter", "seed.conv1d", "--repetitions", "2", "--calls", "all"],
            ["run-cases", ToolCasesTests.conformance],
            [
                "check", "--against", Tool.url.path, "--network", "mixed", "--filter", "seed.conv1d", "--tolerance",
                "1000%", "--max-time", "20",
            ],
        ]
        for command in commands {
            let result = try Tool.run(command, under: LimitedSystem.withoutProc)
            #expect(result.status == 0, "\(command): \(result.error)")
            #expect(!result.output.isEmpty)
        }
        let none = try Tool.run([], under: LimitedSystem.withoutProc)
        #expect(none.status == 64)
        #expect(none.error.hasPrefix("error: "))
    }
}
