// SPDX-License-Identifier: Apache-2.0

/// The rows as a table for a person, at most 100 columns wide: a heading for each layer, and its rows under it, the
/// fastest first.
struct BenchTable {
    let style: Style
    let showsExecutor: Bool

    /// What the line has before its bar, by `line` below.
    private var textWidth: Int { showsExecutor ? 83 : 74 }

    /// The titles of the columns.
    var header: String {
        style.bold(
            line(
                mark: " ", algorithm: "algorithm", isa: "isa", executor: "executor", threads: "thr",
                numbers: ["ms", "GFLOP/s", "% peak", "x im2col", "max error"], unsteady: " "
            ).trimmingTrailingBlanks) + "\n"
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
                    threads: "\(row.threads)",
                    numbers: [
                        compact(row.medianMs), compact(row.gflops), fixed(row.peakFraction * 100, 1),
                        result.speedOverIm2col(row).map { fixed($0, 2) } ?? "-", scientific(row.maxError),
                    ], unsteady: row.isUnsteady ? "~" : " ")
                let bar = style.bar(row.gflops / best, width: TextTable.lineWidth - textWidth)
                let whole = (text + bar).trimmingTrailingBlanks
                return (isFastest ? style.green(whole) : whole) + "\n"
            }.joined()
    }

    /// The layer's name, and what it computes.
    func heading(_ layer: Layer) -> String {
        let name = clipped(singleLine(layer.name), TextTable.lineWidth)
        let rest = clipped("  " + layer.summary, TextTable.lineWidth - name.count)
        return style.bold(name) + style.faint(rest) + "\n"
    }

    /// What the marks mean.
    func legend(_ results: [LayerResult]) -> String {
        let rows = results.flatMap(\.rows)
        let hasSettings = rows.map(\.setting).uniqued().count > 1
        var marks = ["* fastest of its layer" + (hasSettings ? " in each setting" : "")]
        if rows.contains(where: \.isAutomaticChoice) { marks.append("< what auto takes") }
        marks += ["ms: median", "max error: relative to the largest output"]
        var lines = [
            marks.joined(separator: "; "),
            "GFLOP/s count the direct convolution's operations: an algorithm that needs fewer can pass 100%.",
        ]
        if rows.contains(where: \.isUnsteady) {
            lines.append(
                "~ times scatter: the 90th percentile is more than \(short(BenchRow.steadySpread)) times the 10th")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(
        mark: String, algorithm: String, isa: String, executor: String, threads: String, numbers: [String],
        unsteady: String
    ) -> String {
        let widths = [8, 8, 7, 8, 9]
        var line = "  \(mark) \(algorithm.padded(to: 11)) \(isa.padded(to: 7))"
        if showsExecutor { line += executor.padded(to: 9) }
        line += threads.leftPadded(to: 3)
        for (index, number) in numbers.enumerated() {
            line += " " + number.leftPadded(to: widths[index]) + (index == 0 ? unsteady : "")
        }
        return line + "  "
    }
}

extension Layer {
    /// Shapes, geometry where it is not the default, work, and how often the network has it.
    var summary: String {
        var text = "\(tuple(inputShape)) * \(tuple(weightShape))"
        func append(_ name: String, _ values: [Int], unless usual: Int) {
            guard values.contains(where: { $0 != usual }) else { return }
            let shown = Set(values).count == 1 ? "\(values[0])" : values.map(String.init).joined(separator: ",")
            text += ", \(name) \(shown)"
        }
        append("stride", stride, unless: 1)
        switch padding {
        case .amounts(let amounts): append("padding", amounts, unless: 0)
        case .pairs(let values): append("pads", values, unless: 0)
        case .same: text += ", padding same"
        case .valid: break
        }
        append("dilation", dilation, unless: 1)
        append("groups", [groups], unless: 1)
        if let problem = try? problem() { text += "; \(compact(2e-6 * problem.multiplications)) MFLOP" }
        if multiplicity > 1 { text += "; \(multiplicity) times in the network" }
        return text
    }
}
