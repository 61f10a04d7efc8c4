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

    /// How many choices are kept.
    var count: Int { choices.withLock { $0.count } }

    /// The choice for a problem and options, made by `choose` if it isn't kept.
    func choice(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions,
        choose: () throws(ConvolutionError) -> Choice
    ) throws(ConvolutionError) -> Choice {
        // What is measured has its own memory, which a file may be part of.
        guard options.tuning == .estimated else { return try choose() }
        let key = Key(problem: problem, options: options)
        if let known = choices.withLock({ $0[key] }) { return known }
        let choice = try choose()
        choices.withLock { choices in
            if choices.count >= ChoiceCache.capacity { choices.removeAll(keepingCapacity: true) }
            choices[key] = choice
        }
        return choice
    }
}
