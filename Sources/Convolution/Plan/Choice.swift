// SPDX-License-Identifier: Apache-2.0

/// What a plan settles on before it packs its weights.
struct Choice {
    let algorithm: Algorithm
    let instructionSet: InstructionSet
    let threads: Int
    let executor: ExecutorKind
    let method: any Method
    /// Floats of workspace for one run.
    let workspaceCount: Int
    /// What each algorithm that was timed took; empty if none was.
    let measuredMilliseconds: [Algorithm: Double]

    /// Chooses for a problem.
    ///
    /// - Parameters:
    ///   - weight: The weights to measure with, if the options want that; nil makes some up.
    ///   - isForOneRun: Whether the estimates count the packing of the weights.
    ///   - packed: A method whose packed weights the new one must read, or nil.
    init(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, weight: Tensor? = nil,
        isForOneRun: Bool = false, packedLike packed: (any Method)? = nil
    ) throws(ConvolutionError) {
        let machine = try Machine(options)
        let candidates: [Candidate]
        if let algorithm = options.algorithm {
            candidates = [Candidate(algorithm: algorithm)]
            measuredMilliseconds = [:]
        } else if case .measured(let file) = options.tuning.storage, problem.outputCount > 0 {
            let finding = try Tuner.shared.finding(problem, weight: weight, options, file: file)
            candidates = [Candidate(algorithm: finding.algorithm)]
            measuredMilliseconds = finding.milliseconds
        } else {
            candidates = Choice.ranked(problem, machine, options.precision, isForOneRun: isForOneRun)
            measuredMilliseconds = [:]
        }
        var firstError: ConvolutionError?
        var best: (algorithm: Algorithm, method: any Method, workspace: Int, nanoseconds: Double)?
        for candidate in candidates {
            // How evenly the threads share the work is known of a method, and only ever lengthens the estimate.
            if let best, best.nanoseconds <= candidate.nanoseconds { break }
            do throws(ConvolutionError) {
                let algorithm = candidate.algorithm
                let method = try Choice.method(
                    problem, algorithm, machine, options.workspaceLimit, packedLike: packed)
                let workspace = try Choice.workspaceCount(method, machine.threads)
                if let limit = options.workspaceLimit, workspace * MemoryLayout<Float>.stride > limit {
                    throw .workspaceLimitExceeded(
                        algorithm: algorithm, bytes: workspace * MemoryLayout<Float>.stride, limit: limit)
                }
                let nanoseconds = candidate.run * method.unevenness + candidate.packing
                if nanoseconds < best?.nanoseconds ?? .infinity {
                    best = (algorithm, method, workspace, nanoseconds)
                }
            } catch {
                firstError = firstError ?? error
            }
        }
        guard let best else {
            throw firstError ?? .algorithmNotApplicable(.direct, reason: "no algorithm applies")
        }
        algorithm = best.algorithm
        instructionSet = machine.instructionSet
        threads = machine.threads
        executor = machine.executor
        method = best.method
        workspaceCount = best.workspace
    }

    /// An algorithm and the estimates for it, in nanoseconds: of a run whose work the threads share evenly, and of the
    /// packing of the weights if that counts.
    struct Candidate {
        let algorithm: Algorithm
        var run = 0.0
        var packing = 0.0

        var nanoseconds: Double { run + packing }
    }

    /// What the options make of this machine, checked.
    struct Machine {
        let instructionSet: InstructionSet
        let threads: Int
        let executor: ExecutorKind

        init(_ options: ConvolutionOptions) throws(ConvolutionError) {
            let instructionSet = options.instructionSet ?? .best
            guard instructionSet <= .best else {
                throw .instructionSetUnavailable(instructionSet, available: InstructionSet.available)
            }
            if let reason = options.executor.unavailableReason {
                throw .executorUnavailable(options.executor, reason: reason)
            }
            let threads = options.executor == .serial ? 1 : options.threads ?? ExecutorKind.defaultThreads
            guard threads >= 1 else {
                throw .invalidThreadCount(threads)
            }
            self.instructionSet = instructionSet
            self.threads = min(threads, ExecutorKind.mostThreads)
            executor = options.executor
        }
    }

