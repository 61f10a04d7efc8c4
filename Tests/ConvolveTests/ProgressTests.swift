// SPDX-License-Identifier: Apache-2.0

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

    @Test(arguments: [(0.2, "1 s"), (59, "59 s"), (60.1, "1 min 1 s"), (7500, "2 h 5 min"), (-1, "0 s")])
    func durationsAreForPeople(seconds: Double, text: String) {
        #expect(Progress.duration(seconds) == text)
    }
}
