// SPDX-License-Identifier: Apache-2.0

/// What a plan settles on before it packs its weights.
struct Choice {
    let algorithm: Algorithm
    let instructionSet: InstructionSet
    let threads: Int
    let executor: ExecutorKind
    let movesWorkers: Bool
    /// The problem as the method computes it.
    let lowering: Lowering
    let method: any Method
    /// Floats of workspace for one run.
    let workspaceCount: Int
    /// What each algorithm that was timed took; empty if none was.
    let measuredMilliseconds: [Algorithm: Double]

    /// Chooses for a problem.
    ///
    /// - Parameters:
    ///   - finding: What measuring found, if the options want that.
    ///   - isForOneRun: Whether the estimates count the packing of the weights.
    ///   - packed: The formats of packed weights that the method must read and the form of the problem in which it can, or
    ///     nil; the options then name the algorithm.
    init(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, finding: TuningFinding? = nil,
        isForOneRun: Bool = false, packedLike packed: (formats: [PackedFormat?], lowering: Lowering)? = nil
    ) throws(ConvolutionError) {
        let machine = try Machine(options)
        let candidates: [Candidate]
        if let algorithm = options.algorithm {
            let lowering =
                if let packed { packed.lowering } else {
                    try Choice.lowering(problem, algorithm, machine.instructionSet, options)
                }
            candidates = [Candidate(algorithm: algorithm, lowering: lowering)]
            measuredMilliseconds = [:]
        } else if let finding {
            let lowering = try Choice.lowering(problem, finding.algorithm, machine.instructionSet, options)
            candidates = [Candidate(algorithm: finding.algorithm, lowering: lowering)]
            measuredMilliseconds = finding.milliseconds
        } else {
            candidates = Choice.ranked(problem, machine, options, isForOneRun: isForOneRun)
            measuredMilliseconds = [:]
        }
        var firstError: ConvolutionError?
        var best: (candidate: Candidate, method: any Method, workspace: Int, nanoseconds: Double)?
        for candidate in candidates {
            // The whole estimate, and how evenly the threads share the work, only ever lengthen it.
            if let best, best.nanoseconds <= candidate.nanoseconds { break }
            do throws(ConvolutionError) {
                let candidate = candidate.estimated(machine, isForOneRun: isForOneRun)
                let method = try Choice.method(
                    problem, candidate, machine, options.workspaceLimit, packedLike: packed?.formats)
                let workspace = try Choice.workspaceCount(method, machine.threads)
                if let limit = options.workspaceLimit, workspace * MemoryLayout<Float>.stride > limit {
                    throw .workspaceLimitExceeded(
                        algorithm: candidate.algorithm, bytes: workspace * MemoryLayout<Float>.stride, limit: limit)
                }
                let nanoseconds = candidate.run(with: method) + candidate.packing
                if nanoseconds < best?.nanoseconds ?? .infinity {
                    best = (candidate, method, workspace, nanoseconds)
                }
            } catch {
                firstError = firstError ?? error
            }
        }
        guard let best else {
            throw firstError ?? .algorithmNotApplicable(.direct, reason: "no algorithm applies")
        }
        algorithm = best.candidate.algorithm
        lowering = best.candidate.lowering
        instructionSet = machine.instructionSet
        threads = machine.threads
        executor = machine.executor
        movesWorkers = options.movesWorkers
        method = best.method
        workspaceCount = best.workspace
    }

    /// An algorithm, the problem as it computes it, and the estimates for that, in nanoseconds: of a run whose work the
    /// threads share evenly, and of the packing of the weights if that counts.
    struct Candidate {
        let algorithm: Algorithm
        let lowering: Lowering
        private(set) var run: Double
        private(set) var packing = 0.0
        /// Whether `run` is the least that an estimate can be, and not the estimate itself.
        private var isBound = true

        var nanoseconds: Double { run + packing }

        /// Of more parts the largest stands for all.
        private static let mostEstimates = 64

