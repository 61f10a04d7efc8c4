// SPDX-License-Identifier: Apache-2.0

import Convolution

/// How long each row is timed.
struct BenchDuration: Equatable, Sendable {
    var minimumTime: Double?
    var repetitions: Int?

    /// Without instructions the whole run is to take about this long, in seconds.
    static let wholeRun = 75.0
    static let shortestRow = 0.02
    static let longestRow = 1.0

    /// The time for each row of the next layer, given how many rows are still to come.
    func rowTime(elapsed: Double, rowsLeft: Int) -> Double {
        if let minimumTime { return minimumTime }
        let share = (BenchDuration.wholeRun - elapsed) / Double(max(1, rowsLeft))
        return min(max(share, BenchDuration.shortestRow), BenchDuration.longestRow)
    }

    /// About how long a run of so many rows takes; nil where only the rows' speed decides that.
    func planned(rows: Int) -> Double? {
        if repetitions != nil { return nil }
        return rowTime(elapsed: 0, rowsLeft: rows) * Double(rows)
    }
}

/// Runs the benchmark, layer by layer.
struct BenchRunner {
    let grid: CandidateGrid
    let duration: BenchDuration
    var calls = TimedCalls.prepared
    var measuresRoofline = false
    private var probe = PeakProbe()
    private var bandwidths = BandwidthProbe()

    init(
        grid: CandidateGrid, duration: BenchDuration, calls: TimedCalls = .prepared, measuresRoofline: Bool = false
    ) {
        self.grid = grid
        self.duration = duration
        self.calls = calls
        self.measuresRoofline = measuresRoofline
    }

    /// The highest peak of the run over the lowest.
    var peakDrift: Double { probe.drift }

    /// Asks the machine, and measures its peaks and, for the roofline or a record for programs, main memory.
    /// - Parameter isComplete: Whether everything is to be measured: the instruction sets that are not asked for too.
    mutating func measureMachine(isComplete: Bool) -> BenchMachine {
        let sets = isComplete ? InstructionSet.available : instructionSets
        probe.measure(sets)
        return BenchMachine(
            peaks: sets.map { MachineRecord.Peak(isa: $0.rawValue, gflops: probe.peak($0)) },
            bandwidths: isComplete || measuresRoofline ? measureMemory() : [])
    }

    private mutating func measureMemory() -> [BenchMachine.Bandwidth] {
        guard let instructionSet = instructionSets.last else { return [] }
        let threads = grid.threads.map { $0 ?? Processor.defaultThreads }.uniqued()
        return threads.compactMap { threads in
            bandwidths.bandwidth(instructionSet, threads: threads, bytes: BandwidthProbe.memoryBytes)
                .map { BenchMachine.Bandwidth(threads: threads, gigabytes: $0) }
        }
    }

    /// Times the candidates of each layer and hands each result over as soon as it is there.
    mutating func run(
        _ layers: [Layer], _ candidates: [[Candidate]], _ handle: (LayerResult) throws -> Void
    ) throws {
        let rows = candidates.map(\.count).reduce(0, +)
        var progress = Progress(total: rows, planned: duration.planned(rows: rows))
        // Whatever ends the run, the line is not left on the screen.
        defer { progress.clear() }
        for (layer, candidates) in zip(layers, candidates) where !candidates.isEmpty {
            let rowTime = duration.rowTime(elapsed: progress.elapsed, rowsLeft: rows - progress.done)
            let result = try time(layer, candidates, rowTime, &progress)
            progress.done += candidates.count
            progress.fraction = 0
            progress.clear()
            try handle(result)
        }
    }

    private mutating func time(
        _ layer: Layer, _ candidates: [Candidate], _ rowTime: Double, _ progress: inout Progress
    ) throws -> LayerResult {
        progress.show(layer.name)
        let benchmark = try LayerBenchmark(layer)
        let prepared = try candidates.map { candidate in
            progress.show("\(layer.name) \(candidate.algorithm.name)")
            return try benchmark.prepare(candidate)
        }
        probe.measure(instructionSets)
        let turns = Schedule(
            seconds: prepared.map(\.seconds), minimumTime: rowTime, repetitions: duration.repetitions
        ).turns.count
        var turn = 0
        let timings = try benchmark.measure(prepared, minimumTime: rowTime, repetitions: duration.repetitions) {
            progress.fraction = Double(candidates.count) * Double(turn) / Double(turns)
            progress.show("\(layer.name) \($0.plan.algorithm.rawValue)")
            turn += 1
        }
        probe.measure(instructionSets)
        let rows = try zip(prepared, timings).map { prepared, timings in
            let plan = prepared.plan
            let times = try benchmark.measureCalls(
                prepared, calls, minimumTime: rowTime, repetitions: duration.repetitions)
            let bandwidth =
                measuresRoofline
                ? bandwidths.bandwidth(
                    plan.instructionSet, threads: plan.threads, bytes: Roofline.tensorBytes(plan.problem)) : nil
            return benchmark.row(
                prepared, timings, peak: probe.peak(plan.instructionSet), bandwidth: bandwidth, calls: times)
        }
        return LayerResult(layer: layer, rows: rows)
    }

    private var instructionSets: [InstructionSet] {
        Set(grid.isas.map { $0.value ?? .best }).sorted()
    }
}
