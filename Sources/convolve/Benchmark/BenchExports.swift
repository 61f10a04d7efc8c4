// SPDX-License-Identifier: Apache-2.0

/// The rows as a table in Markdown.
enum MarkdownTable {
    static let header = """
        | layer | algorithm | isa | executor | threads | ms | GFLOP/s | % of peak | x im2col | max error |
        |---|---|---|---|---:|---:|---:|---:|---:|---:|

        """

    /// The rows of one layer, the fastest in bold.
    static func lines(_ result: LayerResult) -> String {
        result.rows.indices.map { index in
            let row = result.rows[index]
            let name = index == result.fastest ? "**\(row.resolved)**" : row.resolved
            let cells = [
                row.layer.replacing("|", with: "\\|"), name, row.isa, row.executor, "\(row.threads)",
                compact(row.medianMs), compact(row.gflops), fixed(row.peakFraction * 100, 1),
                result.speedOverIm2col(row).map { fixed($0, 2) } ?? "",
                scientific(row.maxError),
            ]
            return "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }
}

/// The rows with commas between their fields, with the names of the JSON rows.
enum CommaSeparatedTable {
    static let header =
        "layer,algorithm,resolved,isa,executor,threads,min_ms,median_ms,gflops,peak_fraction,max_error,"
        + "workspace_bytes,spread,repetitions,count\n"

    static func lines(_ result: LayerResult) -> String {
        result.rows.map { row in
            let fields = [
                quoted(row.layer), row.algorithm, row.resolved, row.isa, row.executor, "\(row.threads)",
                short(row.minMs), short(row.medianMs), short(row.gflops), short(row.peakFraction), short(row.maxError),
                "\(row.workspaceBytes)", short(row.spread), "\(row.repetitions)", "\(row.count)",
            ]
            return fields.joined(separator: ",") + "\n"
        }.joined()
    }

    /// A field in quotes if it needs them (RFC 4180).
    static func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}

/// The time of all convolutions of a network: each layer's median, as often as the network has it.
struct NetworkTotals {
    /// A sum over all layers, in milliseconds.
    struct Total: Equatable {
        let setting: BenchRow.Setting
        let name: String
        let milliseconds: Double
    }

    private let convolutions: Int
    private let shapes: Int
    let totals: [Total]

    /// Sums over the algorithms that were timed on every layer, over what `auto` takes and over the fastest.
    init(_ results: [LayerResult]) {
        convolutions = results.map(\.layer.multiplicity).reduce(0, +)
        shapes = results.count
        var totals: [Total] = []
        let rows = results.flatMap(\.rows)
        let settings = rows.map(\.setting).uniqued()
        for setting in settings {
            func sum(_ name: String, _ pick: ([BenchRow]) -> BenchRow?) {
                let picked = results.map { pick($0.rows.filter { $0.setting == setting }) }
                guard picked.allSatisfy({ $0 != nil }) else { return }
                let milliseconds = picked.compactMap { $0.map { $0.medianMs * Double($0.count) } }.reduce(0, +)
                totals.append(Total(setting: setting, name: name, milliseconds: milliseconds))
            }
            sum("fastest of each") { $0.min { $0.medianMs < $1.medianMs } }
            sum("auto's choice") { $0.first(where: \.isAutomaticChoice) }
            for algorithm in rows.map(\.resolved).uniqued() {
                sum(algorithm) { $0.first { $0.resolved == algorithm } }
            }
        }
        self.totals = totals
    }

    /// A line for each sum, under a line for each setting; nothing for a single layer.
    var text: String {
        guard shapes > 1 else { return "" }
        let heading = "All \(convolutions) convolutions (\(shapes) shapes, each as often as the network has it):\n"
        return heading
            + totals.map(\.setting).uniqued().map { setting in
                let sums = totals.filter { $0.setting == setting }
                    .map { "    \($0.name.padded(to: 16)) \(compact($0.milliseconds).leftPadded(to: 8)) ms\n" }
                let threads = "\(setting.threads) \(setting.threads == 1 ? "thread" : "threads")"
                return "  \(setting.isa), \(threads), \(setting.executor)\n" + sums.joined()
            }.joined()
    }
}

extension Sequence where Element: Hashable {
    /// The elements in their order, each once.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