        init(algorithm: Algorithm, lowering: Lowering) {
            self.algorithm = algorithm
            self.lowering = lowering
            run = algorithm.implementation?.leastEstimate ?? 0
        }

        /// The candidate with its estimates.
        func estimated(_ machine: Machine, isForOneRun: Bool = false) -> Candidate {
            guard isBound else { return self }
            var estimated = self
            estimated.isBound = false
            guard let implementation = algorithm.implementation else { return estimated }
            let largest = lowering.largest
            let weights = lowering.hasPhases ? lowering.parts.reduce(0) { $0 + $1.problem.weightCount * $1.terms } : 0
            func estimate(_ part: Lowering.Part) -> Double {
                var problem = part.problem
                if weights > 0 { problem.weightsOfRun = Double(weights) / Double(max(1, problem.weightCount)) }
                return Choice.implementation(implementation, of: part, machine.instructionSet)
                    .estimate(problem, machine.instructionSet, threads: machine.threads)
            }
            let one = estimate(largest)
            estimated.run = one
            if lowering.hasPhases, lowering.parts.count <= Candidate.mostEstimates {
                estimated.run = lowering.parts.reduce(0) { sum, part in
                    let outputs = Double(part.problem.outputCount) / Double(machine.threads)
                    let adding = Double(max(0, part.terms - 1)) * CostModel.addedOutput
                    let storing = part.interleaved.map { CostModel.interleavedOutput(phases: $0.columns.period) } ?? 0
                    return sum + estimate(part) * Double(max(1, part.terms)) + (adding + storing) * outputs
                }
            } else if !lowering.isSingleSum {
                // What is added to was stored before, and the other parts take their share.
                let adding =
                    Double(largest.terms - 1) * Double(largest.problem.outputCount) * CostModel.addedOutput
                    / Double(machine.threads)
                let share = lowering.parts.reduce(0) { $0 + $1.work } / max(1, largest.work)
                estimated.run = (one * Double(max(1, largest.terms)) + adding) * share
            }
            if isForOneRun {
                let weights = lowering.weights.reduce(0) { $0 + $1.taps.depth.count }
                let each = largest.problem.depthTaps
                estimated.packing =
                    implementation.packingEstimate(
                        largest.problem, machine.instructionSet, threads: machine.threads)
                    * Double(max(1, weights / each))
            }
            return estimated
        }

        /// The estimate for a run, which begins before the threads have anything to share.
        func run(with method: any Method) -> Double {
            let start = algorithm.implementation?.leastEstimate ?? 0
            return start + (run - start) * method.loadImbalance
        }
    }

    /// What the options make of this machine, checked.
    struct Machine {
        let instructionSet: InstructionSet
        let threads: Int
        let executor: ExecutorKind

