// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// How `convolve check` prints its rows.
enum CheckFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table
    case json
}

/// The rows of a run, for people and for programs.
struct CheckReport: Encodable {
    struct Row: Encodable {
        let layer: String
        let threads: Int
        let verdict: CheckedRow.Verdict
        let reason: String?
        let change: MedianInterval?
        let referenceMs: Double?
        let headMs: Double?
        let referenceAlgorithm: String?
        let headAlgorithm: String?
        let isa: String?
        let launches: Int
        let launchesAbove: Int
        let launchesDisturbed: Int

        enum CodingKeys: String, CodingKey {
            case layer, threads, verdict, reason, change, isa, launches
            case referenceMs = "reference_ms"
            case headMs = "head_ms"
            case referenceAlgorithm = "reference_algorithm"
            case headAlgorithm = "head_algorithm"
            case launchesAbove = "launches_above"
            case launchesDisturbed = "launches_disturbed"
        }

        init(_ row: CheckedRow) {
            layer = row.item.layer.name
            threads = row.item.threads
            verdict = row.verdict
            reason = row.verdict == .undecided ? row.reason : nil
            change = row.change
            referenceMs = row.median(\.referenceMs)
            headMs = row.median(\.headMs)
            referenceAlgorithm = row.samples.last?.referenceAlgorithm
            headAlgorithm = row.samples.last?.headAlgorithm
            isa = row.samples.last?.isa
            launches = row.samples.count
            launchesAbove = row.test.above
            launchesDisturbed = row.disturbed
        }

        /// What the head runs, and before it what the reference ran, if that is another algorithm.
        var algorithms: String {
            guard let headAlgorithm, let referenceAlgorithm else { return "-" }
            return headAlgorithm == referenceAlgorithm
                ? headAlgorithm : "\(referenceAlgorithm)>\(headAlgorithm)"
        }
    }

    /// A build, or a file.
    let reference: String
    let tolerance: Double
    /// The change that a launch's ratio is compared with.
    let line: Double
    let rows: [Row]

    init(_ run: RegressionRun, reference: String) {
        self.reference = reference
        tolerance = run.tolerance
        line = exp(run.line) - 1
        rows = run.rows.map(Row.init)
    }

    func text(style: Style) -> String {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("algorithm", dispensable: 3),
            TextTable.Column("thr", .right, dispensable: 1), TextTable.Column("ref ms", .right, dispensable: 2),
            TextTable.Column("ms", .right), TextTable.Column("change", .right),
            TextTable.Column("90% interval", .right, dispensable: 4), TextTable.Column("slow", .right),
            TextTable.Column("verdict"),
        ])
        for row in rows {
            table.add([
                row.layer, row.algorithms, "\(row.threads)", row.referenceMs.map(compact) ?? "-",
                row.headMs.map(compact) ?? "-", row.change.map { percent($0.median) } ?? "-",
                row.change.map { "\(percent($0.low))..\(percent($0.high))" } ?? "-",
                "\(row.launchesAbove)/\(row.launches)", row.verdict.rawValue,
            ])
        }
        let heading = style.fitted("Against \(reference), tolerance \(short(tolerance * 100))%")
        let explanation = """
            change: head over reference, the median of the launches' ratios; slow: launches with a ratio above \
            \(percent(line)), halfway to the tolerance, of all. The side that leads decides.
            """
        return heading + "\n\n" + table.text(style: style) + "\n" + style.paragraph(explanation)
    }
}
