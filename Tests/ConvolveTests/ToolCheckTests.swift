// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

/// `check` as a process, between programs that answer as `bench --serve` does with times of the test's choice: no verdict
/// here depends on a clock.
@Suite struct ToolCheckTests {
    private let folder: TemporaryFolder
    private let layers: String

    init() throws {
        folder = try TemporaryFolder()
        layers = try folder.write("layers.json", "[\(Self.layer("a")), \(Self.layer("b"))]")
    }

    private static func layer(_ name: String) -> String {
        """
        {"name": "\(name)", "rank": 1, "n": 1, "c": 1, "size": [16], "k": 1, "kernel": [3], "stride": [1], \
        "padding": [0], "dilation": [1], "groups": 1}
        """
    }

    /// A build whose time for a layer is a shell expression of its name and of the number of the launch.
    private func build(_ name: String, microseconds: String, peak: Int = 100, algorithm: String = "gemm") throws
        -> String
    {
        try script(
            name,
            """
            echo >>"$0.launches"
            launch=$(wc -l <"$0.launches")
            while read -r line; do
                layer=${line#*'"name":"'}
                layer=${layer%%'"'*}
                us=\(microseconds)
                echo "{\\"layer\\":\\"$layer\\",\\"resolved\\":\\"\(algorithm)\\",\\"isa\\":\\"avx2\\",\\"threads\\":1,\\
            \\"min_ms\\":$((us / 1000)).$(printf %03d $((us % 1000))),\\"gflops\\":50,\\"peak_fraction\\":\(50.0 / Double(peak))}"
            done
            """)
    }

    private func script(_ name: String, _ body: String) throws -> String {
        let path = try folder.write(name, "#!/bin/sh\n" + body + "\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private func check(_ arguments: String...) throws -> Tool.Result {
        try Tool.run(["check"] + arguments, in: folder.path)
    }

    private func against(_ base: String, _ head: String, _ more: String...) throws -> Tool.Result {
        try Tool.run(["check", "--against", base, "--head", head, "--layers", layers] + more, in: folder.path)
    }

    @Test func theSameTimesPass() throws {
        let base = try build("base", microseconds: "$((1000 + launch % 3 * 20))")
        let result = try against(base, try build("head", microseconds: "$((1010 + launch % 3 * 20))"))
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error == "")
        #expect(result.output.contains("+1.0%"))
        for line in result.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    }

    @Test func aSlowerLayerIsNamed() throws {
        let base = try build("base", microseconds: "1000")
        let head = try build("head", microseconds: "$([ $layer = b ] && echo 1100 || echo 1000)", algorithm: "direct")
        let result = try against(base, head, "--format", "json")
        #expect(result.status == 1)
        #expect(result.error.hasPrefix("error: 1 of 2 slower"))
        #expect(result.error.contains("b (1 thread) by 10.0%"))
        #expect(result.error.split(separator: "\n").count == 1)
        let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(rows.map { $0["verdict"] as? String } == ["pass", "slower"])
        #expect(rows[0]["reference_algorithm"] as? String == "gemm")
        #expect(rows[0]["head_algorithm"] as? String == "direct")
        #expect(try against(base, head, "--tolerance", "0.25").status == 0)
        #expect(try against(head, base).status == 0)
    }

    @Test func timesThatScatterAreNoVerdict() throws {
        let base = try build("base", microseconds: "1000")
        let head = try build("head", microseconds: "$((1000 + launch % 2 * 200))")
        let result = try against(base, head)
        #expect(result.status == 2)
        #expect(result.error.hasPrefix("error: could not measure 2 of 2: a (1 thread): too noisy"))
        #expect(result.output.contains("undecided"))
    }

    @Test func aRegressionAmongNoiseIsOne() throws {
        let base = try build("base", microseconds: "1000")
        let head = try build(
            "head", microseconds: "$([ $layer = b ] && echo 1300 || echo $((1000 + launch % 2 * 200)))")
        let result = try against(base, head)
        #expect(result.status == 1)
        #expect(result.error.contains("b (1 thread) by 30.0%"))
    }

    private static let zeroTime =
        "{\"layer\":\"a\",\"resolved\":\"gemm\",\"isa\":\"avx2\",\"threads\":1,\"min_ms\":0,"
        + "\"gflops\":1,\"peak_fraction\":1}"

