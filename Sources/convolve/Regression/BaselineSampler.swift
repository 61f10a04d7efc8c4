// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// One build's times beside the machine's probes.
struct ProbedSampler {
    let head: String
    let patience: Double
    private let memory: MemoryProbe

    /// What one launch showed of one item.
    struct Reading: Sendable {
        let milliseconds: Double
        /// Of one thread, in GFLOP/s.
        let peak: Double
        /// In GB/s.
        let bandwidth: Double
        let resolved: String
        let isa: String

        /// The time in 10^6 of the probe's own operations or bytes.
        func normalised(by probe: Baseline.Probe) -> Double {
            milliseconds * (probe == .arithmetic ? peak : bandwidth)
        }
    }

    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory to probe.
    init(head: String, patience: Double) throws(ConvolutionError) {
        self.head = head
        self.patience = patience
        memory = try MemoryProbe()
    }

    /// Launches the build anew and visits the items in turn.
    /// - Returns: A reading an item; nil where the machine was busy with something else.
    func round(_ items: [CheckedLayer], progress: (CheckedLayer) -> Void) throws -> [Reading?] {
        let tool = try ServedTool(path: head, patience: patience)
        defer { tool.stop() }
        return try items.map { item in
            progress(item)
            return try reading(item, tool)
        }
    }

    /// This machine with the best of what the probes reached; nil without a reading.
    static func machine(_ readings: [Reading?]) -> MachineClass? {
        let readings = readings.compactMap { $0 }
        guard let peak = readings.map(\.peak).max(), let bandwidth = readings.map(\.bandwidth).max() else { return nil }
        return MachineClass(peak: peak, bandwidth: bandwidth)
    }

    private func reading(_ item: CheckedLayer, _ tool: ServedTool) throws -> Reading? {
        let warm = try tool.time(item, repetitions: 1)
        let repetitions = Visit.repetitions(milliseconds: warm.minMs)
        let load = MachineLoad(besides: [tool.identifier], threads: item.threads)
        var (fastest, peak, bandwidth) = (Double.infinity, 0.0, memory.measure())
        for _ in 0..<Visit.requests {
            // Each answer brings the arithmetic peak from before and after its repetitions, in its own process.
            let answer = try tool.time(item, repetitions: repetitions)
            fastest = min(fastest, answer.minMs)
            peak = max(peak, answer.peak)
            bandwidth = max(bandwidth, memory.measure())
        }
        if load.wasBusy { return nil }
        return Reading(
            milliseconds: fastest, peak: peak, bandwidth: bandwidth, resolved: warm.resolved, isa: warm.isa)
    }
}

/// A build against a baseline.
struct BaselineSampler: Sampler {
    let baseline: Baseline
    let sampler: ProbedSampler

    mutating func round(_ items: [CheckedLayer], progress: (CheckedLayer) -> Void) throws -> [Sample?] {
        let readings = try sampler.round(items, progress: progress)
        let here = ProbedSampler.machine(readings)
        if let here, let difference = baseline.machine.balanceDifference(peak: here.peak, bandwidth: here.bandwidth) {
            throw Failure(.couldNotMeasure, "the baseline is of another class of machine: \(difference)")
        }
        return zip(items, readings).map { item, reading in
            guard let reading, let row = baseline.row(item) else { return nil }
            let ratio = reading.normalised(by: row.probe) / row.time.median
            return Sample(
                logRatio: log(ratio), referenceMs: reading.milliseconds / ratio,
                headMs: reading.milliseconds, referenceAlgorithm: row.resolved, headAlgorithm: reading.resolved,
                isa: reading.isa)
        }
    }
}
