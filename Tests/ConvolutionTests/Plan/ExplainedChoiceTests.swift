// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// What `explainChoice` shows is what a choice is made by.
@Suite struct ExplainedChoiceTests {
    /// Tiny problems, of fewer units of work than threads, and such that large tiles do not fit a workspace.
    private static let problems: [ConvolutionProblem] = {
        var problems: [ConvolutionProblem] = []
        for (channels, outputs, groups) in [(1, 1, 1), (3, 16, 1), (16, 16, 1), (8, 8, 8), (64, 96, 2), (40, 3, 1)] {
            for size in [[1, 1], [2, 3], [16, 1], [14, 30], [1, 2000]] {
                for (kernel, stride, padding) in [(1, 1, 0), (3, 1, 1), (3, 2, 1), (17, 1, 8)] {
                    for batch in [1, 3] {
                        guard
                            let problem = try? ConvolutionProblem(
                                inputShape: [batch, channels] + size,
                                weightShape: [outputs, channels / groups, kernel, kernel], rank: 2,
                                stride: Extents(stride), padding: Padding(padding), groups: groups)
                        else { continue }
                        problems.append(problem)
                    }
                }
            }
        }
        return problems
    }()

    @Test(arguments: zip([1, 2, 3, 8, 64], [Precision.fast, .standard, .strict, .standard, .fast]))
    func theChosenHasTheLeastEstimate(threads: Int, precision: Precision) throws {
        var count = 0
        for (number, problem) in Self.problems.enumerated() {
            let limits: [Int?] = number % 3 == 0 ? [nil, 40_000, 0] : [nil]
            for limit in limits {
                let options = ConvolutionOptions(precision: precision, threads: threads, workspaceLimit: limit)
                let reports = try ConvolutionPlan.explainChoice(problem, options: options)
                let estimates = reports.filter(\.applies).compactMap(\.estimatedMilliseconds)
                guard let chosen = reports.first(where: \.isChosen) else {
                    #expect(estimates.isEmpty)
                    continue
                }
                #expect(
                    chosen.estimatedMilliseconds == estimates.min(),
                    "\(problem.inputShape) with \(problem.weightShape), limit \(String(describing: limit)): \(reports)")
                count += 1
            }
        }
        #expect(count > 150)
    }

    @Test func noWorkIsSharedBetterThanEvenly() throws {
        var count = 0
        for problem in Self.problems {
            for threads in [2, 64] {
                for algorithm in Algorithm.allCases {
                    let options = ConvolutionOptions(algorithm: algorithm, precision: .fast, threads: threads)
                    guard let method = try? Choice(problem, options).method else { continue }
                    #expect(method.loadImbalance >= 1, "\(algorithm) on \(threads) threads")
                    count += 1
                }
            }
        }
        #expect(count > 1000)
    }

    @Test func whatIsForComparisonIsNeverChosen() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 1, 2, 2], weightShape: [1, 1, 1, 1], rank: 2)
        for report in try ConvolutionPlan.explainChoice(problem) {
            let isForComparison = report.algorithm == .reference || report.algorithm == .im2col
            #expect(report.isNeverChosen == isForComparison)
            #expect(!isForComparison || report.applies && report.estimatedMilliseconds == nil)
        }
        let asked = try ConvolutionPlan.explainChoice(problem, options: .init(algorithm: .im2col))
        #expect(try #require(asked.first { $0.algorithm == .im2col }).isChosen)
        #expect(!asked.contains { $0.algorithm == .im2col && $0.isNeverChosen })
    }
}
