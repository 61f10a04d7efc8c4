// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Says on standard error how far a long piece of work is: on a terminal in one line, which goes when it is done, else
/// in a line for each ten percent.
public struct WorkProgress {
    private let unit: String
    private let begin = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastShown = 0
    /// Since the work began, at the last part of it that was done.
    public private(set) var seconds = 0.0

    /// - Parameter unit: What the work consists of, "tiles".
    public init(unit: String) {
        self.unit = unit
    }

    /// Says it if it has become worth saying.
    public mutating func show(done: Int, of count: Int) {
        seconds = (ContinuousClock.now - begin) / .seconds(1)
        let percent = done * 100 / count
        guard percent >= lastShown + (isTerminal ? 1 : 10), done < count, seconds > 1 else { return }
        lastShown = percent
        let left = seconds * Double(count - done) / Double(done)
        write("\(isTerminal ? "\r" : "")\(done) of \(count) \(unit), \(percent) %, \(left.text(0)) s left ")
        if !isTerminal { write("\n") }
    }

    /// Leaves nothing on a terminal.
    public func finish() {
        if isTerminal, lastShown > 0 { write("\r\(String(repeating: " ", count: 60))\r") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
