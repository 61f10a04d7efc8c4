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
    private let style: Style
    private let table: BenchTable
    /// What the layers are of.
    private let title: String
    private var results: [LayerResult] = []

    init(format: BenchFormat, style: Style, title: String, showsExecutor: Bool) {
        self.format = format
        self.style = style
        self.title = title
        table = BenchTable(style: style, showsExecutor: showsExecutor)
    }

    /// What is printed before the first layer. `peaks` are those of one thread, in GFLOP/s; `bandwidths` lines on main
    /// memory, if that was measured.
    func header(peaks: [(InstructionSet, Double)], bandwidths: [String] = []) -> String {
        let lines = [title] + BenchReport.machine(peaks) + bandwidths
        switch format {
        case .table: return lines.map { clipped($0, TextTable.lineWidth) + "\n" }.joined() + "\n" + table.header
        case .markdown: return lines.joined(separator: "; ") + "\n\n" + MarkdownTable.header
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
    /// - Parameter peakDrift: The highest peak of the run over the lowest.
    func footer(peakDrift: Double = 1) throws -> String {
        let noise = NoiseVerdict(results, peakDrift: peakDrift)
        switch format {
        case .table:
            let parts = [
                style.faint(table.legend(results)), NetworkTotals(results).text(style: style),
                RooflineView(results).text(style: style), CallsView(results).text(style: style),
                ChoiceSummary(results).text(style: style), noise.text(style: style), style.faint(BenchReport.next),
            ]
            return parts.filter { !$0.isEmpty }.map { "\n" + $0 }.joined()
        case .markdown:
            let parts = [
                NetworkTotals(results).markdown, RooflineView(results).markdown, CallsView(results).markdown,
                ChoiceSummary(results).markdown, noise.markdown,
            ]
            return parts.filter { !$0.isEmpty }.map { "\n" + $0 }.joined()
        case .csv: return ""
        case .json: return try encodeJSON(results.flatMap(\.rows), pretty: true) + "\n"
        }
    }

    /// What a reader of a format without a verdict has to know; nil if there is nothing.
    func warning(peakDrift: Double) -> String? {
        guard format == .json || format == .csv else { return nil }
        let noise = NoiseVerdict(results, peakDrift: peakDrift)
        return noise.level == .untrustworthy ? noise.sentences.joined(separator: " ") : nil
    }

    private static let next = """
        Next: convolve bench --network list | --threads 1,2 | --roofline | --calls all | --format markdown
        Why an algorithm is chosen: convolve info --explain-choice --layer NAME

        """

    /// The processor and its peaks.
    static func machine(_ peaks: [(InstructionSet, Double)]) -> [String] {
        let rates = peaks.map { "\(compact($0.1)) GFLOP/s (\($0.0.rawValue))" }.joined(separator: ", ")
        return [
            "\(Processor.name), \(Processor.coresInWords)",
            "FMA peak of one thread: \(rates)",
        ]
    }
}
