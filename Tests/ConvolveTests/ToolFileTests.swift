// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// Where `run` finds its tensors and leaves its answer, and what it does where the system gives out.
@Suite struct ToolFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Tensor.arange(16).view([1, 1, 16]).write(to: folder.path + "/x.npy")
        try Tensor([2], shape: [1, 1, 1]).write(to: folder.path + "/w.npy")
    }

    private var doubled: Tensor {
        get throws { try Tensor((0..<16).map { Float(2 * $0) }, shape: [1, 1, 16]) }
    }

    /// Runs a line of the shell, in which `convolve` is the tool and `$run` the beginning of a call.
    private func shell(_ script: String) throws -> Tool.Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "run='\(Tool.url.path) run --op conv1d'\nconvolve='\(Tool.url.path)'\n\(script)"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let scratch = try TemporaryFolder()
        let paths = [try scratch.write("out", ""), try scratch.write("err", "")]
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        let texts = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        return Tool.Result(
            status: process.terminationStatus, output: String(decoding: texts[0], as: UTF8.self),
            error: String(decoding: texts[1], as: UTF8.self))
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    // MARK: Inputs and outputs

    @Test(arguments: [
        "cat x.npy | $run --input - --weight w.npy --output y.npy",
        "$run --input - --weight w.npy --output y.npy <x.npy",
        "cat x.npy | $run --input /dev/stdin --weight w.npy --output y.npy",
        "$run --input /dev/stdin --weight /dev/fd/3 --output y.npy <x.npy 3<w.npy",
        "cat x.npy | $run --input x.npy --weight w.npy --output - >y.npy",
        "$run --input x.npy --weight w.npy --output /dev/stdout | cat >y.npy",
        "$run --input x.npy --weight w.npy --output - | $run --input - --weight one.npy --output y.npy",
        "mkfifo p.npy; cat x.npy >p.npy & $run --input p.npy --weight w.npy --output y.npy",
        "cp x.npy plain; $run --input plain --weight w.npy --output y.npy",
        "cp x.npy ./-x.npy; $run --input -x.npy --weight w.npy --output y.npy",
    ])
    func pipesAndOpenFilesAreInputsAndOutputs(script: String) throws {
        try Tensor([1], shape: [1, 1, 1]).write(to: folder.path + "/one.npy")
        let result = try shell(script)
        #expect(result.status == 0, "\(result.error)")
        #expect(try Tensor(contentsOf: folder.path + "/y.npy") == doubled)
    }

    @Test func aKeyOfAPipeIsRead() throws {
        try folder.writeSafetensors("m.safetensors", [("a", [1], [0]), ("b.w", [1, 1, 1], [2]), ("c", [2], [0, 0])])
        for weight in ["-:b.w", "/dev/stdin:b.w", "/dev/fd/0:b.w"] {
            let result = try shell("cat m.safetensors | $run --input x.npy --weight \(weight) --output y.npy")
            #expect(result.status == 0, "\(weight): \(result.error)")
            #expect(try Tensor(contentsOf: folder.path + "/y.npy") == doubled)
        }
    }

    @Test func standardInputHasOneTensor() throws {
        let result = try shell("$run --input - --weight - --output y.npy <x.npy")
        #expect(result.status == 64)
        #expect(result.error.contains("Standard input"))
    }

    @Test func keysAndFilesMayHaveColons() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        try folder.writeSafetensors(
            "m.safetensors",
            [(composed, [1, 1, 1], [1]), (decomposed, [1, 1, 1], [2]), ("a.safetensors:b:c", [1, 1, 1], [2])])
        try folder.writeSafetensors("q.safetensors:n.safetensors", [("only", [1, 1, 1], [2]), ("other", [1], [0])])
        for weight in [
            "m.safetensors:\(decomposed)", "m.safetensors:a.safetensors:b:c", "q.safetensors:n.safetensors:only",
        ] {
            let result = try shell("$run --input x.npy --weight '\(weight)' --output y.safetensors:r.safetensors:1")
            #expect(result.status == 0, "\(result.error)")
            #expect(try Tensor(contentsOf: folder.path + "/y.safetensors", key: "r.safetensors:1") == doubled)
        }
        let plain = try shell("$run --input x.npy --weight 'm.safetensors:\(composed)' --output y.npy")
        #expect(plain.status == 0)
        #expect(try Tensor(contentsOf: folder.path + "/y.npy") == Tensor.arange(16).view([1, 1, 16]))
    }

    // MARK: Refusals

    @Test(arguments: [
        ("--input nowhere.npy --weight w.npy --output y.npy", "nowhere.npy: can't be read: no such file"),
        ("--input nowhere --weight w.npy --output y.npy", "nowhere: can't be read: no such file"),
        ("--input d --weight w.npy --output y.npy", "d: can't be read: it is a directory"),
        ("--input m.safetensors:k --weight w.npy --output y.npy", "m.safetensors: can't be read: no such file"),
        ("--input x.npy:k --weight w.npy --output y.npy", "x.npy: the tensor of a .npy file has no name"),
        ("--input text --weight w.npy --output y.npy", "text: its first bytes are neither"),
        ("--input x.npy --weight w.npy --output n/y.npy", "n/y.npy: can't be written: its folder does not exist"),
        ("--input x.npy --weight w.npy --output d", "d must end"),
        ("--input x.npy --weight w.npy --output d.npy", "d.npy: can't be written: it is a directory"),
        ("--input x.npy --weight w.npy --output x.npy/y.npy", "a part of its path is no directory"),
    ])
    func aWrongPathIsSaidPlainly(arguments: String, text: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/d", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder.path + "/d.npy", withIntermediateDirectories: true)
        _ = try folder.write("text", "more than sixteen letters")
        let result = try shell("$run \(arguments)")
        guard !text.hasPrefix("d must") else {
            #expect(result.status == 64)
            return
        }
        #expect(result.status == 65)
        #expect(result.error.hasPrefix("error: ") && result.error.contains(text), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(result.output == "")
    }

    @Test func aLimitOnTheSizeOfFilesLeavesTheOldOne() throws {
        try Tensor.zeros([1, 1, 100_000]).write(to: folder.path + "/big.npy")
        try Tensor.ones([1]).write(to: folder.path + "/y.npy")
        let before = try names()
        let result = try shell("ulimit -f 100; $run --input big.npy --weight w.npy --output y.npy")
        #expect(result.status == 74)
        #expect(result.error == "error: y.npy: can't be written: File too large\n")
        #expect(try Tensor(contentsOf: folder.path + "/y.npy") == Tensor.ones([1]))
        #expect(try names() == before)
    }

    @Test func recordsAndTablesLeaveTheOldOneToo() throws {
        let entry = """
            {"algorithm":"gemm","execution":"","machine":"","milliseconds":{},"problem":"\(String(repeating: "x", count: 2000))"}
            """
        let record = #"{"entries":[\#(entry)],"format":"swift-convolution tuning","version":1}"#
        _ = try folder.write("t.json", record)
        _ = try folder.write("rows.json", "old")
        // A limit of 512 or 1024 bytes, within which are the messages.
        let tuned = try shell(
            "ulimit -f 1; $run --input x.npy --weight w.npy --output /dev/null --tuning measured --tuning-file t.json")
        #expect(tuned.status == 74, "\(tuned.error)")
        #expect(tuned.error == "error: The tuning file t.json: can't be written: File too large\n")
        #expect(try String(contentsOfFile: folder.path + "/t.json", encoding: .utf8) == record)
        let bench = try shell(
            "ulimit -f 1; $convolve bench --network mixed --filter seed --repetitions 1 --format json --output rows.json"
        )
        #expect(bench.status == 74)
        #expect(bench.error.hasSuffix("error: rows.json: can't be written: File too large\n"), "\(bench.error)")
        #expect(try String(contentsOfFile: folder.path + "/rows.json", encoding: .utf8) == "old")
        #expect(try names() == ["rows.json", "t.json", "w.npy", "x.npy"])
    }

    #if os(Linux)
        @Test func aFullDeviceIs74() throws {
            let result = try shell("$run --input x.npy --weight w.npy --output /dev/full")
            #expect(result.status == 74)
            #expect(result.error == "error: /dev/full: can't be written: No space left on device\n")
            #expect(try shell("$convolve explain >/dev/full").status == 74)
        }

        @Test(.enabled(if: !isSanitized))
        func littleMemoryIsEnoughOrAnError() throws {
            try Tensor.zeros([1, 1, 100_000]).write(to: folder.path + "/x.npy")
            try Tensor.ones([160, 1, 1]).write(to: folder.path + "/w.npy")
            var statuses: [Int32] = []
            // The output has 64 MB, and the tool itself needs some.
            for mebibytes in stride(from: 100, through: 400, by: 30) {
                let result = try shell(
                    "ulimit -v \(mebibytes << 10); $run --input x.npy --weight w.npy --output /dev/null --threads 2")
                statuses.append(result.status)
                #expect(result.status == 0 || result.status == 74, "\(mebibytes) MiB: \(result.error)")
                guard result.status == 74 else { continue }
                #expect(result.error == "error: There is no memory for a buffer of 64000000 bytes\n")
            }
            #expect(statuses.contains(74) && statuses.last == 0, "\(statuses)")
        }
    #endif
}
