// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve check`: has a layer become slower?
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether a layer has become slower.",
        discussion: """
            Compares with another build, or with a baseline of normalised times. With --against, both builds are launched again and again and time each layer in turns. With --baseline, times \
            are normalised by the arithmetic peak and the memory's bandwidth measured between the repetitions. A verdict \
            is that of a sequential test on the launches, right in 99 of 100 runs over all layers together; \
            docs/regressions.md has what it assumes and what it reaches.

            Exit codes: 0 no layer is slower by the tolerance; 1 one is, or is past half the tolerance at least; 2 could \
            not measure (too noisy, another class of machine), which is not a pass; 3 a build died, was silent or answered \
            nonsense; 64 wrong usage, as of a build that cannot be started; 65 a baseline that is none.
            """)

    @Option(
        help: ArgumentHelp("A file of normalised times to compare with.", valueName: "file"), completion: .jsonFiles)
    var baseline: String?

    @Flag(help: "Measure, and write the times to the file of --baseline.")
    var update = false

    @Option(
        help: ArgumentHelp("Another build of convolve to compare with, in turns.", valueName: "convolve"),
        completion: .file())
    var against: String?

    @Option(
        help: ArgumentHelp("The build that is compared. (default: this one)", valueName: "convolve"),
        completion: .file())
    var head: String?

    @Option(
        help: ArgumentHelp("A table of layers, as for 'convolve bench'.", valueName: "file.json"),
        completion: .jsonFiles)
    var layers: String?

    @Option(help: "A network whose layers are built in. (default: mixed, or the baseline's rows)")
    var network: Network?

    @Option(
        help: ArgumentHelp("Only the layers whose names contain this text.", valueName: "text"),
        completion: .layerNames(of: .mixed))
    var filter: String?

    @Option(help: ArgumentHelp("A list of numbers of threads. (default: 1, or the baseline's rows)", valueName: "list"))
    var threads: IntegerList?

    @Option(help: "The algorithm; auto compares whatever each build chooses.")
    var algorithm: Choice<Algorithm> = .auto

    @Option(help: "The instruction set; auto takes the best of this processor.")
    var isa: Choice<InstructionSet> = .auto

    @Option(help: ArgumentHelp("By how much slower a regression is: 0.1 or 10%.", valueName: "share"))
    var tolerance: Share = Share(0.1)

    @Option(help: ArgumentHelp("When to give up on layers without a verdict.", valueName: "seconds"))
    var maxTime: Double = 240

    @Option(help: ArgumentHelp("How long to wait for one answer of a build.", valueName: "seconds"))
    var answerTimeout: Double = 60

    @Option(help: "How to print the rows.")
    var format: CheckFormat = .table

    func validate() throws {
        guard (baseline != nil) != (against != nil) else {
            throw ValidationError("Give either --baseline or --against.")
        }
        if update, baseline == nil { throw ValidationError("--update needs the --baseline that is to be written.") }
        if layers != nil, network != nil { throw ValidationError("--layers and --network exclude each other.") }
        guard (0.01...10).contains(tolerance.value) else {
            throw ValidationError("--tolerance must be from 0.01 (1%) to 10 (1000%), but got \(tolerance.text).")
        }
        for (name, value) in [("--max-time", maxTime), ("--answer-timeout", answerTimeout)] {
            guard value > 0, value <= 86_400 else {
                throw ValidationError("\(name) must be above 0 and at most 86400 seconds, but got \(value).")
            }
        }
        try validateThreads(threads?.values ?? [])
    }

    func run() throws {
        try requireAvailableInstructionSet(isa)
        let head = try head ?? ownPath()
        if let against {
            var sampler = PairedSampler(head: head, base: against, patience: answerTimeout)
            try compare(
                RegressionRun(selectedItems(), tolerance: tolerance.value, mostTime: maxTime), &sampler,
                reference: against)
        } else if let baseline {
            let sampler = try ProbedSampler(head: head, patience: answerTimeout)
            if update {
                try write(baseline, sampler)
            } else {
                try compare(with: Baseline.load(path: baseline), sampler, path: baseline)
            }
        }
    }

    private func compare(_ run: RegressionRun, _ sampler: inout some Sampler, reference: String) throws {
        var run = run
        try run.run(&sampler)
        let report = CheckReport(run, reference: reference)
        switch format {
        case .table: try StandardOutput.write(report.text(style: .forStandardOutput()))
        case .json: try StandardOutput.write(encodeJSON(report, pretty: true) + "\n")
        }
        try run.requireNoRegression()
    }

    private func compare(with baseline: Baseline, _ sampler: ProbedSampler, path: String) throws {
        if let difference = baseline.machine.processorDifference {
            throw Failure(.couldNotMeasure, "the baseline is of another class of machine: \(difference)")
        }
        let items = try items(of: baseline, path: path)
        let limit = Calibration.uncertaintyLimit(tolerance.value)
        let run = RegressionRun(items, tolerance: tolerance.value, mostTime: maxTime) { item in
            guard let row = baseline.row(item), row.uncertainty > limit else { return nil }
            return "the baseline's own time is uncertain by \(fixed(row.uncertainty * 100, 1))%, too much for a "
                + "tolerance of \(short(tolerance.value * 100))%"
        }
        var comparison = BaselineSampler(baseline: baseline, sampler: sampler)
        try compare(run, &comparison, reference: path)
    }

    private func write(_ path: String, _ sampler: ProbedSampler) throws {
        let isKept = fileExists(path) && !selectsLayers
        let items = isKept ? try items(of: Baseline.load(path: path), path: path) : try selectedItems()
        let baseline = try Calibration(items: items, tolerance: tolerance.value, mostTime: maxTime, sampler: sampler)
            .measure()
        try writeFile(path, encodeJSON(baseline, pretty: true) + "\n")
        let widest = baseline.rows.map(\.uncertainty).max() ?? 0
        StandardError.write(
            "\(path): \(baseline.rows.count) \(baseline.rows.count == 1 ? "row" : "rows"), uncertain by "
                + "\(fixed(widest * 100, 1))% at most\n")
    }

    private var selectsLayers: Bool { layers != nil || network != nil }

    /// The baseline's rows, as far as the options select them.
    private func items(of baseline: Baseline, path: String) throws -> [CheckedLayer] {
        if selectsLayers {
            let items = try selectedItems()
            if let missing = items.first(where: { baseline.row($0) == nil }) {
                throw Failure.badData("\(path): it has no row of \(missing.title) with these shapes and options")
            }
            return items
        }
        let items = baseline.rows.map(\.item).filter { item in
            (filter.map { item.layer.name.contains($0) } ?? true)
                && (threads.map { $0.values.contains(item.threads) } ?? true)
        }
        if items.isEmpty { throw Failure.badData("\(path): none of its \(baseline.rows.count) rows is selected") }
        return items
    }

    private func selectedItems() throws -> [CheckedLayer] {
        let all = if let layers { try LayerTable.load(path: layers) } else { try LayerTable.load(network ?? .mixed) }
        let table = try LayerTable.filtered(all, by: filter)
        for layer in table { _ = try layer.problem() }
        return table.flatMap { layer in
            (threads?.values ?? [1]).map {
                CheckedLayer(layer: layer, threads: $0, algorithm: algorithm.name, isa: isa.name)
            }
        }
    }

    private func ownPath() throws -> String {
        guard let path = ProgramPath.current else {
            throw Failure(.usage, "where this program is the system does not say; --head names it")
        }
        return path
    }
}
