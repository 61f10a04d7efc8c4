// SPDX-License-Identifier: Apache-2.0

/// A line on standard error that says what is being timed and how long it will take; nothing unless a person watches.
struct Progress {
    private let isShown: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?
    let total: Int
    var done = 0

    init(total: Int, isShown: Bool = StandardError.isTerminal) {
        self.total = total
        self.isShown = isShown
        start = clock.now
    }

    /// Seconds since the beginning.
    var elapsed: Double { (clock.now - start) / .seconds(1) }

    /// Shows the line, ten times a second at most: a write between two timed runs is no help to either.
    mutating func show(_ text: String) {
        guard isShown else { return }
        let now = clock.now
        if let lastShown, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        StandardError.write("\r\(Progress.line(text, done: done, total: total, elapsed: elapsed))\u{1B}[K")
    }

    /// Removes the line.
    func clear() {
        if isShown { StandardError.write("\r\u{1B}[K") }
    }

    static func line(_ text: String, done: Int, total: Int, elapsed: Double) -> String {
        var line = "[\(done + 1)/\(total)] \(text)"
        if done > 0 {
            let left = elapsed / Double(done) * Double(total - done)
            line += "  about \(Int(left.rounded(.up))) s left"
        }
        return line
    }
}
