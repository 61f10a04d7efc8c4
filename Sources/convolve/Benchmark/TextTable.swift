// SPDX-License-Identifier: Apache-2.0

/// A table whose columns are as wide as their cells, for a terminal, in Markdown or with commas.
struct TextTable: Equatable {
    struct Column: Equatable {
        enum Alignment { case left, right }

        let title: String
        let alignment: Alignment
        /// Where the terminal is too narrow, the columns with a number leave it, the highest first.
        let dispensable: Int?

        init(_ title: String, _ alignment: Alignment = .left, dispensable: Int? = nil) {
            self.title = title
            self.alignment = alignment
            self.dispensable = dispensable
        }
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []
    /// The first column's cells are clipped to this before a column leaves, and further only if no other can.
    var leastName = 24

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row of one cell a column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row of \(cells.count) cells in \(columns.count) columns")
        rows.append(cells)
    }

    /// The lines. On a terminal that is too narrow for them, columns are left out, which a last line says, and cells of
    /// the first one clipped.
    func text(style: Style, indent: Int = 0) -> String {
        let (shown, widths) = layout(style.columns.map { $0 - indent })
        func line(_ cells: [String]) -> String {
            let padded = shown.map { index in
                let cell = clipped(cells[index], widths[index])
                return columns[index].alignment == .left
                    ? cell.padded(to: widths[index]) : cell.leftPadded(to: widths[index])
            }
            let line = String(repeating: " ", count: indent) + padded.joined(separator: "  ").trimmingTrailingBlanks
            return style.fitted(line)
        }
        let body = style.bold(line(columns.map(\.title))) + "\n" + rows.map { line($0) + "\n" }.joined()
        let missing = columns.indices.filter { !shown.contains($0) && !columns[$0].title.isEmpty }
        return body + notShown(missing.map { columns[$0].title }, style: style, indent: indent)
    }

    /// The columns that fit, and how wide each is.
    private func layout(_ limit: Int?) -> (shown: [Int], widths: [Int]) {
        var widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0)
        }
        var shown = Array(columns.indices)
        guard let limit else { return (shown, widths) }
        func total() -> Int { shown.map { widths[$0] + 2 }.reduce(-2, +) }
        let name = widths[0] - min(widths[0], leastName)
        while total() - name > limit {
            let candidates = shown.filter { columns[$0].dispensable != nil }
            guard let leaves = candidates.max(by: { columns[$0].dispensable ?? 0 < columns[$1].dispensable ?? 0 })
            else { break }
            shown.removeAll { $0 == leaves }
        }
        widths[0] = max(columns[0].title.count, widths[0] - max(0, total() - limit))
        return (shown, widths)
    }

    var markdown: String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(TextTable.markdownEscaped).joined(separator: " | ") + " |\n"
        }
        let rule = columns.map { $0.alignment == .left ? "---|" : "---:|" }.joined()
        return line(columns.map(\.title)) + "|" + rule + "\n" + rows.map(line).joined()
    }

    var commaSeparated: String {
        ([columns.map(\.title)] + rows)
            .map { $0.map(CommaSeparatedTable.quoted).joined(separator: ",") + "\n" }.joined()
    }

    /// Text that stays in its cell and means itself: outside of code, Markdown reads these characters as markup.
    static func markdownEscaped(_ text: String) -> String {
        String(
            text.flatMap { character -> [Character] in
                if character.isNewline { return [" "] }
                return "\\|`*_<>[]".contains(character) ? ["\\", character] : [character]
            })
    }
}

/// A line that names the columns that a terminal has no room for; "" for none.
func notShown(_ titles: [String], style: Style, indent: Int = 0) -> String {
    guard !titles.isEmpty, let columns = style.columns else { return "" }
    let text = "(not shown in \(columns) columns: \(titles.uniqued().joined(separator: ", ")))"
    return style.paragraph(text, indent: indent).split(separator: "\n").map { style.faint(String($0)) + "\n" }.joined()
}

/// A name with its middle left out if it is too long: networks name their layers by beginning and end.
func clipped(_ name: String, _ width: Int) -> String {
    guard width > 0 else { return "" }
    guard name.count > width else { return name }
    let tail = (width - 1) / 2
    return name.prefix(width - 1 - tail) + "…" + name.suffix(tail)
}

extension String {
    var trimmingTrailingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
