// SPDX-License-Identifier: Apache-2.0

/// How far `auto`'s pick is from the fastest of what was timed, layer by layer.
struct ChoiceSummary {
    /// The pick of one layer in one setting.
    struct Pick: Equatable {
        let layer: String
        let setting: BenchRow.Setting
        let picked: BenchRow
        let best: BenchRow

        /// The pick's time over the best one's.
        var ratio: Double { picked.medianMs / best.medianMs }
    }

    /// A pick within this of the best is as good: medians of one computation differ as much between runs.
    static let asGood = 1.03
    /// So many layers are shown.
    static let mostShown = 10

    let picks: [Pick]

    /// Of the layers where the pick was timed beside another algorithm.
    init(_ results: [LayerResult]) {
        picks = results.flatMap { result in
            result.settings.compactMap { setting in
                let algorithms = Set(result.rows.filter { $0.setting == setting }.map(\.resolved))
                guard algorithms.count > 1, let picked = result.automaticChoice(in: setting),
                    let best = result.fastest(in: setting), best.medianMs > 0
                else { return nil }
                return Pick(layer: singleLine(result.layer.name), setting: setting, picked: picked, best: best)
            }
        }
    }

    var geometricMeanRatio: Double { geometricMean(picks.map(\.ratio)) }
    var worst: Pick? { picks.max { $0.ratio < $1.ratio } }

    /// One sentence; nil without picks.
    var summary: String? {
        guard let worst else { return nil }
        let good = picks.count { $0.ratio <= ChoiceSummary.asGood }
        let places = picks.map(\.setting).uniqued().count > 1 ? "layers and settings" : "layers"
        var text =
            "auto is within \(percent(ChoiceSummary.asGood)) of the fastest on \(good) of \(picks.count) \(places); "
        text += "geometric mean +\(percent(geometricMeanRatio))"
        if worst.ratio > ChoiceSummary.asGood { text += ", worst +\(percent(worst.ratio))" }
        return text
    }

    private var table: TextTable? {
        let poor = picks.filter { $0.ratio > ChoiceSummary.asGood }.sorted { $0.ratio > $1.ratio }
        guard !poor.isEmpty else { return nil }
        let hasSettings = picks.map(\.setting).uniqued().count > 1
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("setting", dispensable: hasSettings ? nil : 2),
            TextTable.Column("auto takes"),
            TextTable.Column("ms", .right, dispensable: 1), TextTable.Column("fastest"),
            TextTable.Column("ms", .right, dispensable: 1), TextTable.Column("slower by", .right),
        ])
        for pick in poor.prefix(ChoiceSummary.mostShown) {
            let isUnsure = pick.picked.isUnsteady || pick.best.isUnsteady
            table.add([
                pick.layer, pick.setting.text, pick.picked.resolved, compact(pick.picked.medianMs), pick.best.resolved,
                compact(pick.best.medianMs), "\(percent(pick.ratio))\(isUnsure ? "~" : "")",
            ])
        }
        return table
    }

    func text(style: Style) -> String {
        guard let summary else { return "" }
        return style.bold("Choice") + "\n" + style.paragraph(summary, indent: 2)
            + (table?.text(style: style, indent: 2) ?? "")
    }

    var markdown: String {
        guard let summary else { return "" }
        return "Choice: \(summary).\n" + (table.map { "\n" + $0.markdown } ?? "")
    }

    private func percent(_ ratio: Double) -> String { "\(fixed((ratio - 1) * 100, 1))%" }
}