        init(_ options: ConvolutionOptions) throws(ConvolutionError) {
            let instructionSet = options.instructionSet ?? .best
            guard instructionSet.isAvailable else {
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
        _ problem: ConvolutionProblem, _ machine: Machine, _ options: ConvolutionOptions, isForOneRun: Bool = false
    ) -> [Candidate] {
        let precision = options.precision
        if let order = FixedOrder(problem, machine.instructionSet, options) {
            let only = Candidate(algorithm: order.algorithm, lowering: order.lowering)
            return [only.estimated(machine, isForOneRun: isForOneRun)]
        }
        let forms = Lowering.forms(problem)
        var ranked: [Candidate] = []
        ranked.reserveCapacity(Algorithm.allCases.count)
        var least = Double.infinity
        for algorithm in Algorithm.allCases where !algorithm.isForComparison {
            guard
                let lowering = forms.first(where: {
                    algorithm.precision(for: $0) <= precision
                        && algorithm.applicability($0, machine.instructionSet).isYes
                })
            else { continue }
            var candidate = Candidate(algorithm: algorithm, lowering: lowering)
            // What the threads do not share evenly may take several times its estimate.
            if candidate.run < (machine.threads == 1 ? least : least * 2 * Double(machine.threads)) {
                candidate = candidate.estimated(machine, isForOneRun: isForOneRun)
            }
            least = min(least, candidate.nanoseconds)
            ranked.append(candidate)
        }
        return ranked.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    /// The form of a problem that an algorithm computes: the best that the precision allows.
    ///
    /// - Throws: `ConvolutionError.algorithmNotApplicable` if it can compute none, with the reason for the problem as it
    ///   was given.
    static func lowering(
        _ problem: ConvolutionProblem, _ algorithm: Algorithm, _ instructionSet: InstructionSet,
        _ options: ConvolutionOptions
    ) throws(ConvolutionError) -> Lowering {
        var named = options
        named.algorithm = algorithm
        let forms = FixedOrder(problem, instructionSet, named).map { [$0.lowering] } ?? algorithm.forms(problem)
        var reason = "its kernels do not know this form of the problem"
        var other: Lowering?
        for form in forms {
            switch algorithm.applicability(form, instructionSet) {
            case .applies:
                if algorithm.precision(for: form) <= options.precision { return form }
                other = other ?? form
            case .doesNotApply(let why): reason = why()
            }
        }
        guard let other else { throw .algorithmNotApplicable(algorithm, reason: reason) }
        return other
    }

    private static func method(
        _ problem: ConvolutionProblem, _ candidate: Candidate, _ machine: Machine, _ workspaceLimit: Int?,
        packedLike packed: [PackedFormat?]?
    ) throws(ConvolutionError) -> any Method {
        guard let implementation = candidate.algorithm.implementation else { return ReferenceMethod(problem: problem) }
        let lowering = candidate.lowering
        // Weights packed for another size say nothing of whether the algorithm computes this one.
        if case .doesNotApply(let reason) = candidate.algorithm.applicability(lowering, machine.instructionSet) {
            throw .algorithmNotApplicable(candidate.algorithm, reason: reason())
        }
        // The format of each form is that of the part that takes the longest, or of the weights that there are.
        var formats = packed ?? [PackedFormat?](repeating: nil, count: lowering.weights.count)
        var methods: [(index: Int, method: KernelMethod)] = []
        for (index, part) in lowering.parts.enumerated().sorted(by: { $0.element.work > $1.element.work }) {
            let chosen = Choice.implementation(implementation, of: part, machine.instructionSet)
            let packed = part.terms == 0 ? nil : formats[part.firstWeights]
            let method = try chosen.method(
                part.problem, machine.instructionSet, threads: machine.threads, workspaceLimit: workspaceLimit,
                packedLike: packed)
            if part.terms > 0, packed == nil {
                for form in lowering.weights.indices where lowering.weights[form].isPacked(for: part.problem) {
                    formats[form] = method.packedFormat
                }
            }
            methods.append((index, method))
        }
        return try LoweredMethod(
            lowering, methods.sorted { $0.index < $1.index }.map(\.method), threads: machine.threads,
            workspaceLimit: workspaceLimit)
    }

    /// Who computes a part. Whatever the algorithm, the sum over nothing needs no kernel of its own; and phases of a stride
    /// whose taps the algorithm has no kernel for, such as a single one for transforms, are matrix products.
    fileprivate static func implementation(
        _ algorithm: any AlgorithmImplementation.Type, of part: Lowering.Part, _ instructionSet: InstructionSet
    ) -> any AlgorithmImplementation.Type {
        if part.terms == 0 { return Direct.self }
        return algorithm.applicability(part.problem, instructionSet).isYes ? algorithm : Gemm.self
    }

    private static func workspaceCount(_ method: any Method, _ threads: Int) throws(ConvolutionError) -> Int {
        try CheckedSize.sum(
            method.sharedCount, CheckedSize.product([threads, method.workerCount]), of: "the workspace")
    }
}
