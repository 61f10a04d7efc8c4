// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

@Suite struct TuningTests {
    private let folder: TemporaryFolder
    private var file: String { folder.path + "/tuning.json" }
    private let weight: Tensor

    init() throws {
        folder = try TemporaryFolder()
        weight = try Tensor.randn([24, 16, 3, 3], seed: 1)
    }

    private func problem(_ size: Int = 12) throws -> ConvolutionProblem {
        try ConvolutionProblem(inputShape: [1, 16, size, size], weightShape: weight.shape, rank: 2, padding: 1)
    }

    private func find(
        _ tuner: Tuner, _ options: ConvolutionOptions = .init(threads: 1), size: Int = 12
    ) throws -> TuningFinding {
        try ConvolutionPlan.finding(
            problem(size), options, weight: weight, file: FilePath(file), by: tuner)
    }

    private func record() throws -> TuningRecord { try TuningRecord(contentsOf: FilePath(file)) }

    @Test func theWinnerIsTheFastestOfTheCandidates() throws {
        let finding = try find(Tuner())
        #expect(finding.milliseconds[finding.algorithm] == finding.milliseconds.values.min())
        #expect(finding.milliseconds.values.allSatisfy { $0 > 0 })
        #expect(finding.milliseconds.keys.allSatisfy { $0 != .reference && $0.precision <= .standard })
        #expect(try record().entries.count == 1)
    }

    @Test func aPlanShowsWhatWasMeasured() throws {
        let input = try Tensor.randn([1, 16, 12, 12], seed: 2)
        for tuning in [Tuning.measured, .measured(file: file)] {
            let options = ConvolutionOptions(tuning: tuning, threads: 1)
            let plan = try ConvolutionPlan(problem(), weight: weight, options: options)
            #expect(plan.measuredMilliseconds[plan.algorithm] != nil)
            let fixed = ConvolutionOptions(algorithm: plan.algorithm, threads: 1)
            #expect(try plan(input) == ConvolutionPlan(problem(), weight: weight, options: fixed)(input))
            // Once chosen, it stays so.
            #expect(try ConvolutionPlan(problem(), weight: weight, options: options).algorithm == plan.algorithm)
            let reports = try ConvolutionPlan.explainChoice(problem(), options: options)
            #expect(reports.first(where: \.isChosen)?.algorithm == plan.algorithm)
            #expect(reports.filter { $0.measuredMilliseconds != nil }.count == plan.measuredMilliseconds.count)
        }
        #expect(try ConvolutionPlan(problem(), weight: weight).measuredMilliseconds.isEmpty)
    }

