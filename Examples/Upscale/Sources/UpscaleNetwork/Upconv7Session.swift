// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The network ready to run on inputs of one size, again and again, without allocating.
public struct Upconv7Session: ~Copyable {
    private let plans: [ConvolutionPlan]
    /// The output of a layer, which is the input of the next, and of that one.
    private var current: Tensor
    private var next: Tensor
    private var workspace: Tensor

    /// (1, 3, height + 14, width + 14).
    public var inputShape: [Int] { plans[0].problem.inputShape }
    /// (1, 3, 2 height, 2 width).
    public var outputShape: [Int] { plans[plans.count - 1].problem.outputShape }

    init(_ plans: [ConvolutionPlan]) throws(ConvolutionError) {
        // Layers take turns, so that the largest output, the last but one, has to fit into one of the two only.
        let sizes = plans.dropLast().map(\.problem.outputCount)
        func most(_ first: Int) -> Int { stride(from: first, to: sizes.count, by: 2).map { sizes[$0] }.max() ?? 0 }
        let (current, next) = (try Tensor.zeros(most(1)), try Tensor.zeros(most(0)))
        let bytes = plans.map(\.workspaceBytes).max() ?? 0
        let workspace = try Tensor.zeros(bytes / MemoryLayout<Float>.stride)
        (self.plans, self.current, self.next, self.workspace) = (plans, current, next, workspace)
    }

    /// Doubles the size of an image.
    ///
    /// - Parameters:
    ///   - input: Of `inputShape`, RGB from 0 to 1.
    ///   - output: Of `outputShape`, RGB; what is below 0 or above 1 is up to the caller.
    /// - Throws: `ConvolutionError.countMismatch` if a span has another number of elements.
    public mutating func run(
        _ input: Span<Float>, into output: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        try Self.run(plans, input, &output, &current, &next, &workspace)
    }

    private static func run(
        _ plans: [ConvolutionPlan], _ input: Span<Float>, _ output: inout MutableSpan<Float>, _ current: inout Tensor,
        _ next: inout Tensor, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        var scratch = workspace.mutableSpan
        for (index, plan) in plans.dropLast().enumerated() {
            var outputs = next.mutableSpan(first: plan.problem.outputCount)
            if index == 0 {
                try plan.run(input: input, output: &outputs, workspace: &scratch)
            } else {
                let before = current.span.extracting(first: plan.problem.inputCount)
                try plan.run(input: before, output: &outputs, workspace: &scratch)
            }
            swap(&current, &next)
        }
        let plan = plans[plans.count - 1]
        let before = current.span.extracting(first: plan.problem.inputCount)
        try plan.run(input: before, output: &output, workspace: &scratch)
    }

    /// The same with tensors.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if the input has another shape.
    public mutating func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        guard input.shape == inputShape else {
            throw .shapeMismatch(tensor: "input", expected: inputShape, got: input.shape)
        }
        var output = try Tensor.zeros(outputShape)
        var elements = output.mutableSpan
        try run(input.span, into: &elements)
        return output
    }
}
