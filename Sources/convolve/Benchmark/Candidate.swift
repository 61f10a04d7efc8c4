// SPDX-License-Identifier: Apache-2.0

import Convolution

/// One way to compute a layer.
struct Candidate: Equatable, Sendable {
    let algorithm: Choice<Algorithm>
    let isa: Choice<InstructionSet>
    let executor: ExecutorKind
    let threads: Int?
    let precision: Precision
    var tuning: Tuning = .estimated

    var options: ConvolutionOptions {
        ConvolutionOptions(
            algorithm: algorithm.value, precision: precision, tuning: tuning, instructionSet: isa.value,
            executor: executor, threads: threads)
    }
}

/// What `--algorithms` asks for.
enum AlgorithmSelection: Equatable, Sendable {
    /// Each that applies to the layer.
    case all
    /// The same, and before it the plan's own choice as a row of its own.
    case autoAndAll
    case listed([Choice<Algorithm>])

    /// Whether each algorithm that applies is asked for, under the precision that `auto` keeps to.
    var includesAll: Bool { self == .all || self == .autoAndAll }
}

/// All combinations of the values of the benchmark's options.
struct CandidateGrid: Sendable {
    var algorithms: AlgorithmSelection = .all
    var isas: [Choice<InstructionSet>] = [.auto]
    var executors: [ExecutorKind] = [.dispatch]
    var threads: [Int?] = [nil]
    var precision: Precision = .standard
    var tuning: Tuning = .estimated
    /// Algorithms that `all` leaves out.
    var omitted: Set<Algorithm> = []
    /// In milliseconds; `all` leaves it out beyond.
    static let longestReference = 1000.0

    /// The combinations that apply to the problem. `all` takes what `auto` may choose from under the precision; an
    /// algorithm asked for by name is taken if it applies at all.
    /// - Throws: `ConvolutionError` if the machine or the build lacks an instruction set or an executor.
    func candidates(for problem: ConvolutionProblem) throws(ConvolutionError) -> [Candidate] {
        var result: [Candidate] = []
        for threads in threads {
            for executor in executors {
                // One thread is one thread, however many are asked for.
                if executor == .serial, threads != self.threads.first { continue }
                for isa in isas {
                    for algorithm in asked {
                        let candidate = Candidate(
                            algorithm: algorithm, isa: isa, executor: executor, threads: threads, precision: precision,
                            tuning: tuning)
                        if try applies(candidate, problem) { result.append(candidate) }
                    }
                }
            }
        }
        return result
    }

    private func applies(_ candidate: Candidate, _ problem: ConvolutionProblem) throws(ConvolutionError) -> Bool {
        guard let algorithm = candidate.algorithm.value else { return true }
        var options = candidate.options
        // What applies is known without measuring.
        options.tuning = .estimated
        if algorithms.includesAll { options.algorithm = nil }
        return try ConvolutionPlan.explainChoice(problem, options: options)
            .contains { report in
                report.algorithm == algorithm && report.applies
                    && !(algorithms.includesAll && isTooSlow(candidate, problem))
            }
    }

    /// The reference on a large layer takes longer than all others together, which says nothing that was not known. It
    /// makes about a multiplication a nanosecond.
    private func isTooSlow(_ candidate: Candidate, _ problem: ConvolutionProblem) -> Bool {
        candidate.algorithm.value == .reference
            && problem.multiplications / Double(candidate.threads ?? 1) > CandidateGrid.longestReference * 1e6
    }

    private var asked: [Choice<Algorithm>] {
        switch algorithms {
        case .all: everything
        case .autoAndAll: [.auto] + everything
        case .listed(let listed): listed
        }
    }

    private var everything: [Choice<Algorithm>] {
        Algorithm.allCases.filter { !omitted.contains($0) }.map { .named($0) }
    }
}
