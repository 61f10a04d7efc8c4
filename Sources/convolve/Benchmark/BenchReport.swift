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
    private let machine: BenchMachine
    private var results: [LayerResult] = []

    init(format: BenchFormat, style: Style, title: String, machine: BenchMachine, showsExecutor: Bool) {
        self.format = format
        self.style = style
        self.title = title
        self.machine = machine
        table = BenchTable(style: style, showsExecutor: showsExecutor)
    }

    /// What is printed before the first layer.
    func header() -> String {
        let lines = [title] + machine.lines
        switch format {
        case .table: return lines.map { style.fitted($0) + "\n" }.joined() + "\n" + table.header
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
                table.legend(results), NetworkTotals(results).text(style: style),
                RooflineView(results).text(style: style), CallsView(results).text(style: style),
                ChoiceSummary(results).text(style: style), noise.text(style: style),
                BenchReport.next.map { style.faint(style.paragraph($0)) }.joined(),
            ]
            return parts.filter { !$0.isEmpty }.map { "\n" + $0 }.joined()
        case .markdown:
            let parts = [
                NetworkTotals(results).markdown, RooflineView(results).markdown, CallsView(results).markdown,
                ChoiceSummary(results).markdown, noise.markdown,
            ]
            return parts.filter { !$0.isEmpty }.map { "\n" + $0 }.joined()
        case .csv: return ""
        case .json:
            let document = BenchDocument(
                title: title, machine: machine, verdict: BenchVerdict(noise), rows: results.flatMap(\.rows))
            return try encodeJSON(document, pretty: true) + "\n"
        }
    }

    /// What a reader of the rows alone has to know; nil if there is nothing.
    func warning(peakDrift: Double) -> String? {
        guard format == .json || format == .csv else { return nil }
        let noise = NoiseVerdict(results, peakDrift: peakDrift)
        return noise.level == .untrustworthy ? noise.sentences.joined(separator: " ") : nil
    }

    private static let next = [
        "Next: convolve bench --network list | --list | --threads 1,2 | --roofline | --calls all | --help",
        "Why an algorithm is chosen: convolve info --layer NAME",
    ]
}
