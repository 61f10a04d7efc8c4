// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Says on standard error what is being timed and how long it will take: on a terminal in a line that changes,
/// elsewhere in a line now and then, for the reader of a log.
struct Progress {
    enum Display: Equatable {
        case line
        case log

        static func forStandardError() -> Display {
            StandardError.isTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb" ? .line : .log
        }
    }

    /// Of a log, in seconds: what takes no longer needs no line.
    static let logInterval = 10.0

    private let display: Display
    private let write: (String) -> Void
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown: ContinuousClock.Instant?
    /// Units of work.
    let total: Int
    /// About how long all of it will take, in seconds, where that is known beforehand.
    let planned: Double?
    var done = 0
    /// How much of the unit after those that are done is behind us.
    var fraction = 0.0

    init(
        total: Int, planned: Double? = nil, display: Display = .forStandardError(),
        write: @escaping (String) -> Void = StandardError.write
    ) {
        self.total = total
        self.planned = planned
        self.display = display
        self.write = write
        start = clock.now
    }

    /// Seconds since the beginning.
    var elapsed: Double { (clock.now - start) / .seconds(1) }

    /// Shows a line, if it is time for one: ten times a second at most, since a write between two timed runs is no help
    /// to either.
    mutating func show(_ text: String) {
        show(text, at: clock.now)
    }

    mutating func show(_ text: String, at now: ContinuousClock.Instant) {
        let interval = display == .line ? Duration.milliseconds(100) : .seconds(Progress.logInterval)
        // The first line on a terminal comes at once, that of a log after its interval.
        let last = lastShown ?? (display == .line ? nil : start)
        if let last, now - last < interval { return }
        lastShown = now
        let line = Progress.line(
            text, done: Double(done) + fraction, total: total, elapsed: (now - start) / .seconds(1), planned: planned,
            width: display == .line ? StandardError.columns - 1 : .max)
        write(display == .line ? "\r\(line)\u{1B}[K" : "progress: \(line.trimmingPrefix(while: \.isWhitespace))\n")
    }

    /// Removes the line.
    func clear() {
        if display == .line, lastShown != nil { write("\r\u{1B}[K") }
    }

    /// The share that is done, the time left, and what is under way, clipped: a line that wraps could not be taken back.
    static func line(
        _ text: String, done: Double, total: Int, elapsed: Double, planned: Double?, width: Int
    ) -> String {
        let share = total > 0 ? min(1, done / Double(total)) : 1
        var line = "\(fixed(share * 100, 0).leftPadded(to: 3))%"
        if let left = secondsLeft(share: share, elapsed: elapsed, planned: planned) {
            line += "  about \(duration(left)) left"
        }
        return clipped(line + "  " + text, max(1, width))
    }

    /// The first twentieth is too short to tell how long the rest takes; there the plan counts, if there is one.
    static func secondsLeft(share: Double, elapsed: Double, planned: Double?) -> Double? {
        guard share < 0.05 else { return elapsed / share * (1 - share) }
        return planned.map { max(0, $0 - elapsed) }
    }

    /// 42 s, 3 min 20 s, 2 h 5 min.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(0, seconds), 1e9).rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
