// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Says on standard error how far a long piece of work is: on a terminal in one line, which goes when it is done, else
/// in a line for each ten percent.
struct Progress {
    private let begin = ContinuousClock.now
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastShown = 0
    private(set) var seconds = 0.0

    mutating func show(done: Int, of count: Int) {
        seconds = (ContinuousClock.now - begin) / .seconds(1)
        let percent = done * 100 / count
        guard percent >= lastShown + (isTerminal ? 1 : 10), done < count, seconds > 1 else { return }
        lastShown = percent
        let left = seconds * Double(count - done) / Double(done)
        write("\(isTerminal ? "\r" : "")\(done) of \(count) tiles, \(percent) %, \(left.text(0)) s left ")
        if !isTerminal { write("\n") }
    }

    func finish() {
        if isTerminal, lastShown > 0 { write("\r\(String(repeating: " ", count: 60))\r") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

extension Double {
    /// With so many digits behind the point.
    func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
