// SPDX-License-Identifier: Apache-2.0

import Benchmark
import CAllocationCounter
import Convolution
import PlanCases

extension PlanCase {
    /// Registers a benchmark of the plan's runs: wall clock, throughput, the share of the peak of fused multiply-adds,
    /// and allocations.
    public func registerBenchmark() {
        registerRuns(name) { try prepared() }
    }
}

extension StreamCase {
    /// Registers a benchmark of a stream that is fed chunks, with the same measurements.
    public func registerBenchmark() {
        registerRuns(name) { try prepared() }
    }
}

private func registerRuns<Prepared: PreparedRun>(_ name: String, _ prepare: @escaping @Sendable () throws -> Prepared) {
    Benchmark(
        name,
        configuration: .init(
            metrics: [.wallClock, .throughput, .shareOfPeak]
                + (allocation_counter_available() ? [.allocations] : []),
            maxDuration: .milliseconds(400), maxIterations: 1000,
            thresholds: [.allocations: .strict])
    ) { benchmark, measurement in
        try measurement.iterate(benchmark)
    } setup: {
        try RunMeasurement(prepare)
    }
}

extension BenchmarkMetric {
    /// Multiplications and additions of the direct convolution a second, of what a loop of fused multiply-adds on
    /// registers reaches on as many threads, in thousandths. Winograd and FFT can pass 1000.
    static let shareOfPeak = BenchmarkMetric.custom(
        "Share of FMA peak (per mille)", polarity: .prefersLarger, useScalingFactor: false)
    /// Allocations of all runs from the first warm one to this one. Static thresholds are of the 90th percentile, which
    /// a run that allocates now and then would pass; the sum never falls again.
    static let allocations = BenchmarkMetric.custom(
        "Allocations", polarity: .prefersSmaller, useScalingFactor: false)
}

/// What one benchmark runs, and what its runs have allocated.
private final class RunMeasurement<Prepared: PreparedRun> {
    private var prepared: Prepared
    private var allocations: UInt64 = 0
    private var previousPeak = 0.0

    /// Makes what is run, warms it and counts the allocations of the first hundred warm runs.
    init(_ prepare: () throws -> Prepared) throws {
        if allocation_counter_available() {
            // Else the linker took another definition of malloc, and every count would be 0.
            let before = allocation_counter_read()
            blackHole(UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16))
            blackHole(UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64))
            guard allocation_counter_read() >= before + 2 else { throw DeafCounter() }
        }
        prepared = try prepare()
        try warmUp()
        for _ in 0..<100 { try countedRun() }
        previousPeak = peak
    }

    /// Runs until a tenth of a second has passed without an allocation, as the threads that the executor starts on the
    /// first run come up when the operating system pleases; for 1 s at most, which a plan that allocates takes.
    private func warmUp() throws {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(1))
        var before: UInt64
        repeat {
            before = allocation_counter_read()
            let quiet = clock.now.advanced(by: .milliseconds(100))
            repeat { try prepared.run() } while clock.now < quiet
        } while allocation_counter_read() != before && clock.now < end
    }

    func iterate(_ benchmark: Benchmark) throws {
        let peak = peak
        let clock = ContinuousClock()
        benchmark.startMeasurement()
        let start = clock.now
        try countedRun()
        let duration = start.duration(to: clock.now)
        benchmark.stopMeasurement()
        let gigaflops = 2 * prepared.multiplications / (duration / .nanoseconds(1))
        // The higher of two probes: no share is flattered by one that was disturbed.
        benchmark.measurement(.shareOfPeak, Int((1000 * gigaflops / max(peak, previousPeak)).rounded()))
        benchmark.measurement(.allocations, Int(allocations))
        previousPeak = peak
    }

    private func countedRun() throws(ConvolutionError) {
        let before = allocation_counter_read()
        try prepared.run()
        allocations += allocation_counter_read() - before
    }

    private var peak: Double {
        MachineProbe.fmaPeakGigaflops(
            instructionSet: prepared.instructionSet, threads: prepared.threads,
            duration: .microseconds(200)) ?? .infinity
    }
}

/// The counter does not see the program's allocations.
private struct DeafCounter: Error, CustomStringConvertible {
    var description: String { "the counter of allocations did not count two allocations of the program" }
}
