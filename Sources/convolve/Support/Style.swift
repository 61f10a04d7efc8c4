// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Emphasis and bars on a terminal, and plain text everywhere else.
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

    static let plain = Style(isColoured: false)

    /// Colours when standard output is a terminal and the user has not set NO_COLOR (to anything but ""); bars on every
    /// terminal.
    static func forStandardOutput() -> Style {
        forTerminal(StandardOutput.isTerminal, ProcessInfo.processInfo.environment)
    }

    static func forTerminal(_ isTerminal: Bool, _ environment: [String: String]) -> Style {
        guard isTerminal else { return .plain }
        return Style(
            isColoured: allowsColour(isTerminal: true, environment), bars: knowsBlocks(environment) ? .blocks : .signs)
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
}
