// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConvolveCommands

@Suite struct StatisticsTests {
    @Test func quantilesLieBetweenTheTimes() {
        let timings = Timings([4, 1, 3, 2])
        #expect(timings.minimum == 1)
        #expect(timings.median == 2.5)
        #expect(timings.quantile(0) == 1)
        #expect(timings.quantile(1) == 4)
        #expect(Timings([5]).median == 5)
        #expect(Timings([5]).spread == 1)
    }

    @Test func spreadIsTheNinetiethPercentileOverTheTenth() {
        let timings = Timings((0...10).map { Double($0) + 10 })
        #expect(abs(timings.spread - 19.0 / 11) < 1e-12)
    }

    @Test func shortRunsAreTimedInBlocks() {
        let schedule = Schedule(seconds: [0x1p-20, 1e-3], minimumTime: 0.1, repetitions: 7)
        #expect(schedule.batches == [53, 1])
        #expect(schedule.repetitions == [7, 7])
    }

    @Test func repetitionsFillTheMinimumTimeWithinBounds() {
        let schedule = Schedule(seconds: [1e-3, 0.09, 1, 1e-5], minimumTime: 0.1, repetitions: nil)
        // 100 ms in pairs of a warm and a timed run of 1 ms; at least 3; once what takes longer; at most 100.
        #expect(schedule.repetitions == [50, 3, 1, 100])
    }

    @Test func turnsAlternateAndSpreadTheRareOnes() {
        let schedule = Schedule(seconds: [1e-3, 1e-3], minimumTime: 0, repetitions: 3)
        #expect(schedule.turns == [0, 1, 0, 1, 0, 1])
        let uneven = Schedule(seconds: [1e-3, 0.2], minimumTime: 0.01, repetitions: nil)
        #expect(uneven.repetitions == [5, 1])
        #expect(uneven.turns == [0, 0, 0, 0, 0, 1])
    }

    @Test(arguments: [[1e-3, 1e-4, 3e-2], [5e-5], [0.5, 1e-7]])
    func everyRepetitionHasItsTurn(seconds: [Double]) {
        let schedule = Schedule(seconds: seconds, minimumTime: 0.05, repetitions: nil)
        for index in seconds.indices {
            #expect(schedule.turns.filter { $0 == index }.count == schedule.repetitions[index])
        }
    }

    @Test func rowTimeSharesWhatIsLeft() {
        let duration = BenchDuration(minimumTime: nil, repetitions: nil)
        #expect(duration.rowTime(elapsed: 15, rowsLeft: 120) == 0.5)
        #expect(duration.rowTime(elapsed: 0, rowsLeft: 1) == BenchDuration.longestRow)
        #expect(duration.rowTime(elapsed: 500, rowsLeft: 10) == BenchDuration.shortestRow)
        #expect(BenchDuration(minimumTime: 0.25, repetitions: nil).rowTime(elapsed: 500, rowsLeft: 10) == 0.25)
    }

    @Test func aRunIsPlannedUnlessItsRowsDecide() {
        #expect(BenchDuration(minimumTime: nil, repetitions: nil).planned(rows: 150) == BenchDuration.wholeRun)
        #expect(BenchDuration(minimumTime: 0.5, repetitions: nil).planned(rows: 10) == 5)
        #expect(BenchDuration(minimumTime: nil, repetitions: 3).planned(rows: 10) == nil)
    }

    @Test func peaksDriftWhenTheClockDoesAndNotWhenOneProbeIsDisturbed() {
        var probe = PeakProbe()
        #expect(probe.drift == 1)
        for peak in [100.0, 60, 100, 100] { probe.note(peak, of: .scalar) }
        #expect(probe.peak(.scalar) == 100)
        #expect(probe.drift == 1)
        for peak in [80.0, 80] { probe.note(peak, of: .scalar) }
        #expect(probe.drift == 1.25)
    }
}
