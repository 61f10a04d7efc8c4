// SPDX-License-Identifier: Apache-2.0

/// The time of all convolutions of a network: each layer's median, as often as the network has it.
struct NetworkTotals {
    /// A sum over all layers, in milliseconds.
    struct Total: Equatable {
        let setting: BenchRow.Setting
        let name: String
        let milliseconds: Double
    }

    private let results: [LayerResult]
    let totals: [Total]

    /// Sums over the fastest of each layer, over what `auto` takes, and over the algorithms that were timed on every layer.
    init(_ results: [LayerResult]) {
        self.results = results
        var totals: [Total] = []
        let rows = results.flatMap(\.rows)
        for setting in rows.map(\.setting).uniqued() {
            func sum(_ name: String, _ pick: (LayerResult) -> BenchRow?) {
                let picked = results.compactMap { result in pick(result).map { $0.medianMs * Double($0.count) } }
                guard picked.count == results.count else { return }
                totals.append(Total(setting: setting, name: name, milliseconds: picked.reduce(0, +)))
            }
            sum("fastest of each") { $0.fastest(in: setting) }
            sum("auto's choice") { $0.automaticChoice(in: setting) }
            let summary = totals.count
            for algorithm in rows.map(\.resolved).uniqued() {
                sum(algorithm) { $0.rows.first { $0.setting == setting && $0.resolved == algorithm } }
            }
            totals[summary...].sort { $0.milliseconds < $1.milliseconds }
        }
        self.totals = totals
    }

    /// What is summed, and in which setting if there is one alone; nil for a single layer, whose sum is no news.
    private var title: String? {
        guard results.count > 1, let first = totals.first else { return nil }
        let layers = results.map(\.layer)
        let convolutions = layers.map(\.multiplicity).reduce(0, +)
        var title =
            convolutions == results.count
            ? "Sum of the \(convolutions) layers" : "Sum of the \(convolutions) convolutions (\(results.count) shapes)"
        if let multiplications = try? layers.multiplications { title += ", \(fixed(multiplications * 2e-9, 2)) GFLOP" }
        if !hasSettings { title += "; \(first.setting.text)" }
        return title
    }

    private var hasSettings: Bool { totals.map(\.setting).uniqued().count > 1 }

    private func table(style: Style) -> TextTable {
        // The columns that would say the same in every row, or nothing, are left out.
        let hasBars = style.bars != .none
        let columns = [
            hasSettings ? TextTable.Column("setting") : nil, TextTable.Column("algorithm"),
            TextTable.Column("ms", .right), TextTable.Column("GFLOP/s", .right, dispensable: 1),
            TextTable.Column("x im2col", .right), hasBars ? TextTable.Column("", dispensable: 2) : nil,
        ]
        var table = TextTable(columns.compactMap(\.self))
        let operations = (try? results.map(\.layer).multiplications).map { $0 * 2 }
        let least = totals.map(\.milliseconds).min() ?? 0
        for total in totals {
            let im2col = totals.first { $0.setting == total.setting && $0.name == "im2col" }
            let cells = [
                hasSettings ? total.setting.text : nil, total.name, compact(total.milliseconds),
                operations.map { compact($0 / total.milliseconds * 1e-6) } ?? "",
                im2col.map { fixed($0.milliseconds / total.milliseconds, 2) } ?? "",
                hasBars ? style.bar(least / total.milliseconds, width: 20) : nil,
            ]
            table.add(cells.compactMap(\.self))
        }
        return table
    }

    /// A line for each sum; "" for a single layer.
    func text(style: Style) -> String {
        guard let title else { return "" }
        return style.bold(style.fitted(title)) + "\n" + table(style: style).text(style: style, indent: 2)
    }

    var markdown: String {
        guard let title else { return "" }
        return title + ":\n\n" + table(style: .plain).markdown
    }
}
