// SPDX-License-Identifier: Apache-2.0

/// The rows as a table in Markdown.
enum MarkdownTable {
    static let header = """
        | layer | algorithm | isa | executor | threads | ms | GFLOP/s | % of peak | x im2col | max error |
        |---|---|---|---|---:|---:|---:|---:|---:|---:|

        """

    /// The rows of one layer, the fastest of each setting in bold.
    static func lines(_ result: LayerResult) -> String {
        result.rows.map { row in
            let name = row == result.fastest(in: row.setting) ? "**\(row.resolved)**" : row.resolved
            let cells = [
                TextTable.markdownEscaped(row.layer), name, row.isa, row.executor, "\(row.threads)",
                compact(row.medianMs), compact(row.gflops), fixed(row.peakFraction * 100, 1),
                result.speedOverIm2col(row).map { fixed($0, 2) } ?? "", scientific(row.maxError),
            ]
            return "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }
}

/// The rows with commas between their fields, with the names of the JSON rows.
enum CommaSeparatedTable {
    /// A field that was not measured is empty.
    private static let fields: [(key: BenchRow.CodingKeys, text: @Sendable (BenchRow) -> String?)] = [
        (.layer, { $0.layer }), (.algorithm, { $0.algorithm }), (.resolved, { $0.resolved }), (.isa, { $0.isa }),
        (.executor, { $0.executor }), (.threads, { "\($0.threads)" }), (.minMs, { short($0.minMs) }),
        (.medianMs, { short($0.medianMs) }), (.gflops, { short($0.gflops) }),
        (.peakFraction, { short($0.peakFraction) }), (.maxError, { short($0.maxError) }),
        (.workspaceBytes, { "\($0.workspaceBytes)" }), (.spread, { short($0.spread) }),
        (.repetitions, { "\($0.repetitions)" }), (.count, { "\($0.count)" }),
        (.isAutomaticChoice, { "\($0.isAutomaticChoice)" }), (.timesFastest, { $0.timesFastest.map { short($0) } }),
        (.intensity, { $0.intensity.map { short($0) } }),
        (.attainableGflops, { $0.attainableGflops.map { short($0) } }),
        (.bandwidth, { $0.bandwidth.map { short($0) } }), (.planMs, { $0.planMs.map { short($0) } }),
        (.firstRunMs, { $0.firstRunMs.map { short($0) } }), (.functionalMs, { $0.functionalMs.map { short($0) } }),
        (.op, { $0.op }), (.inputShape, { list($0.inputShape) }), (.weightShape, { list($0.weightShape) }),
        (.outputShape, { list($0.outputShape) }), (.stride, { list($0.stride) }), (.pads, { list($0.pads) }),
        (.dilation, { list($0.dilation) }), (.groups, { $0.groups.map(String.init) }), (.layout, { $0.layout }),
    ]

    /// As the options of the tool take it: 1,64,56,56.
    private static func list(_ values: [Int]?) -> String? { values.map { IntegerList($0).defaultValueDescription } }

    static let header = fields.map(\.key.rawValue).joined(separator: ",") + "\n"

    static func lines(_ result: LayerResult) -> String {
        result.rows.map { row in
            fields.map { quoted($0.text(row) ?? "") }.joined(separator: ",") + "\n"
        }.joined()
    }

    /// A field in quotes if it needs them (RFC 4180).
    static func quoted(_ field: String) -> String {
        guard field.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