    @Test func anotherProcessReadsTheFile() throws {
        let first = try find(Tuner())
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try find(Tuner()) == first)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }

    /// Writes a record in which `algorithm` has won.
    private func write(_ algorithm: String, _ options: ConvolutionOptions) throws {
        let key = try TuningKey(problem(), Choice.Machine(options), options)
        let entry: [String: Any] = [
            "problem": key.problem, "execution": key.execution, "machine": key.machine, "algorithm": algorithm,
            "milliseconds": [algorithm: 0.001],
        ]
        let json: [String: Any] = ["format": TuningRecord.formatName, "version": 1, "entries": [entry]]
        try JSONSerialization.data(withJSONObject: json).write(to: URL(fileURLWithPath: file))
    }

    @Test func theFileIsBelievedOnlyWhereItsAlgorithmMayBeChosen() throws {
        let strict = ConvolutionOptions(precision: .strict, threads: 1)
        try write("direct", strict)
        #expect(try find(Tuner(), strict).algorithm == .direct)
        #expect(try find(Tuner(), strict).milliseconds[.direct] == 0.001)
        for algorithm in ["winograd4", "reference", "im2col", "depthwise", "of a later version"] {
            try write(algorithm, strict)
            #expect(try find(Tuner(), strict).milliseconds[.direct] != 0.001)
            #expect(try find(Tuner(), strict).algorithm.rawValue != algorithm)
            #expect(try record().entries.count == 1, "the entry is replaced")
        }
    }

    @Test func entriesOfOtherConditionsStandSideBySide() throws {
        let tuner = Tuner()
        let limits = ConvolutionOptions(threads: 1, workspaceLimit: 1 << 16)
        for options in [.init(threads: 1), .init(threads: 2), .init(precision: .strict, threads: 1), limits] {
            _ = try find(tuner, options)
        }
        for set in InstructionSet.available.dropLast() {
            _ = try find(tuner, .init(instructionSet: set, threads: 1))
        }
        _ = try find(tuner, size: 13)
        #expect(try record().entries.count == 5 + InstructionSet.available.count - 1)
        #expect(tuner.count == 5 + InstructionSet.available.count - 1)
    }

    @Test(arguments: ["", "{}", "[1, 2]", "{\"format\": \"other\", \"version\": 1, \"entries\": []}", "\u{7F}ELF"])
    func whatIsNoRecordIsAnErrorAndStaysAsItIs(text: String) throws {
        _ = try folder.write("tuning.json", text)
        #expect(throws: ConvolutionError.self) { try find(Tuner()) }
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem(), weight: weight, options: .init(tuning: .measured(file: file)))
        }
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan.explainChoice(problem(), options: .init(tuning: .measured(file: file)))
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }

    @Test func filesThatCanNotBeUsedAreErrors() throws {
        let newer = "{\"format\": \"\(TuningRecord.formatName)\", \"version\": 2, \"entries\": []}"
        let paths = [
            folder.path, "/dev/zero", folder.path + "/missing/tuning.json", try folder.write("newer.json", newer),
            try folder.write("large.json", [UInt8](repeating: 32, count: TuningRecord.mostBytes + 1)),
        ]
        for path in paths {
            let error = #expect(throws: ConvolutionError.self) {
                try ConvolutionPlan.finding(
                    problem(), .init(threads: 1), weight: weight, file: FilePath(path), by: Tuner())
            }
            #expect(error?.code == .tuningFile && error?.path == path)
            #expect(error?.reason?.isEmpty == false && error?.description.contains(path) == true)
        }
    }

    @Test func aRecordForgetsTheOldest() throws {
        var record = TuningRecord()
        let options = ConvolutionOptions(threads: 1)
        let machine = try Choice.Machine(options)
        let finding = TuningFinding(algorithm: .gemm, milliseconds: [.gemm: 1])
        for size in 1...TuningRecord.mostEntries {
            record.add(finding, for: TuningKey(try problem(size), machine, options))
        }
        let first = TuningKey(try problem(1), machine, options)
        let other = TuningKey(try problem(TuningRecord.mostEntries + 1), machine, options)
        record.add(finding, for: first)
        #expect(record.entries.count == TuningRecord.mostEntries)
        record.add(finding, for: other)
        #expect(record.entries.count == TuningRecord.mostEntries)
        #expect(record.entry(first) != nil && record.entry(other) != nil)
        #expect(record.entry(TuningKey(try problem(2), machine, options)) == nil)
        try record.write(to: FilePath(file))
        #expect(try self.record() == record, "a full record can be read back")
    }

    @Test func threadsShareOneMeasurementAndFile() async throws {
        let tuner = Tuner()
        let (file, weight, problems) = try (file, weight, [problem(10), problem(11)])
        let findings = try await withThrowingTaskGroup(of: TuningFinding.self) { group in
            for task in 0..<12 {
                group.addTask {
                    try ConvolutionPlan.finding(
                        problems[task % 2], .init(threads: 1), weight: weight, file: FilePath(file),
                        by: task % 2 == 0 ? tuner : Tuner())
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(findings.count == 12)
        #expect(tuner.count == 1)
        #expect(try (1...2).contains(record().entries.count))
    }

    @Test func anEmptyBatchAndANamedAlgorithmAreNotMeasured() throws {
        let empty = try ConvolutionProblem(inputShape: [0, 16, 12, 12], weightShape: weight.shape, rank: 2)
        let plan = try ConvolutionPlan(empty, weight: weight, options: .init(tuning: .measured(file: file)))
        #expect(plan.measuredMilliseconds.isEmpty)
        let options = ConvolutionOptions(algorithm: .gemm, tuning: .measured(file: file))
        #expect(try ConvolutionPlan(problem(), weight: weight, options: options).measuredMilliseconds.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func theProcessorsNameIsFound() {
        #expect(MachineProbe.modelName("processor\t: 0\nmodel name\t: Some CPU: 3 GHz\n") == "Some CPU: 3 GHz")
        #expect(MachineProbe.modelName("processor: 0\n") == nil)
    }
}
