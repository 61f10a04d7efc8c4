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

/// What is ready to be run again and again.
public protocol PreparedRun {
    /// Runs it once.
    mutating func run() throws(ConvolutionError)
    /// Multiplications of a run.
    var multiplications: Double { get }
    /// The instruction set of its kernels.
    var instructionSet: InstructionSet { get }
    /// The threads that it uses at most.
    var threads: Int { get }
}

/// A case that is ready to run.
public struct PreparedCase: PreparedRun {
    /// The plan.
    public let plan: ConvolutionPlan
    private let input: Tensor
    private var output: Tensor

    init(plan: ConvolutionPlan, input: Tensor, output: Tensor) {
        self.plan = plan
        self.input = input
        self.output = output
    }

    /// Multiplications of the plan's problem.
    public var multiplications: Double { plan.problem.multiplications }
    /// The plan's.
    public var instructionSet: InstructionSet { plan.instructionSet }
    /// The plan's.
    public var threads: Int { plan.threads }

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
