// SPDX-License-Identifier: Apache-2.0

/// Measures a baseline.
struct Calibration {
    /// Launches of each item: the interval of the median is then that between the 3rd and the 10th.
    static let fewest = 12
    static let most = 60

    let items: [CheckedLayer]
    let tolerance: Double
    let mostTime: Double
    let sampler: ProbedSampler

    /// How uncertain a median may be, as a logarithm of a ratio: half of the way from no change to the line.
    static func uncertaintyLimit(_ tolerance: Double) -> Double { RegressionRun.line(tolerance) / 2 }

    /// - Throws: `Failure` with exit code 2 if a layer's times scatter too much for the tolerance.
    func measure() throws -> Baseline {
        var readings = items.map { _ in [ProbedSampler.Reading]() }
        var launches = 0
        var progress = Progress(total: items.count)
        defer { progress.clear() }
        while launches < Calibration.most, progress.elapsed < mostTime {
            let open = items.indices.filter {
                readings[$0].count < Calibration.fewest || !isCertain(items[$0], readings[$0])
            }
            if open.isEmpty { break }
            progress.done = items.count - open.count
            let round = try sampler.round(open.map { items[$0] }) { progress.show($0.title) }
            for (index, reading) in zip(open, round) {
                if let reading { readings[index].append(reading) }
            }
            launches += 1
        }
        guard let machine = ProbedSampler.machine(readings.flatMap { $0 }) else {
            throw Failure(.couldNotMeasure, "could not measure: the machine was busy with other work all the time")
        }
        let rows = try zip(items, readings).map { item, readings in
            guard readings.count >= Calibration.fewest, let row = try row(item, readings),
                row.uncertainty <= Calibration.uncertaintyLimit(tolerance)
            else {
                throw Failure(
                    .couldNotMeasure,
                    "could not measure \(item.title): after \(readings.count) undisturbed launches its time is too "
                        + "uncertain for a tolerance of \(short(tolerance * 100))%")
            }
            return row
        }
        return Baseline(machine: machine, rows: rows)
    }

    private func isCertain(_ item: CheckedLayer, _ readings: [ProbedSampler.Reading]) -> Bool {
        guard let row = try? row(item, readings) else { return false }
        return row.uncertainty <= Calibration.uncertaintyLimit(tolerance)
    }

    private func row(_ item: CheckedLayer, _ readings: [ProbedSampler.Reading]) throws -> Baseline.Row? {
        guard let first = readings.first, let fastest = readings.map(\.milliseconds).min(),
            let peak = readings.map(\.peak).max(), let bandwidth = readings.map(\.bandwidth).max()
        else { return nil }
        let problem = try item.layer.problem()
        let elements = problem.inputCount + problem.weightCount + problem.outputCount
        let probe = Baseline.Probe.bound(
            operations: 2 * problem.multiplications, bytes: 4 * Double(elements), threads: item.threads,
            milliseconds: fastest, peak: peak, bandwidth: bandwidth)
        return Baseline.Row(
            item: item, resolved: first.resolved, isa: first.isa, probe: probe,
            time: MedianInterval(readings.map { $0.normalised(by: probe) }, confidence: 0.95),
            launches: readings.count)
    }
}
