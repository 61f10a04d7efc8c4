// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// How `convolve bench` prints its rows.
enum BenchFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case table
    case json
    case csv
    case markdown
}

/// Turns results into text as they come in. All formats but JSON can be printed layer by layer.
struct BenchReport {
    private let format: BenchFormat
    private let table: BenchTable
    private var results: [LayerResult] = []

    var rows: Int { results.map(\.rows.count).reduce(0, +) }

    init(format: BenchFormat, style: Style, layers: [Layer], showsExecutor: Bool) {
        self.format = format
        table = BenchTable(style: style, layers: layers.map(\.name), showsExecutor: showsExecutor)
    }

    /// What is printed before the first layer. `peaks` are those of one thread, in GFLOP/s.
    func header(peaks: [(InstructionSet, Double)]) -> String {
        let machine = BenchReport.machine(peaks)
        switch format {
        case .table: return machine + "\n\n" + table.header
        case .markdown: return machine + "\n\n" + MarkdownTable.header
        case .csv: return CommaSeparatedTable.header
        case .json: return ""
        }
    }

    /// Takes the rows of a layer and returns their text.
    mutating func add(_ result: LayerResult) -> String {
        results.append(result)
        switch format {
        case .table: return table.lines(result)
        case .markdown: return MarkdownTable.lines(result)
        case .csv: return CommaSeparatedTable.lines(result)
        case .json: return ""
        }
    }

    /// What is printed after the last layer.
    func footer() throws -> String {
        switch format {
        case .table: return "\n" + table.legend(results) + "\n" + NetworkTotals(results).text
        case .markdown: return "\n" + NetworkTotals(results).text
        case .csv: return ""
        case .json: return try encodeJSON(results.flatMap(\.rows), pretty: true) + "\n"
        }
    }

    static func machine(_ peaks: [(InstructionSet, Double)]) -> String {
        let rates = peaks.map { "\(compact($0.1)) GFLOP/s (\($0.0.rawValue))" }.joined(separator: ", ")
        return "\(Processor.name), \(Processor.cores) cores; FMA peak of one thread: \(rates)"
    }
}

/// The rows as a table that fits in 100 columns.
struct BenchTable {
    private let style: Style
    private let showsExecutor: Bool
    private let layerWidth: Int

    static let lineWidth = 100

    init(style: Style, layers: [String], showsExecutor: Bool) {
        self.style = style
        self.showsExecutor = showsExecutor
        // Without the layer's name a line has 70 columns, and 9 more with an executor.
        let longest = BenchTable.lineWidth - (showsExecutor ? 79 : 70)
        layerWidth = min(max(5, layers.map(\.count).max() ?? 0), longest)
    }

    var header: String {
        style.bold(
            line(
                mark: " ", layer: "layer", algorithm: "algorithm", isa: "isa", executor: "executor", threads: "thr",
                numbers: ["ms", "GFLOP/s", "% peak", "x im2col", "max error"], unsteady: " ")) + "\n"
    }

    /// The rows of one layer.
    func lines(_ result: LayerResult) -> String {
        result.rows.indices.map { index in
            let row = result.rows[index]
            let isFastest = index == result.fastest
            let text = line(
                mark: isFastest ? "*" : " ", layer: row.layer,
                algorithm: row.resolved
                    + (row.isAutomaticChoice ? "<" : ""), isa: row.isa, executor: row.executor,
                threads: "\(row.threads)",
                numbers: [
                    compact(row.medianMs), compact(row.gflops), fixed(row.peakFraction * 100, 1),
                    result.speedOverIm2col(row).map { fixed($0, 2) } ?? "-", scientific(row.maxError),
                ], unsteady: row.isUnsteady ? "~" : " ")
            return (isFastest ? style.green(text) : text) + "\n"
        }.joined()
    }

    /// What the marks mean.
    func legend(_ results: [LayerResult]) -> String {
        var text = """
            * fastest of its layer; < what auto takes; ms: median; max error: relative to the largest output
            GFLOP/s count the direct convolution's operations: an algorithm that needs fewer can pass 100%.

            """
        let unsteady = results.flatMap(\.rows).filter(\.isUnsteady).count
        if unsteady > 0 {
            text += """
                ~ times scatter: the 90th percentile is more than \(short(BenchRow.steadySpread)) times the 10th \
                (\(unsteady) \(unsteady == 1 ? "row" : "rows"))

                """
        }
        return text
    }

    private func line(
        mark: String, layer: String, algorithm: String, isa: String, executor: String, threads: String,
        numbers: [String], unsteady: String
    ) -> String {
        let widths = [8, 8, 7, 8, 9]
        var line = "\(mark) \(BenchTable.clipped(layer, layerWidth).padded(to: layerWidth)) "
        line += "\(algorithm.padded(to: 11))\(isa.padded(to: 7))"
        if showsExecutor { line += executor.padded(to: 9) }
        line += threads.leftPadded(to: 3)
        for (index, number) in numbers.enumerated() {
            line += " " + number.leftPadded(to: widths[index]) + (index == 0 ? unsteady : "")
        }
        return line
    }

    /// A name with its middle left out if it is too long: networks name their layers by beginning and end.
    static func clipped(_ name: String, _ width: Int) -> String {
        guard name.count > width else { return name }
        let tail = (width - 1) / 2
        return name.prefix(width - 1 - tail) + "…" + name.suffix(tail)
    }
}
