// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The choices of the last functional calls. Each such call makes a plan that is run once, and a network makes the same
/// calls again and again: for its small layers choosing takes longer than convolving.
final class ChoiceCache: Sendable {
    static let shared = ChoiceCache()

    /// A process whose inputs have ever new sizes does not keep all its choices.
    static let capacity = 256

    private struct Key: Hashable {
        let problem: ConvolutionProblem
        let options: ConvolutionOptions

        /// Equal counts are rare enough among the layers of a network, and hashing all extents takes longer than comparing
        /// them once.
        func hash(into hasher: inout Hasher) {
            hasher.combine(problem.inputCount)
            hasher.combine(problem.weightCount)
            hasher.combine(problem.outputCount)
        }
    }

    private let choices = Mutex<[Key: Choice]>([:])
    private let missCount = Atomic<Int>(0)

    /// How many choices are kept.
    var count: Int { choices.withLock { $0.count } }
    /// How many were made.
    var misses: Int { missCount.load(ordering: .relaxed) }

    /// The choice for a plan that is run once.
    ///
    /// - Parameter weight: The weights to measure with, if the options want that.
    func choice(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, weight: Tensor
    ) throws(ConvolutionError) -> Choice {
        // What is measured has its own memory, which a file may be part of.
        guard options.tuning == .estimated else {
            return try Choice(problem, options, weight: weight, isForOneRun: true)
        }
        let key = Key(problem: problem, options: options)
        if let known = choices.withLock({ $0[key] }) { return known }
        let choice = try Choice(problem, options, weight: weight, isForOneRun: true)
        missCount.wrappingAdd(1, ordering: .relaxed)
        choices.withLock { choices in
            if choices.count >= ChoiceCache.capacity { choices.removeAll(keepingCapacity: true) }
            choices[key] = choice
        }
        return choice
    }
}
