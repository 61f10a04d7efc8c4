// SPDX-License-Identifier: Apache-2.0

import Convolution
import TestSupport
import Testing

/// Runs in a workspace that the caller brings.
@Suite struct WorkspaceTests {
    private static let problems: [(input: [Int], weight: [Int], stride: Int, padding: Int, groups: Int)] = [
        ([2, 16, 20, 20], [40, 16, 3, 3], 1, 1, 1), ([1, 24, 28, 30], [24, 1, 3, 3], 1, 1, 24),
        ([2, 12, 15, 17], [20, 6, 5, 3], 2, 2, 2), ([3, 1, 2000], [2, 1, 400], 1, 399, 1),
        ([1, 4, 6, 9, 8], [6, 4, 3, 3, 3], 1, 1, 1), ([2, 3, 4], [5, 3, 1], 1, 0, 1),
    ]

    private static func algorithms(_ problem: ConvolutionProblem) throws -> [Algorithm] {
        try ConvolutionPlan.explainChoice(problem, options: .init(precision: .fast)).filter(\.applies).map(\.algorithm)
    }

    /// Of exactly the size that the plan tells, between protected pages, and full of NaNs.
    @Test func theBitsAreThoseOfThePlansOwnWorkspace() throws {
        var (count, needed) = (0, 0)
        for shape in Self.problems {
            let problem = try ConvolutionProblem(
                inputShape: shape.input, weightShape: shape.weight, stride: shape.stride, padding: shape.padding,
                groups: shape.groups)
            let input = try Tensor.randn(shape.input, seed: 1)
            let weight = try Tensor.randn(shape.weight, seed: 2)
            let residual = try Tensor.randn(problem.outputShape, seed: 3)
            for algorithm in try Self.algorithms(problem) {
                for threads in [1, 3] {
                    let plan = try ConvolutionPlan(
                        problem, weight: weight, activation: .relu,
                        options: .init(algorithm: algorithm, threads: threads))
                    let expected = try plan(input, residual: residual)
                    let memory = GuardedBuffer(
                        count: plan.workspaceBytes / 4, placement: .beginsAtGuard,
                        alignment: ConvolutionPlan.workspaceAlignment / 4)
                    var workspace = UnsafeMutableBufferPointer(start: memory.base, count: memory.count).mutableSpan
                    var output = try Tensor.full(problem.outputShape, .nan)
                    var elements = output.mutableSpan
                    try plan.run(
                        input: input.span, residual: residual.span, output: &elements, workspace: &workspace)
                    #expect(output == expected, "\(shape) by \(algorithm) on \(threads) threads")
                    #expect(memory.isSlackUntouched, "\(shape) by \(algorithm) on \(threads) threads")
                    count += 1
                    needed += plan.workspaceBytes > 0 ? 1 : 0
                }
            }
        }
        #expect(count >= 60 && needed >= 40, "\(count) runs, \(needed) of them with a workspace")
    }

    private static func plan() throws -> ConvolutionPlan {
        try ConvolutionPlan(
            inputShape: [1, 16, 20, 20], weight: Tensor.ones(8, 16, 3, 3), padding: 1,
            options: .init(algorithm: .winograd4))
    }

    @Test(arguments: [1, 16, .max])
    func aWorkspaceThatIsTooSmallIsRefused(missing: Int) throws {
        let plan = try Self.plan()
        let bytes = max(0, plan.workspaceBytes - min(missing, plan.workspaceBytes / 4) * 4)
        let input = try Tensor.ones(plan.problem.inputShape)
        var memory = try Tensor.zeros(bytes / 4)
        var workspace = memory.mutableSpan
        var output = try Tensor.full(plan.problem.outputShape, 7)
        var elements = output.mutableSpan
        var error: ConvolutionError?
        do throws(ConvolutionError) {
            try plan.run(input: input.span, output: &elements, workspace: &workspace)
        } catch let thrown {
            error = thrown
        }
        #expect(error == .workspaceTooSmall(bytes: bytes, expected: plan.workspaceBytes))
        #expect(error?.bytes == bytes && error?.expectedBytes == plan.workspaceBytes)
        #expect(try output == Tensor.full(plan.problem.outputShape, 7))
    }

    @Test func aWorkspaceThatIsNotAlignedIsRefused() throws {
        let plan = try Self.plan()
        let count = plan.workspaceBytes / 4
        let memory = GuardedBuffer(count: count + 16, placement: .beginsAtGuard)
        let input = try Tensor.ones(plan.problem.inputShape)
        var output = try Tensor.zeros(plan.problem.outputShape)
        var refused = 0
        for first in 0..<16 {
            var workspace = UnsafeMutableBufferPointer(start: memory.base + first, count: count).mutableSpan
            var elements = output.mutableSpan
            do throws(ConvolutionError) {
                try plan.run(input: input.span, output: &elements, workspace: &workspace)
            } catch {
                #expect(error.code == .workspaceMisaligned)
                refused += 1
            }
        }
        #expect(refused == 15)
    }

    /// Nothing is asked of a workspace that nothing is stored in.
    @Test func whereNoneIsNeededNoneIsChecked() throws {
        let plan = try ConvolutionPlan(inputShape: [0, 2, 5], weight: Tensor.ones(3, 2, 3))
        let input = try Tensor.zeros(0, 2, 5)
        var output = try Tensor.zeros(plan.problem.outputShape)
        var elements = output.mutableSpan
        var none = MutableSpan<Float>()
        try plan.run(input: input.span, output: &elements, workspace: &none)
    }
}
