// SPDX-License-Identifier: Apache-2.0

/// Times of one computation, in seconds, and what is read from them.
struct Timings: Equatable, Sendable {
    /// In ascending order.
    private let sorted: [Double]

    init(_ seconds: [Double]) {
        precondition(!seconds.isEmpty, "no times to summarise")
        sorted = seconds.sorted()
    }

    var count: Int { sorted.count }
    var minimum: Double { sorted[0] }
    var median: Double { quantile(0.5) }

    /// The 90th percentile over the 10th: 1 on a quiet machine.
    var spread: Double {
        let low = quantile(0.1)
        return low > 0 ? quantile(0.9) / low : 1
    }

    /// Between two times, linearly.
    func quantile(_ fraction: Double) -> Double {
        let position = fraction * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}

/// How often each of several computations is timed, and in what order.
struct Schedule: Equatable, Sendable {
    /// Runs in each timed block: short runs are timed together, since the clock's own cost must not show.
    let batches: [Int]
    /// How many blocks of each.
    let repetitions: [Int]

    static let shortestBlock = 50e-6
    static let fewest = 3
    static let most = 100

    /// - Parameters:
    ///   - seconds: About how long one run of each takes.
    ///   - minimumTime: How long to time each, in seconds; ignored if `repetitions` is given.
    init(seconds: [Double], minimumTime: Double, repetitions: Int?) {
        let batches = seconds.map { max(1, Int((Schedule.shortestBlock / max($0, 1e-9)).rounded(.up))) }
        self.batches = batches
        self.repetitions = zip(seconds, batches).map { time, batch in
            if let repetitions { return max(1, repetitions) }
            // Each block is preceded by an untimed run.
            let wanted = minimumTime / (time * Double(batch + 1))
            return time > minimumTime ? 1 : Int(min(max(wanted, Double(Schedule.fewest)), Double(Schedule.most)))
        }
    }

    /// The computations in the order of their blocks: all of them take turns from the first to the last, the rarer ones
    /// spread evenly, so that a change of the machine's speed meets all alike.
    var turns: [Int] {
        let rounds = repetitions.max() ?? 0
        return (0..<rounds).flatMap { round in
            repetitions.indices.filter { index in
                (round + 1) * repetitions[index] / rounds > round * repetitions[index] / rounds
            }
        }
    }
}
