// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import ConvolveCommands

@Suite struct ProgressTests {
    @Test func restIsEstimatedFromWhatIsDone() {
        // A quarter took 3 s: 9 s are left, whatever was planned.
        #expect(Progress.secondsLeft(share: 0.25, elapsed: 3, planned: 100) == 9)
        #expect(Progress.secondsLeft(share: 1, elapsed: 3, planned: nil) == 0)
    }

    @Test func thePlanCountsInTheBeginning() {
        #expect(Progress.secondsLeft(share: 0, elapsed: 1, planned: 75) == 74)
        #expect(Progress.secondsLeft(share: 0.04, elapsed: 80, planned: 75) == 0)
        #expect(Progress.secondsLeft(share: 0, elapsed: 1, planned: nil) == nil)
    }

    @Test func theLineSaysWhatIsLeftAndNeverWraps() {
        let line = Progress.line("conv2 gemm", done: 1, total: 4, elapsed: 3, planned: nil, width: 80)
        #expect(line == " 25%  about 9 s left  conv2 gemm")
        #expect(Progress.line("conv1", done: 0, total: 4, elapsed: 3, planned: nil, width: 80) == "  0%  conv1")
        let long = String(repeating: "x", count: 200)
        #expect(Progress.line(long, done: 1, total: 4, elapsed: 3, planned: nil, width: 40).count == 40)
        #expect(Progress.line("conv1", done: 0, total: 0, elapsed: 0, planned: nil, width: 80).hasPrefix("100%"))
    }

    @Test func aTerminalHasOneLineThatIsTakenBack() {
        var written: [String] = []
        var progress = Progress(total: 4, display: .line) { written.append($0) }
        progress.clear()
        #expect(written.isEmpty)
        let start = ContinuousClock.now
        for milliseconds in [1, 50, 150] { progress.show("conv1", at: start.advanced(by: .milliseconds(milliseconds))) }
        progress.clear()
        #expect(written.count == 3)
        #expect(written.allSatisfy { $0.hasPrefix("\r") && $0.hasSuffix("\u{1B}[K") })
    }

    /// In a log short work leaves no trace, and long work a line every ten seconds.
    @Test func aLogHasLinesOfLongWorkAlone() {
        var written: [String] = []
        var progress = Progress(total: 4, display: .log) { written.append($0) }
        let start = ContinuousClock.now
        progress.show("conv1", at: start.advanced(by: .seconds(9)))
        progress.clear()
        #expect(written.isEmpty)
        progress.done = 1
        for seconds in [12, 13, 21, 23, 35] { progress.show("conv2", at: start.advanced(by: .seconds(seconds))) }
        progress.clear()
        #expect(written.count == 3)
        #expect(written.first?.hasPrefix("progress: 25%  about ") == true)
        #expect(written.allSatisfy { $0.hasSuffix("conv2\n") && !$0.contains("\r") && !$0.contains("\u{1B}") })
    }

    /// What is written, from whatever thread.
    private final class Log: Sendable {
        private let written = Mutex<[String]>([])

        var texts: [String] { written.withLock { $0 } }

        func write(_ text: String) { written.withLock { $0.append(text) } }
    }

    @Test(arguments: [Progress.Display.line, .log])
    func aHeartbeatSpeaksUntilItIsStopped(display: Progress.Display) async throws {
        let log = Log()
        let heartbeat = Heartbeat(display: display, interval: 5, write: log.write)
        while log.texts.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
        heartbeat.stop()
        let texts = log.texts
        try await Task.sleep(for: .milliseconds(20))
        heartbeat.stop()
        #expect(log.texts == texts)
        #expect(texts[0].contains("still at work after 1 s"))
        #expect(texts.allSatisfy { $0.contains("\r") == (display == .line) })
        #expect((texts.last == "\r\u{1B}[K") == (display == .line))
    }

    @Test func shortWorkHasNoHeartbeat() {
        let log = Log()
        Heartbeat(display: .log, write: log.write).stop()
        #expect(log.texts.isEmpty)
    }

    @Test(arguments: [(0.2, "1 s"), (59, "59 s"), (60.1, "1 min 1 s"), (7500, "2 h 5 min"), (-1, "0 s")])
    func durationsAreForPeople(seconds: Double, text: String) {
        #expect(Progress.duration(seconds) == text)
    }
}
