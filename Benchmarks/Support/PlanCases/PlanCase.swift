// SPDX-License-Identifier: Apache-2.0

import Convolution

/// A convolution to measure, and how a plan is to compute it.
public struct PlanCase: Sendable {
    /// What the case is called in tables and thresholds.
    public let name: String
    /// The shapes.
    public let problem: ConvolutionProblem
    /// How to compute it.
    public let options: ConvolutionOptions
    /// What the name of the plan's kernel begins with, or nil if any kernel will do.
    public let kernel: String?

    /// The case's plan with its tensors.
    ///
    /// - Throws: `ConvolutionError` if the plan cannot be made, `UnexpectedKernel` if it would measure another kernel
    ///   than the case is about.
    public func prepared() throws -> PreparedCase {
        var generator = SplitMix64(seed: 1)
        let weight = try Tensor.randn(problem.weightShape, using: &generator)
        let bias = try Tensor.randn([problem.outputChannels], using: &generator)
        let plan = try ConvolutionPlan(problem, weight: weight, bias: bias, activation: .relu, options: options)
        if let kernel, !plan.kernelName.hasPrefix(kernel) {
            throw UnexpectedKernel(name: name, expected: kernel, planned: plan.kernelName)
        }
        return PreparedCase(
            plan: plan, input: try Tensor.randn(problem.inputShape, using: &generator),
            output: try Tensor.zeros(problem.outputShape))
    }
}

/// A case that is ready to run.
public struct PreparedCase {
    /// The plan.
    public let plan: ConvolutionPlan
    private let input: Tensor
    private var output: Tensor

    init(plan: ConvolutionPlan, input: Tensor, output: Tensor) {
        self.plan = plan
        self.input = input
        self.output = output
    }

    /// Runs the plan once.
    public mutating func run() throws(ConvolutionError) {
        let (plan, input) = (plan, input)
        var span = output.mutableSpan
        try plan.run(input: input.span, output: &span)
    }
}

/// The plan of a case takes another kernel than the one that the case is there to measure.
public struct UnexpectedKernel: Error, CustomStringConvertible {
    let name: String
    let expected: String
    let planned: String

    /// A sentence.
    public var description: String {
        "case \(name) is to measure \(expected)..., but its plan takes \(planned): change the case's shape"
    }
}
