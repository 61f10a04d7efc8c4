// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What is known of one item.
struct CheckedRow: Sendable {
    enum Verdict: String, Codable, Sendable {
        case pass
        case slower
        /// Nothing could be decided within the limits: not a pass.
        case undecided
    }

    let item: CheckedLayer
    private(set) var test: SignTest
    private(set) var samples: [Sample] = []
    /// Launches whose times were thrown away because the machine was busy.
    private(set) var disturbed = 0
    /// Why no sample can count, for a reference that is too vague.
    var obstacle: String?

    init(item: CheckedLayer, tests: Int) {
        self.item = item
        test = SignTest(tests: tests)
    }

    mutating func add(_ sample: Sample?, line: Double) {
        guard let sample else {
            disturbed += 1
            return
        }
        samples.append(sample)
        test.add(isAbove: sample.logRatio > line)
    }

    var verdict: Verdict {
        switch test.outcome {
        case .above: .slower
        case .below: .pass
        case .open: .undecided
        }
    }

    /// Whether another launch may settle it.
    var isOpen: Bool {
        obstacle == nil && verdict == .undecided && samples.count + disturbed < test.mostSamples
    }

    /// The head's time over the reference's, less 1: the median of the launches and an interval around it.
    var change: MedianInterval? {
        samples.isEmpty ? nil : MedianInterval(samples.map(\.logRatio)).map { exp($0) - 1 }
    }

    func median(_ value: (Sample) -> Double) -> Double? {
        samples.isEmpty ? nil : Timings(samples.map(value)).median
    }
}

/// Takes samples in rounds until every item has a verdict or the time is spent.
struct RegressionRun {
    let tolerance: Double
    /// In seconds; the round under way is finished.
    let mostTime: Double
    private(set) var rows: [CheckedRow]

    init(
        _ items: [CheckedLayer], tolerance: Double, mostTime: Double, obstacle: (CheckedLayer) -> String? = { _ in nil }
    ) {
        self.tolerance = tolerance
        self.mostTime = mostTime
        rows = items.map { item in
            var row = CheckedRow(item: item, tests: items.count)
            row.obstacle = obstacle(item)
            return row
        }
    }

    /// Halfway, as ratios go, between no change and one of the tolerance: both are as far from it as can be.
    var line: Double { RegressionRun.line(tolerance) }

    static func line(_ tolerance: Double) -> Double { log(1 + tolerance) / 2 }

    mutating func run(_ sampler: inout some Sampler) throws {
        var progress = Progress(total: rows.count)
        defer { progress.clear() }
        while progress.elapsed < mostTime {
            let open = rows.indices.filter { rows[$0].isOpen }
            if open.isEmpty { break }
            progress.done = rows.count - open.count
            let samples = try sampler.round(open.map { rows[$0].item }) { progress.show($0.title) }
            for (index, sample) in zip(open, samples) { rows[index].add(sample, line: line) }
        }
    }

    /// What the exit code says of the rows.
    /// - Throws: `Failure` with exit code 1 if a row is slower, else 2 if one is undecided.
    func requireNoRegression() throws {
        let slower = rows.filter { $0.verdict == .slower }
        let undecided = rows.filter { $0.verdict == .undecided }
        if !slower.isEmpty {
            let names = slower.map { "\($0.item.title) by \(fixed(($0.change?.median ?? 0) * 100, 1))%" }
            throw Failure(
                .no,
                "\(slower.count) of \(rows.count) slower, beyond the tolerance's line of "
                    + "\(fixed((exp(line) - 1) * 100, 1))%: \(names.joined(separator: ", "))")
        }
        if !undecided.isEmpty {
            let names = undecided.map { "\($0.item.title): \($0.reason)" }
            throw Failure(
                .couldNotMeasure,
                "could not measure \(undecided.count) of \(rows.count): \(names.joined(separator: "; "))")
        }
    }
}

extension CheckedRow {
    /// Why there is no verdict.
    var reason: String {
        if let obstacle { return obstacle }
        if disturbed > samples.count {
            return "the machine was busy with other work in \(disturbed) of \(samples.count + disturbed) launches"
        }
        guard let change else { return "there was no time for it" }
        let cause = samples.count + disturbed < test.mostSamples ? "out of time" : "too noisy"
        return "\(cause), the ratios of \(samples.count) launches lie about \(percent(change.low)) to "
            + "\(percent(change.high))"
    }
}

/// A change with its sign: +3.1%.
func percent(_ change: Double) -> String {
    (change < 0 ? "" : "+") + fixed(change * 100, 1) + "%"
}
