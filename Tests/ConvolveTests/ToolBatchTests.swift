// SPDX-License-Identifier: Apache-2.0

import CConvolveHash
import Convolution
import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// `run-batch` as a process.
@Suite struct ToolBatchTests {
    private let folder: TemporaryFolder

    /// Files of two shapes in a folder and one in it, and a weight.
    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: path("in/deeper"), withIntermediateDirectories: true)
        for index in 0..<6 {
            let name = index % 3 == 0 ? "in/deeper/x\(index).npy" : "in/x\(index).npy"
            try Tensor.randn([1, 4, 8 + index % 2, 9], seed: UInt64(index)).write(to: path(name))
        }
        try Tensor.randn([3, 4, 3, 3], seed: 9).write(to: path("w.npy"))
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func run(_ arguments: [String], input: String = "") throws -> Tool.Result {
        try Tool.run(["run-batch"] + arguments, input: input, in: folder.path)
    }

    private func runFolder(_ arguments: String...) throws -> Tool.Result {
        try run(
            ["--input-folder", "in", "--output-folder", "out", "--weight", "w.npy", "--padding", "1"] + arguments)
    }

    /// The answers' fields.
    private func answers(_ result: Tool.Result) throws -> [[String: Any]] {
        try result.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func states(_ result: Tool.Result) throws -> [String] {
        try answers(result).compactMap { $0["status"] as? String }
    }

    private func outputs() throws -> [String: Data] {
        let names = try #require(FileManager.default.enumerator(atPath: path("out"))).compactMap { $0 as? String }
        return Dictionary(
            uniqueKeysWithValues: try names.filter { $0.hasSuffix(".npy") }.map {
                ($0, try Data(contentsOf: URL(fileURLWithPath: path("out/" + $0))))
            })
    }

    @Test func aFolderIsComputedAndThenSkipped() throws {
        let first = try runFolder()
        #expect(first.status == 0, "\(first.error)")
        #expect(try states(first) == [String](repeating: "done", count: 6))
        #expect(first.error == "6 done, 0 skipped, 0 failed\n")
        let answer = try #require(answers(first).first)
        #expect(answer["input"] as? String == "deeper/x0.npy" && answer["shape"] as? [Int] == [1, 3, 8, 9])
        let expected = try conv2d(
            Tensor(contentsOf: path("in/x4.npy")), weight: Tensor(contentsOf: path("w.npy")), padding: 1)
        let got = try Tensor(contentsOf: path("out/x4.npy"))
        #expect(got.shape == expected.shape)
        #expect(zip(got.elements, expected.elements).allSatisfy { abs($0 - $1) < 1e-4 })
        let second = try runFolder()
        #expect(second.status == 0)
        #expect(try states(second) == [String](repeating: "skipped", count: 6))
    }

    /// Each change makes one output anew.
    @Test func whatHasChangedIsComputedAgain() throws {
        #expect(try runFolder().status == 0)
        let all = try outputs()
        let output = URL(fileURLWithPath: path("out/x1.npy"))
        var broken = try Data(contentsOf: output)
        broken[broken.count - 1] ^= 1
        try broken.write(to: output)
        try FileManager.default.removeItem(atPath: path("out/x2.npy"))
        #expect(try runFolder("--verify", "size").error == "1 done, 5 skipped, 0 failed\n")
        #expect(try runFolder().error == "1 done, 5 skipped, 0 failed\n")
        #expect(try outputs() == all)
        try Tensor.randn([1, 4, 9, 9], seed: 77).write(to: path("in/x1.npy"))
        #expect(try runFolder().error == "1 done, 5 skipped, 0 failed\n")
        #expect(try runFolder("--algorithm", "direct").error == "6 done, 0 skipped, 0 failed\n")
        try Tensor.randn([3, 4, 3, 3], seed: 10).write(to: path("w.npy"))
        #expect(try runFolder("--algorithm", "direct").error == "6 done, 0 skipped, 0 failed\n")
    }

    /// What a worker leaves behind that is killed: outputs without a line, and half a line.
    @Test func anInterruptedBatchGoesOn() throws {
        #expect(try runFolder().status == 0)
        let all = try outputs()
        let manifest = URL(fileURLWithPath: path("out/manifest.jsonl"))
        let lines = try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n")
        try Data((lines[..<3].joined(separator: "\n") + "\n" + lines[3].prefix(40)).utf8).write(to: manifest)
        #expect(try runFolder().error == "3 done, 3 skipped, 0 failed\n")
        #expect(try runFolder().error == "0 done, 6 skipped, 0 failed\n")
        #expect(try outputs() == all)
    }

    @Test func shardsShareTheWorkAndGiveTheSameBytes() throws {
        #expect(try runFolder("--threads", "2").status == 0)
        let all = try outputs()
        try FileManager.default.removeItem(atPath: path("out"))
        let counts = try (1...4).map { try answers(runFolder("--shard", "\($0)/4", "--threads", "1")).count }
        #expect(counts == [2, 2, 1, 1])
        #expect(try outputs() == all && all.count == 6)
        // Whoever comes afterwards reads what all of them have noted.
        #expect(try runFolder().error == "0 done, 6 skipped, 0 failed\n")
        #expect(try runFolder("--shard", "2/3").error == "0 done, 2 skipped, 0 failed\n")
    }

    @Test func aCorruptInputIsReportedAndDoesNotStopTheRest() throws {
        _ = try folder.write("in/a-text.npy", "text")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path("in/x1.npy")))
        _ = try folder.write("in/x3-cut.npy", [UInt8](whole.dropLast()))
        try Tensor.ones([1, 5, 8, 8]).write(to: path("in/z-channels.npy"))
        let result = try runFolder()
        #expect(result.status == 1)
        #expect(result.error == "6 done, 0 skipped, 3 failed\n")
        let failed = try answers(result).filter { $0["status"] as? String == "failed" }
        #expect(failed.compactMap { $0["code"] as? String } == ["malformed", "truncated", "channelMismatch"])
        #expect(failed.allSatisfy { $0["exit_code"] as? Int == 65 && ($0["error"] as? String)?.isEmpty == false })
        #expect(try outputs().count == 6)
        #expect(try runFolder().error == "0 done, 6 skipped, 3 failed\n")
    }

    @Test func jobsSayWhatTheyAre() throws {
        try Tensor.randn([2, 4, 1], seed: 4).write(to: path("k.npy"))
        try Tensor.randn([1, 4, 20], seed: 5).write(to: path("s.npy"))
        try Tensor.randn([4, 2, 3, 3], seed: 6).write(to: path("t-w.npy"))
        let result = try run(
            ["-", "--weight", "w.npy", "--manifest", "done.jsonl"],
            input: """
                {"input": "in/x1.npy", "output": "a.npy", "id": "first", "padding": [[1, 0], [0, 1]]}

                {"input": "in/x1.npy", "output": "b.npy", "stride": 2, "padding": "valid"}
                {"input": "s.npy", "output": "c.safetensors:y", "weight": "k.npy", "op": "conv1d", "stride": [3]}
                {"input": "in/x1.npy", "output": "t.npy", "op": "conv_transpose2d", "weight": "t-w.npy", "stride": 2, \
                "padding": 1, "output_size": [18, 17]}
                {"input": "in/x1.npy", "output": "d.npy", "strides": 2}
                {"input": "in/x1.npy", "output": "d.npy", "output_padding": 1}
                {"input": "in/x1.npy", "output": "in/x1.npy"}
                {"input": "missing.npy", "output": "e.npy"}
                {"output": "f.npy"}
                [1]
                """)
        #expect(result.status == 1, "\(result.error)")
        let answers = try answers(result)
        #expect(answers.compactMap { $0["line"] as? Int } == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        #expect(
            answers.compactMap { $0["code"] as? String } == [
                "badJob", "badJob", "badJob", "unreadable", "badJob", "badJob",
            ])
        #expect(answers[3]["shape"] as? [Int] == [1, 2, 18, 17])
        #expect(answers[0]["id"] as? String == "first" && answers[0]["shape"] as? [Int] == [1, 3, 8, 8])
        #expect(answers[1]["shape"] as? [Int] == [1, 3, 4, 4])
        #expect(try Tensor(contentsOf: path("c.safetensors"), key: "y").shape == [1, 2, 7])
        let again = try run(
            ["-", "--weight", "w.npy", "--manifest", "done.jsonl"],
            input: #"{"input": "in/x1.npy", "output": "b.npy", "stride": [2, 2], "padding": "valid"}"#)
        #expect(try states(again) == ["skipped"])
    }

    /// By whatever names: what a job reads is not written over.
    @Test func anOutputThatTheJobReadsIsRefused() throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: path("symbolic.npy"), withDestinationPath: "in/x1.npy")
        try files.createSymbolicLink(atPath: path("folder"), withDestinationPath: "in")
        try files.linkItem(atPath: path("in/x1.npy"), toPath: path("hard.npy"))
        try Tensor.randn([3], seed: 3).write(to: path("b.npy"))
        let names = [
            "in/x1.npy", "./in/x1.npy", "in//deeper/../x1.npy", path("in/x1.npy"), "symbolic.npy", "folder/x1.npy",
            "hard.npy", "w.npy", "./b.npy",
        ]
        let paths = names.map { URL(fileURLWithPath: $0, relativeTo: URL(fileURLWithPath: folder.path)) }
        func contents() throws -> [Data] { try paths.map { try Data(contentsOf: $0) } }
        let before = try contents()
        let jobs = names.map { #"{"input": "in/x1.npy", "output": "\#($0)"}"# }
        let result = try run(["-", "--weight", "w.npy", "--bias", "b.npy"], input: jobs.joined(separator: "\n"))
        #expect(result.error == "0 done, 0 skipped, \(names.count) failed\n")
        for (answer, name) in zip(try answers(result), names) {
            let read = name == "w.npy" ? "weight 'w.npy'" : name == "./b.npy" ? "bias 'b.npy'" : "input 'in/x1.npy'"
            #expect(answer["error"] as? String == "job: the output '\(name)' is the same file as the \(read)")
            #expect(answer["code"] as? String == "badJob" && answer["exit_code"] as? Int == 65)
        }
        #expect(try contents() == before)
        // A folder's outputs may be links to its inputs too.
        try files.createDirectory(atPath: path("out"), withIntermediateDirectories: true)
        try files.linkItem(atPath: path("in/x2.npy"), toPath: path("out/x2.npy"))
        #expect(try runFolder().error == "5 done, 0 skipped, 1 failed\n")
        // What one job has written another may read, and may be written again.
        let job = #"{"input": "in/x1.npy", "output": "y.npy"}"#
        let next = #"{"input": "y.npy", "output": "z.npy", "weight": "y.npy"}"#
        #expect(
            try states(run(["-", "--weight", "w.npy"], input: "\(job)\n\(job)\n\(next)")) == ["done", "done", "done"])
    }

    @Test(arguments: [
        ["-"], ["-", "--weight", "-"], ["--input-folder", "in", "--weight", "w.npy"], [],
        ["-", "--input-folder", "in", "--output-folder", "out", "--weight", "w.npy"],
        ["--input-folder", "in", "--output-folder", "in/out", "--weight", "w.npy"],
        ["-", "--weight", "w.npy", "--shard", "0/2"], ["-", "--weight", "w.npy", "--shard", "3/2"],
        ["-", "--weight", "w.npy", "--shard", "2"],
    ])
    func wrongUsageIs64(arguments: [String]) throws {
        let result = try run(arguments, input: #"{"input": "in/x1.npy", "output": "y.npy"}"#)
        // A batch of jobs needs no weight of its own.
        #expect(result.status == (arguments == ["-"] ? 1 : 64), "\(arguments): \(result.error)")
        #expect(!FileManager.default.fileExists(atPath: path("in/out")))
    }

    @Test func whatIsWrongForAllJobsIsSaidAtOnce() throws {
        for arguments in [["nothing.jsonl", "--weight", "w.npy"], ["-", "--weight", "nothing.npy"]] {
            let result = try run(arguments, input: #"{"input": "in/x1.npy", "output": "y.npy"}"#)
            #expect(result.status == 65 && result.output == "", "\(arguments)")
            #expect(result.error.hasPrefix("error: nothing"))
        }
        #expect(try run(["--input-folder", "none", "--output-folder", "out", "--weight", "w.npy"]).status == 65)
    }
}

@Suite struct BatchPartsTests {
    /// The examples of FIPS 180-4, and lengths around a block, as `sha256sum` has them.
    @Test func sha256() {
        func hash(_ text: String) -> String {
            var hash = SHA256()
            for byte in text.utf8 { hash.update([byte]) }
            var whole = SHA256()
            whole.update(Array(text.utf8))
            let expected = whole.hexadecimal()
            #expect(hash.hexadecimal() == expected)
            return expected
        }
        #expect(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        let around = [
            (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
            (63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
            (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
            (65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
            (1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
        ]
        for (count, expected) in around { #expect(hash(String(repeating: "a", count: count)) == expected, "\(count)") }
    }

    /// The instructions of the processor, where it has them, and the loop in their stead.
    @Test func sha256WithAndWithoutInstructions() {
        let bytes = (0..<640).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 255) }
        for blocks in 0...10 {
            var (one, other) = ([UInt32](1...8), [UInt32](1...8))
            convolve_sha256(&one, bytes, blocks, convolve_has_sha256())
            convolve_sha256(&other, bytes, blocks, 0)
            #expect(one == other && (blocks == 0) == (one == [UInt32](1...8)), "\(blocks) blocks")
        }
    }

    @Test func shardsCoverAllJobsOnce() {
        for count in 1...7 {
            let shards = (1...count).compactMap { Shard(argument: "\($0)/\(count)") }
            #expect(shards.count == count)
            for index in 0..<30 { #expect(shards.count { $0.contains(index) } == 1) }
        }
        #expect(Shard(argument: "1/1") == .whole && Shard.whole.manifestName == "manifest.jsonl")
        for wrong in ["", "1", "0/1", "2/1", "1/0", "-1/2", "1/2/3", "a/b", "1/"] {
            #expect(Shard(argument: wrong) == nil)
        }
    }

    @Test func linesComeOneByOne() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "x", count: 200_000)
        let reader = try LineReader(Array(try folder.write("lines", "a\n\n\(long)\nlast").utf8))
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        #expect(lines == ["a", "", long, "last"])
        #expect(throws: FileError.self) { _ = try LineReader(Array("/nowhere/lines".utf8)) }
        let endless = try LineReader(Array("/dev/zero".utf8))
        #expect(throws: FileError.self) { _ = try endless.next() }
    }
}
