// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve bench`: compare the algorithms on the layers of networks.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the algorithms on the layers of real networks: times, GFLOP/s, share of peak, error.",
        discussion: """
            With no options: the layers of ResNet-50, every algorithm that applies, all cores, a table.

            Times are of a prepared plan, run warm on NCHW tensors in and out, or NHWC with --layout nhwc: the weights \
            are packed before. The algorithms of a layer take turns. GFLOP/s count the multiplications and additions of the direct \
            convolution; the peak is that of a multiply-add loop on registers, measured before and after each layer.
            """)

    @Option(
        help: ArgumentHelp(
            "A table of layers: JSON rows of name, rank, n, c, size, k, kernel, stride, padding, dilation, groups.",
            valueName: "file.json"))
    var layers: String?

    @Option(help: "A network whose layers are built in. (default: resnet50)")
    var network: Network?

    @Option(help: ArgumentHelp("Only the layers whose names contain this text.", valueName: "text"))
    var filter: String?

    @Option(
        help: ArgumentHelp(
            """
            auto, all, or a list of \(Algorithm.allCases.map(\.rawValue).joined(separator: ", ")); what does not apply \
            to a layer is left out.
            """, valueName: "list"))
    var algorithms: AlgorithmSelection = .all

    @Option(help: ArgumentHelp("A list of auto, scalar, avx2, avx512.", valueName: "list"))
    var isa: ValueList<Choice<InstructionSet>> = ValueList([.auto])

    @Option(help: ArgumentHelp("A list of numbers of threads. (default: one a core)", valueName: "list"))
    var threads: IntegerList?

    @Option(help: ArgumentHelp("A list of serial, dispatch, openmp.", valueName: "list"))
    var executor: ValueList<ExecutorKind> = ValueList([.dispatch])

    @Option(help: "The order of the axes of input and output.")
    var layout: LayoutArgument = .nchw

    @Option(help: "What auto and all may choose from.")
    var precision: Precision = .standard

    @OptionGroup
    var tuning: TuningOptions

    @Option(
        help: ArgumentHelp(
            "How long to time each row. (default: what makes the whole run take about 75 s)", valueName: "seconds"))
    var minTime: Double?

    @Option(help: ArgumentHelp("How often to time each row, instead of --min-time.", valueName: "count"))
    var repetitions: Int?

    @Option(help: "How to print the rows.")
    var format: BenchFormat = .table

    @Option(help: ArgumentHelp("Where to print the rows, instead of standard output.", valueName: "file"))
    var output: String?

    @Flag(
        help: """
            Time layers that are asked for on standard input: a JSON layer row a line, with algorithm, threads and \
            repetitions (and isa, executor, precision) if they are not to be the defaults; answer a JSON result row a \
            line.
            """)
    var serve = false

    func validate() throws {
        if layers != nil, network != nil { throw ValidationError("--layers and --network exclude each other.") }
        if minTime != nil, repetitions != nil {
            throw ValidationError("--min-time and --repetitions exclude each other.")
        }
        if let minTime, !(minTime >= 0 && minTime <= 3600) {
            throw ValidationError("--min-time must be from 0 to 3600 seconds, but got \(minTime).")
        }
        if let repetitions, !(1...1_000_000).contains(repetitions) {
            throw ValidationError("--repetitions must be from 1 to 1000000, but got \(repetitions).")
        }
        try validateThreads(threads?.values ?? [])
    }

    func run() throws {
        for isa in isa.values { try requireAvailableInstructionSet(isa) }
        if serve {
            noteUnoptimisedBuild()
            var server = BenchServer()
            try server.serve()
            return
        }
        let layers = try selectedLayers()
        noteUnoptimisedBuild()
        var report = BenchReport(
            format: format, style: output == nil ? .forStandardOutput() : Style(isColoured: false), layers: layers,
            showsExecutor: executor.values.count > 1)
        var runner = BenchRunner(
            grid: grid, duration: BenchDuration(minimumTime: minTime, repetitions: repetitions))
        var text = ""
        let emit: (String) throws -> Void = { part in
            if output == nil { try StandardOutput.write(part) } else { text += part }
        }
        try emit(report.header(peaks: runner.measurePeaks()))
        try runner.run(layers) { try emit(report.add($0)) }
        try emit(report.footer())
        if let output { try writeFile(output, text) }
        if report.rows == 0 {
            throw Failure(.couldNotMeasure, "none of the algorithms applies to any of the \(layers.count) layers")
        }
    }

    private var grid: CandidateGrid {
        CandidateGrid(
            algorithms: algorithms, isas: isa.values, executors: executor.values,
            threads: threads.map { $0.values.map(Optional.some) } ?? [nil], precision: precision,
            tuning: tuning.library, omitted: isDebugBuild ? [.reference] : [])
    }

    private func selectedLayers() throws -> [Layer] {
        let table =
            if let layers {
                try LayerTable.load(path: layers)
            } else {
                try LayerTable.load(network ?? .resnet50)
            }
        let layers = layout == .nhwc ? table.map(\.channelsLast) : table
        guard let filter else { return layers }
        let selected = layers.filter { $0.name.contains(filter) }
        if selected.isEmpty {
            throw Failure.badData("no layer's name contains '\(filter)' among the \(table.count) of the table")
        }
        return selected
    }

    private func noteUnoptimisedBuild() {
        guard isDebugBuild else { return }
        StandardError.write(
            "note: this is a debug build; times are slower than those of 'swift run -c release convolve bench', and "
                + "the algorithm 'reference' is left out\n")
    }
}

extension Network: ExpressibleByArgument {}

extension AlgorithmSelection: ExpressibleByArgument {
    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let list = ValueList<Choice<Algorithm>>(argument: argument) {
            self = .listed(list.values)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .all: "all"
        case .listed(let choices): choices.map(\.name).joined(separator: ",")
        }
    }
}