    @Test(arguments: [
        ("exit 3", "exit code 3"), ("exit 0", "exit code 0"), ("read -r line; kill -9 $$", "signal 9"),
        ("kill -SEGV $$", "signal 11"), ("read -r line; echo nonsense", "nonsense"), ("cat", "nonsense"),
        ("while echo y; do :; done", "nonsense"), ("read -r line; tr '\\0' x </dev/zero", "without an end"),
        ("read -r line; sleep 30", "not answered"), ("read -r line; exec 1>&-; sleep 30", "output is closed"),
        ("read -r line; echo '\(zeroTime)'", "nonsense"),
    ])
    func aBuildThatDoesNotAnswerIsNoVerdict(body: String, words: String) throws {
        let base = try script("base", body)
        let head = try build("head", microseconds: "1000")
        for sides in [(base, head), (head, base)] {
            let result = try against(sides.0, sides.1, "--answer-timeout", "0.5")
            #expect(result.status == 3)
            #expect(result.error.hasPrefix("error: \(base) "))
            #expect(result.error.contains(words), "\(result.error)")
            #expect(result.error.split(separator: "\n").count == 1)
            #expect(result.output == "")
        }
        let alone = try check("--baseline", baseline(), "--head", base, "--answer-timeout", "0.5")
        #expect(alone.status == 3)
    }

    @Test func aBuildThatDoesNotTimeALayerCouldNotMeasure() throws {
        let base = try script("base", "read -r line; echo '{\"error\": \"no such layer\"}'")
        let result = try against(base, try build("head", microseconds: "1000"))
        #expect(result.status == 2)
        #expect(result.error.contains("no such layer"))
    }

