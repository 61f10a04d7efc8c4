// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Convolution

/// Threads have 128 KiB of stack where musl makes them.
@Suite struct SmallStackTests {
    private static let problems:
        [(input: [Int], weight: [Int], stride: Int, padding: Int, dilation: Int, groups: Int)] =
            [
                ([1, 32, 1000], [32, 32, 65], 1, 0, 1, 1),
                ([2, 24, 40, 40], [24, 24, 3, 3], 1, 1, 1, 1),
                ([1, 16, 33, 33], [16, 16, 5, 5], 2, 2, 1, 1),
                ([1, 40, 30, 31], [80, 1, 5, 5], 1, 2, 1, 40),
                ([1, 8, 2000], [8, 8, 15], 1, 700, 100, 1),
                ([1, 64, 14, 14], [64, 64, 1, 1], 1, 0, 1, 1),
            ]

    /// Runs on a thread with so small a stack, and waits for it.
    private static func onSmallStack(_ body: @escaping @Sendable () throws -> Void) throws {
        let outcome = Outcome()
        let thread = Thread {
            outcome.result = Result(catching: body)
            outcome.isDone.signal()
        }
        thread.stackSize = 128 << 10
        thread.start()
        outcome.isDone.wait()
        try outcome.result?.get()
    }

    // Unchecked: the compiler does not see that the thread writes the result before it signals, and that it is read after.
    private final class Outcome: @unchecked Sendable {
        let isDone = DispatchSemaphore(value: 0)
        var result: Result<Void, any Error>?
    }

    /// A choice, plans of all algorithms, their packing on several threads, and their runs.
    @Test(arguments: problems.indices)
    func everyAlgorithmRunsOnAThreadOf128KiB(index: Int) throws {
        let shape = Self.problems[index]
        try Self.onSmallStack {
            let problem = try ConvolutionProblem(
                inputShape: shape.input, weightShape: shape.weight, rank: shape.weight.count - 2,
                stride: Extents(shape.stride), padding: Padding(integerLiteral: shape.padding),
                dilation: Extents(shape.dilation), groups: shape.groups)
            let input = try Tensor.randn(shape.input, seed: 1)
            let weight = try Tensor.randn(shape.weight, seed: 2)
            let exact = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .reference))(input)
            let scale = exact.elements.map(abs).max() ?? 0
            var runs = 0
            for threads in [1, 2] {
                for instructionSet in InstructionSet.available {
                    let options = ConvolutionOptions(
                        precision: .fast, instructionSet: instructionSet, threads: threads)
                    let reports = try ConvolutionPlan.explainChoice(problem, options: options)
                    // The definition is the same for every instruction set, and the slowest.
                    for report in reports
                    where report.applies && (report.algorithm != .reference || instructionSet == .scalar) {
                        var options = options
                        options.algorithm = report.algorithm
                        let plan = try ConvolutionPlan(problem, weight: weight, options: options)
                        let output = try plan(input)
                        let difference = output.largestDifference(from: exact)
                        #expect(
                            difference <= 1e-4 * scale, "\(report.algorithm), \(instructionSet), \(threads) threads")
                        runs += 1
                    }
                }
            }
            // At least the reference once, and direct, gemm and im2col.
            #expect(runs >= 2 * (1 + 3 * InstructionSet.available.count))
        }
    }
}
