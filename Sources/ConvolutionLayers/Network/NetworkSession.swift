// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What one thread needs to run a network, again and again, without allocating: the buffers that its values share, and the
/// workspace that its plans do.
public struct NetworkSession: Sendable {
    /// What it runs.
    public let network: Network

    private var buffers: [Tensor]
    private var workspace: Tensor
    /// What stands in the place of a buffer that is written.
    private let nothing: Tensor

    /// The memory for a network that is finished.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if the system has none.
    public init(_ network: Network) throws(ConvolutionError) {
        precondition(network.output != nil, "a network is finished before it runs")
        self.network = network
        buffers = []
        for count in network.bufferCounts { buffers.append(try Tensor(uninitializedShape: [count])) }
        workspace = try Tensor(uninitializedShape: [network.workspaceCount])
        nothing = try Tensor.zeros(0)
    }

    /// Runs the network. Allocates nothing.
    ///
    /// - Parameters:
    ///   - input: The network's input, row-major.
    ///   - output: Its output, row-major. All of it is written.
    /// - Throws: `ConvolutionError.countMismatch` if a span does not have as many elements as its value.
    public mutating func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws(ConvolutionError) {
        guard input.count == network.counts[0] else {
            throw .countMismatch(tensor: "input", expected: network.counts[0], got: input.count)
        }
        guard let last = network.counts.last, output.count == last else {
            throw .countMismatch(tensor: "output", expected: network.counts.last ?? 0, got: output.count)
        }
        for step in network.steps {
            guard let buffer = network.buffers[step.output] else {
                try network.run(step, input, buffers, into: &output, &workspace)
                continue
            }
            // Taken out of the array while it is written: the others are read.
            var target = nothing
            swap(&target, &buffers[buffer])
            defer { swap(&target, &buffers[buffer]) }
            // A buffer may be larger than the value that is in it.
            var elements = target.mutableSpan(first: network.counts[step.output])
            try network.run(step, input, buffers, into: &elements, &workspace)
        }
    }

    /// The network's output in a new tensor.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if the input has another shape than the network's.
    public mutating func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        guard input.shape == network.input.shape, let shape = network.output?.shape else {
            throw .shapeMismatch(tensor: "input", expected: network.input.shape, got: input.shape)
        }
        var output = try Tensor(uninitializedShape: shape)
        var elements = output.mutableSpan
        try run(input.span, into: &elements)
        return output
    }
}

extension Network {
    /// Runs one layer into the memory of its output.
    fileprivate func run(
        _ step: Step, _ networkInput: Span<Float>, _ tensors: [Tensor], into output: inout MutableSpan<Float>,
        _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        // In place: the buffer of the input is the one that has been taken out.
        if case .function(let function) = step.layer, step.input > 0, buffers[step.input] == buffers[step.output] {
            return function.apply(to: &output)
        }
        guard step.input > 0 else {
            return try run(step, networkInput, tensors, networkInput, into: &output, &workspace)
        }
        let source = tensor(step.input, tensors)
        try run(
            step, source.span.extracting(first: counts[step.input]), tensors, networkInput, into: &output, &workspace)
    }

    private func run(
        _ step: Step, _ input: Span<Float>, _ tensors: [Tensor], _ networkInput: Span<Float>,
        into output: inout MutableSpan<Float>, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        switch step.layer {
        case .convolution(let plan):
            var scratch = workspace.mutableSpan
            guard let value = step.residual else {
                return try plan.run(input: input, output: &output, workspace: &scratch)
            }
            guard value > 0 else {
                return try plan.run(input: input, residual: networkInput, output: &output, workspace: &scratch)
            }
            let residual = tensor(value, tensors)
            try plan.run(
                input: input, residual: residual.span.extracting(first: counts[value]), output: &output,
                workspace: &scratch)
        case .pooling(let plan): try plan.run(input: input, output: &output)
        case .function(let function): try function.run(input: input, output: &output)
        }
    }

    /// The buffer that a value is in.
    private func tensor(_ value: Int, _ tensors: [Tensor]) -> Tensor {
        guard let buffer = buffers[value] else { preconditionFailure("a layer reads the network's output") }
        return tensors[buffer]
    }
}
