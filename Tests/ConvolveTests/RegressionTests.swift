// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

@Suite struct RegressionTests {
    @Test func theLeadGrowsWithTheNumberOfTests() {
        #expect(SignTest(tests: 1).lead == 6)
        #expect(SignTest(tests: 37).lead == 10)
        // What is promised: the gambler's ruin, times the number of tests.
        for tests in [1, 2, 10, 100] {
            let lead = Double(SignTest(tests: tests).lead)
            #expect(Double(tests) / (1 + pow(0.7 / 0.3, lead)) <= 0.01)
        }
    }

    @Test func theSideThatLeadsDecides() {
        var test = SignTest(tests: 1)
        for _ in 0..<5 { test.add(isAbove: true) }
        #expect(test.outcome == .open)
        test.add(isAbove: false)
        test.add(isAbove: true)
        #expect(test.outcome == .open)
        test.add(isAbove: true)
        #expect(test.outcome == .above)
        #expect(test.samples == 8)
        var other = SignTest(tests: 1)
        for _ in 0..<6 { other.add(isAbove: false) }
        #expect(other.outcome == .below)
    }

    /// The error rate where the assumption is just met, over many runs.
    @Test func theErrorRateIsAsPromised() {
        var generator = SeededGenerator(seed: 7)
        var (wrong, open) = (0, 0)
        for _ in 0..<20_000 {
            var test = SignTest(tests: 1)
            while test.outcome == .open, test.samples < test.mostSamples {
                test.add(isAbove: Double.random(in: 0..<1, using: &generator) < SignTest.wrongSide)
            }
            if test.outcome == .above { wrong += 1 }
            if test.outcome == .open { open += 1 }
        }
        #expect(wrong <= 200, "\(wrong) of 20000")
        #expect(wrong >= 20, "\(wrong) of 20000: the walk is not the one that is promised")
        #expect(open < 600, "\(open) of 20000")
    }

    @Test func orderStatisticsEncloseTheMedian() {
        // Binomial tails of 12 coins: 2 (1 + 12 + 66) / 4096 = 3.9%, with 220 more 14.6%.
        #expect(MedianInterval.rank(count: 12, confidence: 0.95) == 2)
        #expect(MedianInterval.rank(count: 12, confidence: 0.97) == 1)
        #expect(MedianInterval.rank(count: 5, confidence: 0.9) == 0)
        #expect(MedianInterval.rank(count: 1, confidence: 0.9) == 0)
        let interval = MedianInterval((1...12).shuffled().map(Double.init), confidence: 0.95)
        #expect((interval.low, interval.median, interval.high) == (3, 6.5, 10))
        #expect(MedianInterval([2]).map { $0 * 2 }.high == 4)
    }

    @Test func theLineIsHalfwayAsRatiosGo() {
        #expect(abs(exp(2 * RegressionRun.line(0.21)) - 1.21) < 1e-12)
    }

    @Test func turnsCancelADrift() {
        for first in [0, 1] {
            let turns = Visit.turns(first: first)
            let places = [0, 1].map { build in turns.indices.filter { turns[$0] == build }.reduce(0, +) }
            #expect(places[0] == places[1])
            #expect(turns[0] == first)
        }
        #expect(Visit.repetitions(milliseconds: 1) == 5)
        #expect(Visit.repetitions(milliseconds: 1e-3) == 60)
        #expect(Visit.repetitions(milliseconds: 100) == 3)
    }

    @Test func theBoundIsTheRooflines() {
        func bound(_ operations: Double, _ bytes: Double, _ milliseconds: Double) -> Baseline.Probe {
            Baseline.Probe.bound(
                operations: operations, bytes: bytes, threads: 1, milliseconds: milliseconds, peak: 100, bandwidth: 10)
        }
        #expect(bound(1e9, 1e6, 12) == .arithmetic)
        #expect(bound(1e7, 1e7, 1.2) == .memory)
        // Faster than memory moves the bytes: they were in a cache.
        #expect(bound(1e7, 1e7, 0.5) == .arithmetic)
    }

    @Test func requestsAreLayersWithOptions() throws {
        let layer = try LayerTable.layer(named: "resnet50.conv1")
        let item = CheckedLayer(layer: layer, threads: 2, algorithm: "auto", isa: "avx2")
        let line = try encodeJSON(ServeRequest(item: item, repetitions: 5), pretty: false)
        #expect(!line.contains("\n"))
        #expect(try JSONDecoder().decode(Layer.self, from: Data(line.utf8)) == layer)
        let request = try JSONDecoder().decode(BenchServer.Request.self, from: Data(line.utf8))
        #expect((request.threads, request.repetitions) == (2, 5))
        #expect((request.isa, request.algorithm) == ("avx2", "auto"))
    }

    @Test func linuxAccountsAreRead() {
        #expect(MachineLoad.busyTicks("cpu  10 20 30 1000 500 1 2 3 7 8\ncpu0 1 2 3 4") == 66)
        #expect(MachineLoad.busyTicks("intr 5") == nil)
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 100 200 0 0 17 5 900 900 20 0 1 0 300"
        #expect(MachineLoad.processTicks(stat) == 22)
        #expect(MachineLoad.processTicks("42") == nil)
    }
}
