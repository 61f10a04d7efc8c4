// SPDX-License-Identifier: Apache-2.0

/// The rows as a table for a person: a heading for each layer, and its rows under it, the fastest first.
///
/// It is printed layer by layer, so that the widths of its columns are fixed beforehand.
struct BenchTable {
    /// A column of numbers.
    private struct Column {
        let title: String
        let width: Int
        /// Where the terminal is too narrow, the columns with a number leave it, the highest first.
        var dispensable: Int?
        let cell: @Sendable (BenchRow, LayerResult) -> String
    }

    private static let numbers: [Column] = [
        Column(title: "ms ", width: 9) { row, _ in compact(row.medianMs) + (row.isUnsteady ? "~" : " ") },
        Column(title: "GFLOP/s", width: 8) { row, _ in compact(row.gflops) },
        Column(title: "% peak", width: 7, dispensable: 1) { row, _ in fixed(row.peakFraction * 100, 1) },
        Column(title: "x im2col", width: 8, dispensable: 3) { row, result in
            result.speedOverIm2col(row).map { fixed($0, 2) } ?? "-"
        },
        Column(title: "max error", width: 9, dispensable: 2) { row, _ in scientific(row.maxError) },
    ]
    private static let widestBar = 26
    private static let shortestBar = 5

    let style: Style
    let showsExecutor: Bool
    private let columns: [Column]

    init(style: Style, showsExecutor: Bool) {
        self.style = style
        self.showsExecutor = showsExecutor
        var columns = BenchTable.numbers
        while let width = style.columns, BenchTable.width(columns, showsExecutor) > width,
            let leaves = columns.indices.filter({ columns[$0].dispensable != nil })
                .max(by: { columns[$0].dispensable ?? 0 < columns[$1].dispensable ?? 0 })
        {
            columns.remove(at: leaves)
        }
        self.columns = columns
    }

    /// What a line has before its bar.
    private static func width(_ columns: [Column], _ showsExecutor: Bool) -> Int {
        columns.map { $0.width + 1 }.reduce(showsExecutor ? 35 : 26, +)
    }

    private var barWidth: Int {
        let rest = (style.columns ?? .max) - BenchTable.width(columns, showsExecutor) - 2
        return rest < BenchTable.shortestBar ? 0 : min(rest, BenchTable.widestBar)
    }

    /// The titles of the columns.
    var header: String {
        let titles = line(
            mark: " ", algorithm: "algorithm", isa: "isa", executor: "executor", threads: "thr",
            numbers: columns.map(\.title))
        return style.bold(style.fitted(titles.trimmingTrailingBlanks)) + "\n"
    }

    /// The heading and the rows of one layer.
    func lines(_ result: LayerResult) -> String {
        let best = result.rows.map(\.gflops).max() ?? 0
        let rows = result.settings.flatMap { setting in
            result.rows.filter { $0.setting == setting }.sorted { $0.medianMs < $1.medianMs }
        }
        return "\n" + heading(result.layer)
            + rows.map { row in
                let isFastest = row == result.fastest(in: row.setting)
                let text = line(
                    mark: isFastest ? "*" : " ",
                    algorithm: row.resolved + (row.isAutomaticChoice ? "<" : ""), isa: row.isa, executor: row.executor,
                    threads: "\(row.threads)", numbers: columns.map { $0.cell(row, result) })
                let bar = style.bar(row.gflops / best, width: barWidth)
                let whole = style.fitted((text + "  " + bar).trimmingTrailingBlanks)
                return (isFastest ? style.green(whole) : whole) + "\n"
            }.joined()
    }

    /// The layer's name, and of what it computes as much as fits.
    func heading(_ layer: Layer) -> String {
        let name = style.fitted(singleLine(layer.name))
        var rest = ""
        for (index, part) in layer.summaryParts.enumerated() {
            let longer = rest + (index == 0 ? "  " : "") + part
            if let columns = style.columns, name.count + longer.count > columns { break }
            rest = longer
        }
        return style.bold(name) + style.faint(rest) + "\n"
    }

    /// What the marks mean, and which columns are missing.
    func legend(_ results: [LayerResult]) -> String {
        let rows = results.flatMap(\.rows)
        let hasSettings = rows.map(\.setting).uniqued().count > 1
        var marks = ["* fastest of its layer" + (hasSettings ? " in each setting" : "")]
        if rows.contains(where: \.isAutomaticChoice) { marks.append("< what auto takes") }
        marks.append("ms: median")
        if columns.contains(where: { $0.title == "max error" }) {
            marks.append("max error: relative to the largest output")
        }
        var sentences = [
            marks.joined(separator: "; "),
            "GFLOP/s count the direct convolution's operations: an algorithm that needs fewer can pass 100%.",
        ]
        if rows.contains(where: \.isUnsteady) {
            sentences.append(
                "~ times scatter: the 90th percentile is more than \(short(BenchRow.steadySpread)) times the 10th")
        }
        let missing = BenchTable.numbers.map(\.title).filter { title in !columns.contains { $0.title == title } }
        return sentences.map { style.faint(style.paragraph($0)) }.joined() + notShown(missing, style: style)
    }

    private func line(
        mark: String, algorithm: String, isa: String, executor: String, threads: String, numbers: [String]
    ) -> String {
        var line = "  \(mark) \(algorithm.padded(to: 11)) \(isa.padded(to: 7))"
        if showsExecutor { line += executor.padded(to: 9) }
        line += threads.leftPadded(to: 3)
        for (column, number) in zip(columns, numbers) { line += " " + number.leftPadded(to: column.width) }
        return line
    }
}

extension Layer {
    /// Shapes, geometry where it is not the default, work, and how often the network has it.
    var summaryParts: [String] {
        var parts = ["\(tuple(inputShape)) * \(tuple(weightShape))"]
        func append(_ name: String, _ values: [Int], unless usual: Int) {
            guard values.contains(where: { $0 != usual }) else { return }
            let shown = Set(values).count == 1 ? "\(values[0])" : values.map(String.init).joined(separator: ",")
            parts.append(", \(name) \(shown)")
        }
        append("stride", stride, unless: 1)
        switch padding {
        case .amounts(let amounts): append("padding", amounts, unless: 0)
        case .pairs(let values): append("pads", values, unless: 0)
        case .same: parts.append(", padding same")
        case .valid: break
        }
        append("dilation", dilation, unless: 1)
        append("groups", [groups], unless: 1)
        if let problem = try? problem() { parts.append("; \(compact(2e-6 * problem.multiplications)) MFLOP") }
        if multiplicity > 1 { parts.append("; \(multiplicity) times in the network") }
        return parts
    }
}
