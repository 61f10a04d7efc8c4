// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Wald's sequential probability ratio test on signs: is the median of what is sampled above a line, or below it?
///
/// Each launch of a build gives one sample, of which the test sees only the side of the line that it falls on. It ends
/// when one side leads by `lead`. As long as no more than `wrongSide` of the samples fall on the wrong side, the walk of
/// that lead is the gambler's ruin, and it ends on the wrong side with a probability of at most
/// 1 / (1 + (odds of the right side)^lead). Nothing is assumed of how far the samples scatter or in what shape, and an
/// outlier counts once, however far it lies.
struct SignTest: Equatable, Sendable {
    enum Outcome: Equatable, Sendable {
        case open
        case above
        case below
    }

    /// The most samples on the wrong side for which the error rate is promised.
    static let wrongSide = 0.3
    /// The promised error rate of all tests of a run together, shared out among them evenly (Bonferroni).
    static let errorRate = 0.01

    let lead: Int
    private(set) var above = 0
    private(set) var below = 0

    /// - Parameter tests: How many there are in the run.
    init(tests: Int) {
        let odds = (1 - SignTest.wrongSide) / SignTest.wrongSide
        lead = Int((log(Double(max(1, tests)) / SignTest.errorRate - 1) / log(odds)).rounded(.up))
    }

    mutating func add(isAbove: Bool) {
        if isAbove { above += 1 } else { below += 1 }
    }

    var samples: Int { above + below }

    var outcome: Outcome {
        if above - below >= lead { return .above }
        return below - above >= lead ? .below : .open
    }

    /// After so many samples the test gives up: with `wrongSide` of them on the wrong side it needs 2.5 times the lead on
    /// average.
    var mostSamples: Int { 6 * lead }
}

/// Order statistics that enclose the median of what was sampled, whatever its distribution.
struct MedianInterval: Codable, Equatable, Sendable {
    let low: Double
    let median: Double
    let high: Double

    /// The narrowest pair of order statistics, as many from either end, that encloses the median with at least the
    /// confidence asked for; the extremes if there are too few values even for those.
    init(_ values: [Double], confidence: Double = 0.9) {
        let sorted = values.sorted()
        let rank = MedianInterval.rank(count: sorted.count, confidence: confidence)
        low = sorted[rank]
        high = sorted[sorted.count - 1 - rank]
        median = Timings(sorted).median
    }

    /// How many values to leave out at either end: those above the median are as many as heads among `count` coins.
    static func rank(count: Int, confidence: Double) -> Int {
        var (probability, tail, rank) = (pow(0.5, Double(count)), 0.0, 0)
        while 2 * rank < count - 1 {
            tail += probability
            if tail > (1 - confidence) / 2 { return max(0, rank - 1) }
            probability *= Double(count - rank) / Double(rank + 1)
            rank += 1
        }
        return max(0, rank - 1)
    }
}

extension MedianInterval {
    /// The interval of an ascending function of what was sampled.
    func map(_ transform: (Double) -> Double) -> MedianInterval {
        MedianInterval(low: transform(low), median: transform(median), high: transform(high))
    }

    private init(low: Double, median: Double, high: Double) {
        self.low = low
        self.median = median
        self.high = high
    }
}