    /// The algorithms that may be chosen for a problem, the fastest by estimate first.
    static func ranked(
        _ problem: ConvolutionProblem, _ machine: Machine, _ precision: Precision, isForOneRun: Bool = false
    ) -> [Candidate] {
        var ranked: [Candidate] = []
        ranked.reserveCapacity(Algorithm.allCases.count)
        var least = Double.infinity
        for algorithm in Algorithm.allCases
        where !algorithm.isForComparison && algorithm.precision(for: problem) <= precision {
            let implementation = algorithm.implementation
            guard implementation.applicability(problem, machine.instructionSet).isYes else { continue }
            var candidate = Candidate(algorithm: algorithm, run: implementation.leastEstimate)
            // What the threads do not share evenly may take several times its estimate.
            if candidate.run < (machine.threads == 1 ? least : least * 2 * Double(machine.threads)) {
                candidate.run = implementation.estimate(problem, machine.instructionSet, threads: machine.threads)
                if isForOneRun {
                    candidate.packing = implementation.packingEstimate(
                        problem, machine.instructionSet, threads: machine.threads)
                }
            }
            least = min(least, candidate.nanoseconds)
            ranked.append(candidate)
        }
        return ranked.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    private static func method(
        _ problem: ConvolutionProblem, _ algorithm: Algorithm, _ machine: Machine, _ workspaceLimit: Int?,
        packedLike packed: (any Method)?
    ) throws(ConvolutionError) -> any Method {
        let implementation = algorithm.implementation
        if case .doesNotApply(let reason) = implementation.applicability(problem, machine.instructionSet) {
            throw .algorithmNotApplicable(algorithm, reason: reason())
        }
        return try implementation.method(
            problem, machine.instructionSet, threads: machine.threads, workspaceLimit: workspaceLimit,
            packedLike: packed)
    }

    private static func workspaceCount(_ method: any Method, _ threads: Int) throws(ConvolutionError) -> Int {
        try CheckedSize.sum(
            method.sharedCount, CheckedSize.product([threads, method.workerCount]), of: "the workspace")
    }
}

extension Algorithm {
    /// Where the algorithm is implemented.
    var implementation: any AlgorithmImplementation.Type {
        switch self {
        case .reference: Reference.self
        case .im2col: Im2col.self
        case .direct: Direct.self
        case .gemm: Gemm.self
        case .depthwise: Depthwise.self
        case .winograd2: Winograd2.self
        case .winograd3: Winograd3.self
        case .winograd4: Winograd4.self
        case .winograd4x2: Winograd4x2.self
        case .winograd6: Winograd6.self
        case .winograd7x4: Winograd7x4.self
        case .fft: FFT.self
        }
    }
}

/// What `ConvolutionPlan.explainChoice` says of one algorithm.
public struct AlgorithmReport: Sendable, Hashable {
    /// The algorithm.
    public let algorithm: Algorithm
    /// Whether it can compute the problem under the options' precision and workspace limit.
    public let applies: Bool
    /// Why not, or the kernel that would do the work.
    public let reason: String
    /// The estimated time of one run in milliseconds, if it applies.
    public let estimatedMilliseconds: Double?
    /// The measured time, if the options have the choice measured and the algorithm was among those tried.
    public let measuredMilliseconds: Double?
    /// Whether a plan would choose it.
    public let isChosen: Bool
}

extension ConvolutionPlan {
    /// Each algorithm, whether it applies to the problem and why not, its estimated cost, and which one a plan with
    /// these options would choose. With `options.tuning` measured that is measured, on made-up weights.
    ///
    /// - Throws: `ConvolutionError` if the options ask for what this machine does not have, or the file that tunings are
    ///   remembered in can't be used.
    public static func explainChoice(
        _ problem: ConvolutionProblem, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) -> [AlgorithmReport] {
        let machine = try Choice.Machine(options)
        let chosen: Choice?
        do throws(ConvolutionError) {
            chosen = try Choice(problem, options)
        } catch {
            switch error {
            case .tuningFile, .tuningFileFailure: throw error
            default: chosen = nil
            }
        }
        var reports: [AlgorithmReport] = []
        for algorithm in Algorithm.allCases {
            var single = options
            single.algorithm = algorithm
            var reason = ""
            var applies = false
            var unevenness = 1.0
            do throws(ConvolutionError) {
                let method = try Choice(problem, single).method
                (reason, unevenness) = (method.kernelName, method.unevenness)
                applies = true
            } catch {
                reason = error.description
            }
            let precision = algorithm.precision(for: problem)
            if applies, options.algorithm == nil, precision > options.precision {
                applies = false
                reason =
                    "its error class is '\(precision)' here; the precision asked for is '\(options.precision)'"
            }
            let estimate =
                applies
                ? algorithm.implementation.estimate(problem, machine.instructionSet, threads: machine.threads)
                    * unevenness / 1e6
                : nil
            reports.append(
                AlgorithmReport(
                    algorithm: algorithm, applies: applies, reason: reason, estimatedMilliseconds: estimate,
                    measuredMilliseconds: chosen?.measuredMilliseconds[algorithm],
                    isChosen: algorithm == chosen?.algorithm))
        }
        return reports
    }
}
