// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Emphasis, bars and lines that fit on a terminal, and plain text of any width everywhere else.
struct Style {
    /// What bars are drawn with.
    enum Bars {
        case none
        /// Characters of ASCII, where the locale knows no others.
        case signs
        /// Unicode's block elements, to an eighth of a column.
        case blocks
    }

    let isColoured: Bool
    var bars = Bars.none
    /// The terminal's width, which no line may pass; nil where a program or a file reads the text.
    var columns: Int?

    /// Sentences are no wider than this on any terminal.
    static let widestSentence = 100

    static let plain = Style(isColoured: false)

    /// Colours when standard output is a terminal and the user has not set NO_COLOR (to anything but ""); bars on every
    /// terminal.
    static func forStandardOutput() -> Style {
        forTerminal(columns: StandardOutput.columns, ProcessInfo.processInfo.environment)
    }

    /// - Parameter columns: The terminal's width; nil if it is none.
    static func forTerminal(columns: Int?, _ environment: [String: String]) -> Style {
        guard let columns else { return .plain }
        return Style(
            isColoured: allowsColour(isTerminal: true, environment), bars: knowsBlocks(environment) ? .blocks : .signs,
            columns: columns)
    }

    static func allowsColour(isTerminal: Bool, _ environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// Whether the locale's character set has the block elements: the first of these variables that is set decides.
    private static func knowsBlocks(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.uppercased()
        return name.contains("UTF-8") || name.contains("UTF8")
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func faint(_ text: String) -> String { wrap(text, "2") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// A bar that fills a fraction of `width` columns, never none of it; "" where there are no bars.
    func bar(_ fraction: Double, width: Int) -> String {
        guard bars != .none, width > 0, fraction.isFinite, fraction > 0 else { return "" }
        let filled = min(fraction, 1) * Double(width)
        if bars == .signs { return String(repeating: "#", count: max(1, Int(filled.rounded()))) }
        let eighths = max(1, Int((filled * 8).rounded()))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    /// The text, with its middle left out if a line of the terminal is too short for it.
    func fitted(_ text: String) -> String { columns.map { clipped(text, $0) } ?? text }

    /// Sentences in lines that fit, broken between words.
    func paragraph(_ text: String, indent: Int = 0) -> String {
        let width = min(columns ?? Style.widestSentence, Style.widestSentence) - indent
        return wrapped(text, width: max(1, width)).map { String(repeating: " ", count: indent) + $0 + "\n" }.joined()
    }
}

/// The words of a text in lines of at most `width` characters, but for words that are longer.
func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
        if let last = lines.last, last.count + 1 + word.count <= width {
            lines[lines.count - 1] = last + " " + word
        } else {
            lines.append(String(word))
        }
    }
    return lines
}
