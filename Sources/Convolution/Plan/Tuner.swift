// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Chooses algorithms by timing them, and remembers the winners.
final class Tuner: Sendable {
    /// What all plans of the process use.
    static let shared = Tuner()

    /// One run of what has been prepared.
    typealias Run = () throws(ConvolutionError) -> Void
    typealias Preparation = (ConvolutionOptions) throws(ConvolutionError) -> Run

    private struct Memory: Hashable {
        let problem: ConvolutionProblem
        let options: ConvolutionOptions
    }

    /// A process that makes plans for ever new sizes does not keep them all.
    private static let capacity = 1024

    private let findings = Mutex<[Memory: TuningFinding]>([:])
    /// Held while candidates are timed: two that are timed at once would take the cores from one another.
    private let measuring = Mutex(())

    /// How many findings are remembered.
    var count: Int { findings.withLock { $0.count } }

    /// The fastest algorithm for a problem, from memory, from the file, or by measuring.
    ///
    /// - Parameters:
    ///   - prepare: Prepares a convolution with other options, and answers what runs it once.
    ///   - file: Where to remember the finding beside this process, or nil.
    /// - Throws: `ConvolutionError.tuningFile`, and what making a plan throws.
    func finding(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, file: FilePath?, prepare: Preparation
    ) throws(ConvolutionError) -> TuningFinding {
        let memory = Memory(problem: problem, options: options)
        if let known = findings.withLock({ $0[memory] }) { return known }
        return try measuring.withLock { (_) throws(ConvolutionError) -> TuningFinding in
            // Another thread may have measured while this one waited.
            if let known = findings.withLock({ $0[memory] }) { return known }
            let found = try recorded(problem, options, file, prepare)
            findings.withLock { findings in
                if findings.count >= Tuner.capacity { findings.removeAll() }
                findings[memory] = found
            }
            return found
        }
    }

    private func recorded(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, _ file: FilePath?, _ prepare: Preparation
    ) throws(ConvolutionError) -> TuningFinding {
        let machine = try Choice.Machine(options)
        guard let file else { return try Tuner.measure(problem, options, machine, prepare) }
        let key = TuningKey(problem, machine, options)
        let entry = try TuningRecord(contentsOf: file).entry(key)
        if let known = entry.flatMap(TuningFinding.init), Tuner.allows(known.algorithm, problem, options) {
            return known
        }
        let found = try Tuner.measure(problem, options, machine, prepare)
        // Read once more: measuring took its time, and others may have added to it.
        var record = try TuningRecord(contentsOf: file)
        record.add(found, for: key)
        try record.write(to: file)
        return found
    }

    /// Whether a file may name the algorithm: one that could have been measured here.
    private static func allows(
        _ algorithm: Algorithm, _ problem: ConvolutionProblem, _ options: ConvolutionOptions
    ) -> Bool {
        guard !algorithm.isForComparison else { return false }
        var single = options
        single.algorithm = algorithm
        guard let choice = try? Choice(problem, single) else { return false }
        return algorithm.precision(for: choice.lowering) <= options.precision
    }

    // MARK: Measuring

    /// By how much an estimate may exceed the least and its algorithm still be tried, and how many are tried at most.
    static let candidateFactor = 2.0
    private static let mostCandidates = 4
    /// A time is of as many runs as take this long, so that the clock's resolution does not matter.
    private static let leastSample = Duration.microseconds(20)
    private static let (fewestRounds, mostRounds, enough) = (3, 25, Duration.milliseconds(100))

    /// Times the candidates in turns, so that what disturbs one disturbs all, and compares their medians.
    private static func measure(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, _ machine: Choice.Machine,
        _ prepare: Preparation
    ) throws(ConvolutionError) -> TuningFinding {
        var plans = try candidates(problem, options, machine, prepare)
        // What is timed must be warm: packed weights, workers and caches.
        var warmTimes: [Duration] = []
        for plan in plans {
            _ = try time(plan, runs: 1)
            warmTimes.append(try time(plan, runs: 1))
        }
        let limit = (warmTimes.min() ?? .zero) * 3
        // An estimate that proved wrong takes no more time.
        let kept = plans.indices.filter { plans.count == 1 || warmTimes[$0] <= limit }
        plans = kept.map { plans[$0] }
        let runs = kept.map { Int(min(1000, max(1, leastSample / max(.nanoseconds(1), warmTimes[$0])))) }
        var times = plans.map { _ in [Duration]() }
        let clock = ContinuousClock()
        let start = clock.now
        for round in 0..<mostRounds where round < fewestRounds || clock.now - start < enough {
            for index in plans.indices {
                times[index].append(try time(plans[index], runs: runs[index]) / runs[index])
            }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        guard let best = medians.indices.min(by: { medians[$0] < medians[$1] }) else {
            throw .algorithmNotApplicable(.direct, reason: "no algorithm applies")
        }
        let pairs = zip(plans, medians).map { ($0.algorithm, $1 / .milliseconds(1)) }
        return TuningFinding(
            algorithm: plans[best].algorithm, milliseconds: [Algorithm: Double](uniqueKeysWithValues: pairs))
    }

    /// The algorithms whose estimates are close to the least, the least first, each ready to run.
    private static func candidates(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, _ machine: Choice.Machine, _ prepare: Preparation
    ) throws(ConvolutionError) -> [(algorithm: Algorithm, run: Run)] {
        var plans: [(algorithm: Algorithm, run: Run)] = []
        var least = Double.infinity
        var firstError: ConvolutionError?
        for candidate in Choice.ranked(problem, machine, options) {
            if plans.count == mostCandidates || candidate.nanoseconds > candidateFactor * least { break }
            var single = options
            single.algorithm = candidate.algorithm
            do throws(ConvolutionError) {
                // What the workspace limit excludes is not tried.
                plans.append((candidate.algorithm, try prepare(single)))
                least = min(least, candidate.nanoseconds)
            } catch {
                firstError = firstError ?? error
            }
        }
        if plans.isEmpty, let firstError { throw firstError }
        return plans
    }

    private static func time(
        _ plan: (algorithm: Algorithm, run: Run), runs: Int
    ) throws(ConvolutionError) -> Duration {
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<runs {
            try plan.run()
        }
        return clock.now - start
    }
}
