// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

@Suite struct PackedWeightsTests {
    @Test(arguments: Algorithm.allCases)
    func `A weight that is released as it is packed gives the same answers`(_ algorithm: Algorithm) throws {
        var count = 0
        for (weightShape, inputShape, groups) in [
            ([96, 64, 3, 3], [1, 64, 12, 12], 1), ([64, 96, 3, 3], [1, 192, 9, 9], 2),
            ([513, 1, 5, 5], [2, 513, 8, 8], 513),
            ([1024, 1024, 1, 1], [1, 1024, 2, 3], 1), ([3, 7, 2, 3], [1, 7, 6, 6], 1),
        ] {
            let problem = try ConvolutionProblem(
                inputShape: inputShape, weightShape: weightShape, rank: 2, groups: groups)
            for threads in [1, 2] {
                let options = ConvolutionOptions(algorithm: algorithm, threads: threads)
                let weight = try Tensor.reals(weightShape, seed: 1)
                guard let plan = try? ConvolutionPlan(problem, weight: weight, options: options) else { continue }
                let input = try Tensor.reals(inputShape, seed: 2)
                // Of its own: the plan above may share nothing with it.
                let released = try Tensor.reals(weightShape, seed: 1)
                let releasing = try ConvolutionPlan(problem, releasing: released, bias: nil, options: options)
                #expect(try releasing(input) == plan(input))
                count += 1
            }
        }
        // Winograd's larger tiles and FFT do not apply to all of them.
        #expect(count > 0)
    }
}
