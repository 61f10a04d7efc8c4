// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// The tool where threads have 128 KiB of stack: its own, and those that Dispatch starts.
@Suite struct ToolStackTests {
    private static func run(_ arguments: [String], in folder: String) throws {
        let command = ([Tool.url.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "ulimit -s 128 && exec \(command)"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(
            process.terminationReason == .exit && process.terminationStatus == 0,
            "\(arguments): status or signal \(process.terminationStatus)")
    }

    @Test func convolutionsRun() throws {
        let folder = try TemporaryFolder()
        for (name, shape) in [
            ("x1", [1, 32, 3000]), ("w1", [32, 32, 65]), ("x2", [2, 16, 30, 30]), ("w2", [16, 16, 3, 3]),
            ("w3", [16, 1, 5, 5]),
        ] {
            try Tensor.randn(shape, seed: 1).write(to: "\(folder.path)/\(name).npy")
        }
        func arguments(_ input: String, _ weight: String, _ others: [String]) -> [String] {
            [
                "run", "--op", input == "x1" ? "conv1d" : "conv2d", "--input", "\(input).npy", "--weight",
                "\(weight).npy",
            ]
                + ["--output", "y.npy", "--precision", "fast", "--threads", "2"] + others
        }
        try Self.run(arguments("x1", "w1", []), in: folder.path)
        try Self.run(arguments("x2", "w3", ["--groups", "16"]), in: folder.path)
        for algorithm in Algorithm.allCases where algorithm != .depthwise && algorithm != .fft {
            try Self.run(arguments("x2", "w2", ["--algorithm", algorithm.rawValue, "--padding", "1"]), in: folder.path)
        }
    }

    @Test(arguments: [
        ["info"], ["explain"], ["--help"], ["bench", "--network", "list"],
        ["bench", "--network", "crepe", "--algorithms", "auto", "--repetitions", "1"],
    ])
    func commandsRun(arguments: [String]) throws {
        try Self.run(arguments, in: "/")
    }
}
