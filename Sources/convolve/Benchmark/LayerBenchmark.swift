// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Times the candidates of one layer against one another, on the same data.
struct LayerBenchmark {
    let layer: Layer
    let problem: ConvolutionProblem
    let input: Tensor
    let weight: Tensor
    let reference: ReferenceSample

    /// A double-precision sample stays within so many multiplications; unoptimised Swift is some 30 times slower.
    private static let referenceBudget = isDebugBuild ? 500_000 : 16_000_000

    /// Makes the layer's data: normal numbers, the same in every run.
    init(_ layer: Layer) throws {
        self.layer = layer
        problem = try layer.problem()
        let input = try Tensor.randn(layer.inputShape, seed: 1)
        let weight = try Tensor.randn(layer.weightShape, seed: 2)
        let taps = problem.termsPerSum
        reference = ReferenceSample(
            problem, input: input.span, weight: weight.span,
            limit: min(4096, max(64, LayerBenchmark.referenceBudget / max(1, taps))))
        (self.input, self.weight) = (input, weight)
    }

    /// A candidate with its packed weights, its error and its first time.
    struct Prepared {
        let candidate: Candidate
        let plan: ConvolutionPlan
        let isAutomaticChoice: Bool
        let maxError: Double
        /// Of a warm run, unless that would take long.
        let seconds: Double
    }

    /// Runs a candidate once, to check it and to learn how long it takes.
    func prepare(_ candidate: Candidate) throws -> Prepared {
        let plan = try ConvolutionPlan(problem, weight: weight, options: candidate.options)
        // An element that is never written is then no accidental zero.
        var output = try Tensor(shape: problem.outputShape, repeating: .nan)
        var seconds = try time(plan, runs: 1, &output)
        let maxError = reference.error(of: output.span)
        if seconds < 0.05 { seconds = try time(plan, runs: 1, &output) }
        return Prepared(
            candidate: candidate, plan: plan, isAutomaticChoice: try isAutomaticChoice(plan, candidate),
            maxError: maxError, seconds: seconds)
    }

    /// A run as long as this fills the caches itself.
    private static let longRun = 0.2

    /// Times prepared candidates in turns.
    /// - Parameters:
    ///   - warmUp: For how many seconds to run the candidates first, where other programs have had the cores before.
    ///   - progress: Told before each turn whose it is.
    func measure(
        _ prepared: [Prepared], minimumTime: Double, repetitions: Int?, warmUp: Double = 0,
        progress: (Prepared) -> Void = { _ in }
    ) throws -> [Timings] {
        let schedule = Schedule(seconds: prepared.map(\.seconds), minimumTime: minimumTime, repetitions: repetitions)
        var output = try Tensor.zeros(problem.outputShape)
        for candidate in prepared where candidate.seconds < LayerBenchmark.longRun {
            var left = warmUp
            while left > 0 { left -= max(1e-9, try time(candidate.plan, runs: 1, &output)) }
        }
        var times = prepared.map { _ in [Double]() }
        for turn in schedule.turns {
            let (candidate, batch) = (prepared[turn], schedule.batches[turn])
            progress(candidate)
            // The others have had the caches since.
            if candidate.seconds < LayerBenchmark.longRun { _ = try time(candidate.plan, runs: 1, &output) }
            times[turn].append(try time(candidate.plan, runs: batch, &output) / Double(batch))
        }
        return times.map(Timings.init)
    }

    /// The row of a timed candidate.
    /// - Parameters:
    ///   - peak: Of one thread, in GFLOP/s.
    ///   - bandwidth: Of memory of the tensors' size and the plan's threads, in 10^9 bytes a second, if measured.
    ///   - calls: The calls around the run, if timed.
    func row(
        _ prepared: Prepared, _ timings: Timings, peak: Double, bandwidth: Double? = nil, calls: CallTimes = CallTimes()
    ) -> BenchRow {
        let plan = prepared.plan
        let intensity = Roofline.intensity(problem)
        let gflops = timings.median > 0 ? 2 * problem.multiplications / timings.median * 1e-9 : 0
        var row = BenchRow(
            layer: layer.name, algorithm: prepared.candidate.algorithm.name, resolved: plan.algorithm.rawValue,
            isa: plan.instructionSet.rawValue, executor: plan.executor.rawValue, threads: plan.threads,
            minMs: timings.minimum * 1e3, medianMs: timings.median * 1e3, spread: timings.spread,
            repetitions: timings.count, gflops: gflops, peakFraction: gflops / (peak * Double(plan.threads)),
            maxError: prepared.maxError, workspaceBytes: plan.workspaceBytes, count: layer.multiplicity,
            isAutomaticChoice: prepared.isAutomaticChoice, intensity: intensity,
            attainableGflops: bandwidth.map {
                Roofline(peak: peak * Double(plan.threads), bandwidth: $0).attainable(intensity: intensity)
            }, bandwidth: bandwidth, planMs: calls.plan.map { $0 * 1e3 }, firstRunMs: calls.first.map { $0 * 1e3 },
            functionalMs: calls.functional.map { $0 * 1e3 })
        row.note(problem)
        return row
    }

    private func isAutomaticChoice(_ plan: ConvolutionPlan, _ candidate: Candidate) throws -> Bool {
        var options = candidate.options
        options.algorithm = nil
        let chosen = try ConvolutionPlan.explainChoice(problem, options: options).first(where: \.isChosen)
        return chosen?.algorithm == plan.algorithm
    }

    /// The time of so many runs, in seconds.
    func time(_ plan: ConvolutionPlan, runs: Int, _ output: inout Tensor) throws -> Double {
        let clock = ContinuousClock()
        let source = input.span
        var target = output.mutableSpan
        let start = clock.now
        for _ in 0..<runs {
            try plan.run(input: source, output: &target)
        }
        return (clock.now - start) / .seconds(1)
    }
}