    @Test func aBuildThatCannotBeStartedIsWrongUsage() throws {
        let head = try build("head", microseconds: "1000")
        let text = try folder.write("text", "no program")
        let empty = try folder.write("empty", "")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: empty)
        for path in ["/nowhere/convolve", text, folder.path, text + "/convolve", empty] {
            for sides in [(path, head), (head, path)] {
                let result = try against(sides.0, sides.1)
                #expect(result.status == 64, "\(path)")
                #expect(result.error.hasPrefix("error: \(path) cannot be started: "), "\(result.error)")
                #expect(result.error.split(separator: "\n").count == 1)
            }
            #expect(try check("--baseline", baseline(), "--head", path).status == 64)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func noProcessIsLeftBehind(signal: Int32) throws {
        // What a build starts is left behind too, unless it is ended with it.
        let body = "echo $$ >>\(folder.path)/started; sleep 60 & echo $! >>\(folder.path)/started; wait"
        let base = try script("base", body)
        let tool = try ChildProcess(
            path: Tool.url.path,
            arguments: [
                "check", "--against", base, "--head", base, "--layers", layers, "--answer-timeout", "3600",
            ])
        func started() -> [pid_t] {
            let text = (try? String(contentsOfFile: folder.path + "/started", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { pid_t($0) }
        }
        for _ in 0..<1000 where started().count < 4 { usleep(10_000) }
        #expect(started().count == 4)
        kill(tool.identifier, signal)
        #expect(tool.hasEnded(within: 30))
        #expect(tool.ending == .signal(signal))
        // Whoever adopts them may take a moment to notice.
        for _ in 0..<500 where started().contains(where: Self.isRunning) { usleep(10_000) }
        #expect(!started().contains(where: Self.isRunning))
    }

    /// Whether there is such a process, and it is not merely waiting to be noticed.
    private static func isRunning(_ identifier: pid_t) -> Bool {
        guard kill(identifier, 0) == 0 else { return false }
        let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)
        return text.map { !$0.contains(") Z ") } ?? true
    }

    @Test func thisBuildIsTheHeadByItself() throws {
        let base = try build("base", microseconds: "100000000")
        let result = try check("--against", base, "--layers", layers, "--filter", "a", "--format", "json")
        #expect(result.status == 0, "\(result.error)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(rows.map { $0["reference_ms"] as? Double } == [100_000])
        #expect(try #require(rows[0]["head_ms"] as? Double) < 100_000)
    }

    @Test func wrongUsageIs64() throws {
        for arguments in [
            [], ["--against", "x", "--baseline", "y"], ["--against", "x", "--update"],
            ["--against", "x", "--tolerance", "0"], ["--against", "x", "--threads", "0"],
            ["--against", "x", "--layers", "l", "--network", "vgg16"], ["--baseline", "x", "--max-time", "-1"],
        ] {
            let result = try Tool.run(["check"] + arguments)
            #expect(result.status == 64, "\(arguments)")
            #expect(result.output == "")
        }
    }

    // The baselines below are edited, not measured: the machine may be busy with other tests.
    private func baseline(
        _ edits: [(String, Any)] = [], rowTime: (low: Double, high: Double) = (0.1, 0.1), threads: Int = 1
    ) throws -> String {
        let info = try Tool.run(["info", "--format", "json"])
        let machine = try #require(JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any])
        let layer = try JSONSerialization.jsonObject(with: Data(Self.layer("a").utf8))
        var document: [String: Any] = [
            "version": 1, "tool": "0.1.0",
            "machine": [
                "processor": machine["processor"]!, "identity": identity(), "architecture": machine["architecture"]!,
                "cores": machine["cores"]!, "isas": machine["isas_available"]!, "peak": 100, "bandwidth": 10,
            ] as [String: Any],
            "rows": [
                [
                    "item": ["layer": layer, "threads": threads, "algorithm": "auto", "isa": "auto"],
                    "resolved": "gemm",
                    "isa": "avx2", "probe": "arithmetic", "launches": 12,
                    "time": ["low": rowTime.low, "median": 0.1, "high": rowTime.high],
                ] as [String: Any]
            ],
        ]
        for (key, value) in edits {
            if key == "version" || key == "rows" {
                document[key] = value
            } else {
                var machine = try #require(document["machine"] as? [String: Any])
                machine[key] = value
                document["machine"] = machine
            }
        }
        let data = try JSONSerialization.data(withJSONObject: document)
        return try folder.write("baseline-\(UUID().uuidString).json", Array(data))
    }

    private func identity() -> String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let fields = text.split(separator: "\n").map { (line: Substring) -> [String] in
            line.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let names = ["vendor_id", "cpu family", "model", "stepping"]
        return names.compactMap { (name: String) -> String? in fields.first { $0[0] == name }?[1] }
            .joined(separator: " ")
    }

    @Test(arguments: [
        ("cores", 1023 as any Sendable, "number of cores is 1023"), ("processor", "Another 9000", "Another 9000"),
        ("isas", ["neon"], "neon"), ("architecture", "vax", "vax"), ("peak", 1e9, "peak over its memory's bandwidth"),
    ])
    func anotherClassOfMachineIsNoVerdict(key: String, value: any Sendable, words: String) throws {
        // Without an exact balance, which a test cannot know: only an absurd one is refused for sure.
        let head = try build("head", microseconds: "1")
        let result = try check("--baseline", baseline([(key, value)]), "--head", head)
        #expect(result.status == 2)
        #expect(result.error.hasPrefix("error: "))
        #expect(result.error.contains(words) || result.error.contains("busy"), "\(result.error)")
    }

    @Test func anUncertainBaselineIsNoVerdict() throws {
        let head = try build("head", microseconds: "1")
        let result = try check("--baseline", baseline(rowTime: (0.09, 0.11)), "--head", head)
        #expect(result.status == 2)
        #expect(result.error.contains("the baseline's own time is uncertain by 10.0%"))
        #expect(result.output.contains("undecided"))
    }

    @Test func aBadBaselineIs65() throws {
        let head = try build("head", microseconds: "1")
        for (path, words) in [
            ("/nowhere/b.json", "/nowhere/b.json"), (try folder.write("x.json", "[]"), "x.json"),
            (try baseline([("version", 99)]), "99"), (try folder.write("y.json", ""), "y.json"),
            (try folder.write("z.json", "{\"version\": 1, \"rows\": []}"), "z.json"), (folder.path, folder.path),
            (try baseline(rowTime: (0.2, 0.3)), "in order"), (try baseline(rowTime: (-0.1, 0.3)), "above 0"),
            (try baseline(threads: 65), "65 threads"), (try baseline([("peak", 0)]), "above 0"),
        ] {
            let result = try check("--baseline", path, "--head", head)
            #expect(result.status == 65)
            #expect(result.error.contains(words))
            #expect(result.error.split(separator: "\n").count == 1)
        }
        #expect(try check("--baseline", baseline([("rows", [Int]())]), "--head", head).status == 65)
        let unknown = try check("--baseline", baseline(), "--head", head, "--layers", layers)
        #expect(unknown.status == 65)
        #expect(unknown.error.contains("no row of b (1 thread)"))
        #expect(try check("--baseline", baseline(), "--head", head, "--filter", "zzz").status == 65)
    }
}
