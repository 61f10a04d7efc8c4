// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The plans of a module, one per shape of the input, the last used first. They share their packed weights.
final class PlanCache: Sendable {
    /// A network is run on few sizes; a cache that grows with every new one would be a leak.
    static let capacity = 8

    private let plans = Mutex<[ConvolutionPlan]>([])

    /// How many plans are kept.
    var count: Int { plans.withLock { $0.count } }

    /// The plan used last.
    var latest: ConvolutionPlan? { plans.withLock { $0.first } }

    /// The plan for `problem`, and whether it had to be made.
    ///
    /// The lock is held while a plan is made: of several threads that bring the first input, one packs the weights.
    func plan(
        for problem: ConvolutionProblem, weight: Tensor, bias: Tensor?, activation: Activation,
        options: ConvolutionOptions
    ) throws(ConvolutionError) -> (plan: ConvolutionPlan, isNew: Bool) {
        try plans.withLock { (plans) throws(ConvolutionError) in
            if let index = plans.firstIndex(where: { $0.problem.hasInputShape(of: problem) }) {
                let plan = plans[index]
                if index > 0 { plans.insert(plans.remove(at: index), at: 0) }
                return (plan, false)
            }
            // A larger input may not fit the workspace limit with the algorithm of a smaller one: then a new plan, with
            // weights of its own, chooses another algorithm or says what is wrong.
            let resized = try? plans.first?.resized(to: problem)
            let plan =
                if let resized { resized } else {
                    try ConvolutionPlan(
                        problem, weight: weight, bias: bias, activation: activation, options: options)
                }
            guard problem.outputCount > 0 else { return (plan, true) }
            plans.insert(plan, at: 0)
            if plans.count > PlanCache.capacity { plans.removeLast() }
            return (plan, true)
        }
    }
}

extension ConvolutionProblem {
    fileprivate func hasInputShape(of other: ConvolutionProblem) -> Bool {
        batch == other.batch && isUnbatched == other.isUnbatched && axes == other.axes
    }
}
