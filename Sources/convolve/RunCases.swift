// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve run-cases`: many cases in one process.
struct RunCases: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-cases",
        abstract: "Check the answers to many cases at once.",
        discussion: """
            Prints a line for each failing case and a last line "N passed, N failed, N skipped". Exit code 0 if some \
            passed and none failed, 1 if one failed, and 5 if none was run. Cases of operations that are not offered, and \
            cases that the algorithm asked for does not apply to, are skipped; standard error says which and how many.

            The manifest is a JSON list of cases: id, op (conv1d, conv2d, conv3d, conv_transpose1d, ...), input_shape, weight_shape, bias_shape, \
            stride, dilation, groups, padding ("same", "valid", or numbers, one an axis), pads (instead: before and \
            after each axis), padding_mode, has_bias, expected ("ok", or "error": the call must fail), tol (rtol and \
            atol) and file, a .safetensors file beside the manifest with the tensors input, weight, bias and output.
            """)

    @Argument(
        help: ArgumentHelp("A list of cases in JSON, their tensors beside it.", valueName: "manifest.json"),
        completion: .jsonFiles)
    var manifest: String

    @Option(help: ArgumentHelp("Run these cases only.", valueName: "id,..."))
    var select: String?

    @OptionGroup(title: "Execution")
    var execution: ExecutionOptions

    func run() throws {
        try execution.requireAvailable()
        let manifest = try Manifest(contentsOf: manifest)
        // An option without ids selects nothing.
        let ids = select?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let runner = CaseRunner(manifest: manifest, options: execution.library)
        var tally = CaseTally()
        let cases = try manifest.selected(ids)
        var progress = Progress(total: cases.count)
        defer { progress.clear() }
        for testCase in cases {
            progress.show(testCase.id)
            let outcome = try runner.run(testCase)
            tally.add(outcome)
            progress.done += 1
            if case .failed(let reason) = outcome {
                progress.clear()
                try report("FAIL \(testCase.id): \(reason)\n")
            }
        }
        progress.clear()
        for (reason, count) in tally.reasons {
            StandardError.write("skipped \(count): \(reason)\n")
        }
        try report(tally.summary + "\n")
        if tally.failed > 0 { throw Failure(.no) }
        if tally.passed == 0 {
            throw Failure(.noCase, "no case was run: \(tally.reasons.isEmpty ? "none is selected" : "all are skipped")")
        }
    }

    /// Goes on without a reader: the exit code is an answer too.
    private func report(_ text: String) throws {
        do { try StandardOutput.write(text) } catch is OutputClosed {}
    }
}

/// Counts outcomes.
struct CaseTally: Equatable {
    private(set) var passed = 0
    private(set) var failed = 0
    private var skipped: [String: Int] = [:]

    mutating func add(_ outcome: CaseOutcome) {
        switch outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .skipped(let reason): skipped[reason, default: 0] += 1
        }
    }

    /// Why cases were skipped and how many, by name.
    var reasons: [(reason: String, count: Int)] {
        skipped.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    var summary: String {
        "\(passed) passed, \(failed) failed, \(skipped.values.reduce(0, +)) skipped"
    }
}
