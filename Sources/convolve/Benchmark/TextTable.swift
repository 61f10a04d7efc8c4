// SPDX-License-Identifier: Apache-2.0

/// A table whose columns are as wide as their cells, for a terminal or in Markdown.
struct TextTable: Equatable {
    struct Column: Equatable {
        enum Alignment { case left, right }

        let title: String
        let alignment: Alignment

        init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    static let lineWidth = 100

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row of one cell a column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row of \(cells.count) cells in \(columns.count) columns")
        rows.append(cells)
    }

    /// The lines, at most 100 columns wide: where they would be wider, the first column is clipped.
    func text(style: Style, indent: Int = 0) -> String {
        var widths = columns.indices.map { index in
            max(columns[index].title.count, rows.map { $0[index].count }.max() ?? 0)
        }
        let excess = indent + widths.reduce(0, +) + 2 * (widths.count - 1) - TextTable.lineWidth
        if excess > 0 { widths[0] = max(columns[0].title.count, widths[0] - excess) }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { index in
                let cell = clipped(cells[index], widths[index])
                return columns[index].alignment == .left
                    ? cell.padded(to: widths[index]) : cell.leftPadded(to: widths[index])
            }
            return String(repeating: " ", count: indent) + padded.joined(separator: "  ").trimmingTrailingBlanks
        }
        return style.bold(line(columns.map(\.title))) + "\n" + rows.map { line($0) + "\n" }.joined()
    }

    var markdown: String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(TextTable.markdownEscaped).joined(separator: " | ") + " |\n"
        }
        let rule = columns.map { $0.alignment == .left ? "---|" : "---:|" }.joined()
        return line(columns.map(\.title)) + "|" + rule + "\n" + rows.map(line).joined()
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
