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
}

/// Runs the benchmark, layer by layer.
struct BenchRunner {
    let grid: CandidateGrid
    let duration: BenchDuration
    private var probe = PeakProbe()

    init(grid: CandidateGrid, duration: BenchDuration) {
        self.grid = grid
        self.duration = duration
    }

    /// The peaks of one thread, by instruction set, weakest first.
    mutating func measurePeaks() -> [(InstructionSet, Double)] {
        let sets = instructionSets
        probe.measure(sets)
        return sets.map { ($0, probe.peak($0)) }
    }

    /// Times all layers and hands each result over as soon as it is there.
    mutating func run(_ layers: [Layer], _ handle: (LayerResult) throws -> Void) throws {
        let candidates = try layers.map { try grid.candidates(for: $0.problem()) }
        var rowsLeft = candidates.map(\.count).reduce(0, +)
        var progress = Progress(total: layers.count)
        // Whatever ends the run, the line is not left on the screen.
        defer { progress.clear() }
        for (layer, candidates) in zip(layers, candidates) where !candidates.isEmpty {
            progress.show(layer.name)
            let rowTime = duration.rowTime(elapsed: progress.elapsed, rowsLeft: rowsLeft)
            let result = try time(layer, candidates, rowTime, &progress)
            rowsLeft -= candidates.count
            progress.clear()
            try handle(result)
            progress.done += 1
        }
    }

    private mutating func time(
        _ layer: Layer, _ candidates: [Candidate], _ rowTime: Double, _ progress: inout Progress
    ) throws -> LayerResult {
        let benchmark = try LayerBenchmark(layer)
        let prepared = try candidates.map { candidate in
            progress.show("\(layer.name) \(candidate.algorithm.name)")
            return try benchmark.prepare(candidate)
        }
        probe.measure(instructionSets)
        let timings = try benchmark.measure(prepared, minimumTime: rowTime, repetitions: duration.repetitions) {
            progress.show("\(layer.name) \($0.plan.algorithm.rawValue)")
        }
        probe.measure(instructionSets)
        let rows = zip(prepared, timings).map {
            benchmark.row($0, $1, peak: probe.peak($0.plan.instructionSet))
        }
        return LayerResult(layer: layer, rows: rows)
    }

    private var instructionSets: [InstructionSet] {
        Set(grid.isas.map { $0.value ?? .best }).sorted()
    }
}
