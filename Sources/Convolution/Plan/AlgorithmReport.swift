// SPDX-License-Identifier: Apache-2.0

/// What `ConvolutionPlan.explainChoice` says of one algorithm.
public struct AlgorithmReport: Sendable, Hashable {
    /// The algorithm.
    public let algorithm: Algorithm
    /// Whether it can compute the problem under the options' precision and workspace limit.
    public let applies: Bool
    /// Why not, or the kernel that would do the work.
    public let reason: String
    /// The estimated time of one run in milliseconds, if it applies and a plan may choose it.
    public let estimatedMilliseconds: Double?
    /// The measured time, if the options have the choice measured and the algorithm was among those tried.
    public let measuredMilliseconds: Double?
    /// Whether a plan would choose it.
    public let isChosen: Bool

    /// Whether no plan chooses the algorithm by itself: it is there to be compared with, and has no estimate.
    public var isNeverChosen: Bool { algorithm.isForComparison && !isChosen }
}

extension ConvolutionPlan {
    /// Each algorithm, whether it applies to the problem and why not, its estimated cost, and which one a plan with
    /// these options would choose: the one with the least estimate, unless the options name an algorithm or have the
    /// choice measured, which is done on made-up weights.
    ///
    /// - Throws: `ConvolutionError` if the options ask for what this machine does not have, or the file that tunings are
    ///   remembered in can't be used.
    public static func explainChoice(
        _ problem: ConvolutionProblem, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) -> [AlgorithmReport] {
        try explainChoice(problem, options: options, isForOneRun: false)
    }

    /// The same for a plan that is run once, whose estimates count the packing of the weights.
    package static func explainChoice(
        _ problem: ConvolutionProblem, options: ConvolutionOptions, isForOneRun: Bool
    ) throws(ConvolutionError) -> [AlgorithmReport] {
        let machine = try Choice.Machine(options)
        let chosen: Choice?
        do throws(ConvolutionError) {
            chosen = try choice(problem, options, isForOneRun: isForOneRun)
        } catch {
            switch error.storage {
            case .tuningFile, .tuningFileFailure: throw error
            default: break
            }
            chosen = nil
        }
        var reports: [AlgorithmReport] = []
        for algorithm in Algorithm.allCases {
            var single = options
            single.algorithm = algorithm
            var reason = ""
            var applies = false
            var estimate: Double?
            do throws(ConvolutionError) {
                let choice = try Choice(problem, single)
                let precision = algorithm.precision(for: choice.lowering)
                applies = options.algorithm != nil || precision <= options.precision
                reason =
                    applies
                    ? choice.method.kernelName
                    : "its error class is '\(precision)' here; the precision asked for is '\(options.precision)'"
                if applies, !algorithm.isForComparison {
                    let candidate = Choice.Candidate(algorithm: algorithm, lowering: choice.lowering)
                        .estimated(machine, isForOneRun: isForOneRun)
                    estimate = candidate.run(with: choice.method) + candidate.packing
                }
            } catch {
                reason = error.description
            }
            reports.append(
                AlgorithmReport(
                    algorithm: algorithm, applies: applies, reason: reason,
                    estimatedMilliseconds: estimate.map { $0 / 1e6 },
                    measuredMilliseconds: chosen?.measuredMilliseconds[algorithm],
                    isChosen: algorithm == chosen?.algorithm))
        }
        return reports
    }
}
