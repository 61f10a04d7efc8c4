// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

@Suite struct WinogradTests {
    /// The tiles whose error is close to what `Precision.standard` allows, with the fewest channels of a 3 x 3 kernel that
    /// they are allowed for.
    private static let cases: [(algorithm: Algorithm, channels: Int)] = [
        (.winograd4, 6), (.winograd4x2, 2), (.winograd7x4, 128), (.winograd6, 512),
    ]

    private static func problem(channels: Int) throws -> ConvolutionProblem {
        try ConvolutionProblem(
            inputShape: [1, channels, 21, 20], weightShape: [8, channels, 3, 3], rank: 2, stride: 1, padding: 1)
    }

    @Test(arguments: cases.indices)
    func precisionIsStandardFromSoManyChannelsOn(index: Int) throws {
        let (algorithm, channels) = Self.cases[index]
        #expect(algorithm.precision(for: Lowering(asIs: try Self.problem(channels: channels))) == .standard)
        #expect(algorithm.precision(for: Lowering(asIs: try Self.problem(channels: channels - 1))) == .fast)
    }

    /// What `Precision.standard` promises.
    @Test(arguments: cases.indices)
    func errorIsWithinFourTimesThatOfADirectSum(index: Int) throws {
        let (algorithm, channels) = Self.cases[index]
        let problem = try Self.problem(channels: channels)
        let input = try Tensor.randn(problem.inputShape, seed: 1)
        let weight = try Tensor.randn(problem.weightShape, seed: 2)
        func answer(_ algorithm: Algorithm, _ instructionSet: InstructionSet? = nil) throws -> [Float] {
            let options = ConvolutionOptions(algorithm: algorithm, instructionSet: instructionSet)
            return try ConvolutionPlan(problem, weight: weight, options: options)(input).elements
        }
        let exact = try answer(.reference)
        for instructionSet in InstructionSet.available {
            func error(_ algorithm: Algorithm) throws -> Float {
                try answer(algorithm, instructionSet).largestDifference(from: exact)
            }
            let (direct, transformed) = (try error(.direct), try error(algorithm))
            #expect(transformed <= 4 * direct, "\(instructionSet): \(transformed), direct \(direct)")
        }
    }
}
