// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Depthwise transposed convolutions whose kernel weaves the phases of the columns.
@Suite struct WovenPhasesTests {
    /// Along one to three axes, with one filter of a channel and two, bias, activation and residual, on one thread or on
    /// three, and of a plan that was made for another size: the definition's integers.
    @Test(arguments: 1...3)
    func answersAreTheDefinitions(rank: Int) throws {
        var (count, woven) = (0, 0)
        let cases: [(kernel: Int, stride: Int, padding: Int)] = [
            (2, 2, 0), (4, 2, 1), (4, 2, 0), (6, 3, 1), (8, 4, 2), (8, 2, 3), (10, 5, 4), (16, 8, 4), (16, 8, 0),
            (32, 16, 8), (6, 2, 2), (9, 3, 4), (3, 2, 1),
        ]
        for (number, (kernel, stride, padding)) in cases.enumerated() {
            // Along the other axes too, or with another stride and kernel than there.
            let others = number % 2 == 0 ? (min(kernel, 4), min(stride, 2), min(padding, 1)) : (3, 1, 1)
            func axes(_ last: Int, _ other: Int) -> [Int] { Array(repeating: other, count: rank - 1) + [last] }
            for (channels, filters) in [(1, 1), (5, 1), (3, 2)] {
                func problem(_ width: Int, batch: Int) throws -> ConvolutionProblem {
                    try .transposed(
                        inputShape: [batch, channels] + axes(width, 3),
                        weightShape: [channels, filters] + axes(kernel, others.0), rank: rank,
                        stride: axes(stride, others.1),
                        padding: .pairs(axes(padding, others.2).map { AxisPadding(before: $0, after: $0) }),
                        groups: channels)
                }
                let first = try problem(number % 3 == 0 ? 1 : 9, batch: 1)
                let weight = try Tensor.integers(first.weightShape, seed: 2)
                let bias = try Tensor.integers([first.outputChannels], seed: 3)
                for set in InstructionSet.available {
                    let options = ConvolutionOptions(
                        algorithm: .depthwise, instructionSet: set, threads: number % 2 == 0 ? 1 : 3)
                    let plan = try ConvolutionPlan(
                        first, weight: weight, bias: bias, activation: .relu, options: options)
                    for width in [9, 37] {
                        let problem = try problem(width, batch: 2)
                        let resized = try plan.resized(to: problem)
                        let input = try Tensor.integers(problem.inputShape, seed: 1)
                        let residual = try Tensor.integers(problem.outputShape, seed: 4)
                        let expected = try ConvolutionPlan(
                            problem, weight: weight, bias: bias, activation: .relu,
                            options: .init(algorithm: .reference)
                        )(input, residual: residual)
                        #expect(try resized(input, residual: residual) == expected, "\(problem), \(set)")
                        count += 1
                        if resized.kernelName.contains("depthwise_phases") { woven += 1 }
                    }
                }
            }
        }
        #expect(count == cases.count * 3 * InstructionSet.available.count * 2)
        // Plain C interleaves.
        let vectors = InstructionSet.available.filter { $0 != .scalar }.count
        #expect(woven >= 10 * 3 * vectors * 2)
    }
}
