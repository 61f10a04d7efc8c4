// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve bench`: compare the algorithms on the layers of networks.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the algorithms on layers of real networks.",
        discussion: """
            With no options: the layers of ResNet-50, every algorithm that applies, all cores, a table, in about 45 s on \
            two cores.

              convolve bench --network list                    what else is built in
              convolve bench --network whisper --list          its layers, not timed
              convolve bench --network whisper --threads 1,2   on one thread, and on two
              convolve bench --filter 3x3 --roofline           under peak and bandwidth
              convolve bench --algorithms auto --calls all     what a user's call takes
              convolve bench --format json --output rows.json  for a program

            Times are of a prepared plan, run warm on NCHW tensors in and out, or NHWC with --layout nhwc: the weights \
            are packed before. The algorithms of a layer take turns. GFLOP/s count the multiplications and additions of \
            the direct convolution; the peak is that of a multiply-add loop on registers, measured before and after \
            each layer. After the layers come the sum over the network, how far the automatic choice is from the \
            fastest, and whether the times scatter too much to be trusted.
            """)

    @Option(
        help: ArgumentHelp(
            """
            A table of layers: JSON rows of name, rank, n, c, size, k, kernel, stride, padding, dilation, groups; and, \
            if wanted, count (how often the network has the layer) and layout (nchw or nhwc).
            """, valueName: "file.json"),
        completion: .jsonFiles)
    var layers: String?

    @Option(help: "A network whose layers are built in; list shows them. (default: resnet50)")
    var network: NetworkArgument?

    @Option(
        help: ArgumentHelp("Only the layers whose names contain this text.", valueName: "text"),
        completion: .layerNames(of: .resnet50))
    var filter: String?

    @Flag(help: "Print the layers, and time none; as JSON, a table that --layers reads.")
    var list = false

    @Option(
        help: ArgumentHelp(
            """
            all, auto,all, or a list of auto, \(Algorithm.allCases.map(\.rawValue).joined(separator: ", ")); what does not apply \
            to a layer is left out, and so is, with all, the reference where it would take seconds.
            """, valueName: "list"))
    var algorithms: AlgorithmSelection = .all

    @Option(
        help: ArgumentHelp(
            "A list of auto, \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "list"))
    var isa: ValueList<Choice<InstructionSet>> = ValueList([.auto])

    @Option(help: ArgumentHelp("A list of numbers of threads. (default: one per core)", valueName: "list"))
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
            "How long to time each row. (default: its share of 75 s for the whole run)", valueName: "seconds"))
    var minTime: Double?

    @Option(help: ArgumentHelp("How often to time each row, instead of --min-time.", valueName: "count"))
    var repetitions: Int?

    @Flag(
        help: """
            Measure the memory's bandwidth too, and show for each layer its operations per byte, what peak and \
            bandwidth allow, and what is reached.
            """)
    var roofline = false

    @Option(
        help: ArgumentHelp(
            """
            What to time: prepared (always), plan (choosing and packing), first (the first run of a plan), functional \
            (conv1d, conv2d or conv3d with unpacked weights), or all.
            """, valueName: "list"))
    var calls: TimedCalls = .prepared

    @Option(help: "How to print the rows.")
    var format: BenchFormat = .table

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where to print the rows, instead of standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(
        help: """
            Time layers that are asked for on standard input: one JSON layer row per line, with algorithm, threads, \
            repetitions, isa, executor and precision where they are not to be the defaults. Answer each with a line \
            of JSON.
            """)
    var serve = false

    func validate() throws {
        if layers != nil, network != nil { throw ValidationError("--layers and --network exclude each other.") }
        if network == .list, filter != nil {
            throw ValidationError("--network list takes no --filter; --list prints the layers of a network.")
        }
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
        // Whatever is wrong is said before the first line, not after a minute of measuring.
        if let output { try requireWritable(encodeArgument(output)) }
        let style = output == nil ? Style.forStandardOutput() : .plain
        if network == .list {
            try write(NetworkListing().text(format, style: style))
            return
        }
        let layers = try selectedLayers()
        if list {
            try write(LayerListing(layers, title: title(layers)).text(format, style: style))
            return
        }
        let candidates = try layers.map { try grid.candidates(for: $0.problem()) }
        if candidates.allSatisfy(\.isEmpty) {
            throw Failure(.couldNotMeasure, "none of the algorithms applies to any of the \(layers.count) layers")
        }
        noteUnoptimisedBuild()
        var runner = BenchRunner(
            grid: grid, duration: BenchDuration(minimumTime: minTime, repetitions: repetitions), calls: calls,
            measuresRoofline: roofline)
        var report = BenchReport(
            format: format, style: style, title: try title(layers),
            machine: runner.measureMachine(isComplete: format == .json), showsExecutor: executor.values.count > 1)
        var text = ""
        let emit: (String) throws -> Void = { part in
            if output == nil { try StandardOutput.write(part) } else { text += part }
        }
        try emit(report.header())
        try runner.run(layers, candidates) { try emit(report.add($0)) }
        try emit(report.footer(peakDrift: runner.peakDrift))
        if let output { try writeFile(output, text) }
        if let warning = report.warning(peakDrift: runner.peakDrift) { StandardError.write("note: \(warning)\n") }
    }

    /// To the file of `--output`, if there is one.
    private func write(_ text: String) throws {
        if let output { try writeFile(output, text) } else { try StandardOutput.write(text) }
    }

    private var grid: CandidateGrid {
        CandidateGrid(
            algorithms: algorithms, isas: isa.values, executors: executor.values,
            threads: threads.map { $0.values.map(Optional.some) } ?? [nil], precision: precision,
            tuning: tuning.library, omitted: isDebugBuild ? [.reference] : [])
    }

    private var selectedNetwork: Network {
        if case .network(let network) = network { network } else { .resnet50 }
    }

    private func selectedLayers() throws -> [Layer] {
        let table = if let layers { try LayerTable.load(path: layers) } else { try LayerTable.load(selectedNetwork) }
        return try LayerTable.filtered(layout == .nhwc ? table.map(\.channelsLast) : table, by: filter)
    }

    private func title(_ selected: [Layer]) throws -> String {
        let shapes = "\(selected.count) \(selected.count == 1 ? "layer" : "layers")"
        let work = "\(fixed(try selected.multiplications / 1e9, 2)) GMAC"
        return "\(layers ?? selectedNetwork.summary): \(shapes), \(work)"
    }

    private func noteUnoptimisedBuild() {
        guard isDebugBuild else { return }
        StandardError.write(
            "note: this is a debug build; times are slower than those of 'swift run -c release convolve bench', and "
                + "the algorithm 'reference' is left out\n")
    }
}

extension AlgorithmSelection: ExpressibleByArgument {
    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if argument == "auto,all" || argument == "all,auto" {
            self = .autoAndAll
        } else if let list = ValueList<Choice<Algorithm>>(argument: argument) {
            self = .listed(list.values)
        } else {
            return nil
        }
    }

    static var defaultCompletionKind: CompletionKind {
        .commaSeparated(["all", "auto"] + Algorithm.allCases.map(\.rawValue))
    }

    var defaultValueDescription: String {
        switch self {
        case .all: "all"
        case .autoAndAll: "auto,all"
        case .listed(let choices): choices.map(\.name).joined(separator: ",")
        }
    }
}
