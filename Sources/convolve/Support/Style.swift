// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Emphasis on a terminal, and plain text everywhere else.
struct Style {
    let isColoured: Bool

    /// Colours when standard output is a terminal and the user has not set NO_COLOR (to anything but "").
    static func forStandardOutput() -> Style {
        Style(isColoured: allowsColour(isTerminal: StandardOutput.isTerminal, ProcessInfo.processInfo.environment))
    }

    static func allowsColour(isTerminal: Bool, _ environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { wrap(text, "1") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func faint(_ text: String) -> String { wrap(text, "2") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
