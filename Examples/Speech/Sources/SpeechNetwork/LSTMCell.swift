// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// A long short-term memory cell, PyTorch's `LSTMCell`: its four gates are one linear layer of the input and of what the
/// cell has said before.
struct LSTMCell: Sendable {
    /// (inputSize + size): the input, and behind it what the cell has said.
    var input: Tensor
    /// Elements of the input.
    let inputSize: Int
    /// (size): what the cell says.
    private(set) var hidden: Tensor

    private let gates: ConvolutionPlan
    /// (4 * size): how far it lets in what is new, how far it keeps what it has, what is new, how far it lets it out.
    private var values: Tensor
    private var state: Tensor
    private var workspace: Tensor

    init(_ tensors: [String: Tensor], prefix: String, options: ConvolutionOptions) throws(ConvolutionError) {
        func tensor(_ name: String, _ shape: [Int]? = nil) throws(ConvolutionError) -> Tensor {
            guard let tensor = tensors["\(prefix).\(name)"] else { throw .missingParameter("\(prefix).\(name)") }
            let isLegal = shape.map { $0 == tensor.shape } ?? (tensor.rank == 2 && tensor.shape[0] % 4 == 0)
            guard isLegal else {
                throw .parameterShape(name: "\(prefix).\(name)", expected: shape ?? [512, 128], got: tensor.shape)
            }
            return tensor
        }
        let ofInput = try tensor("weight_ih")
        let (rows, size) = (ofInput.shape[0], ofInput.shape[0] / 4)
        let ofHidden = try tensor("weight_hh", [rows, size])
        let (bias, otherBias) = try (tensor("bias_ih", [rows]), tensor("bias_hh", [rows]))
        inputSize = ofInput.shape[1]
        input = try Tensor.zeros(inputSize + size)
        hidden = try Tensor.zeros(size)
        values = try Tensor.zeros(rows)
        state = hidden

        var weight = try Tensor.zeros(rows, inputSize + size)
        var sum = try Tensor.zeros(rows)
        for row in 0..<rows {
            // What is new is a hyperbolic tangent, 2 sigmoid(2 x) - 1: the same function for all.
            let factor: Float = row / size == 2 ? 2 : 1
            for column in 0..<inputSize { weight[row, column] = factor * ofInput[row, column] }
            for column in 0..<size { weight[row, inputSize + column] = factor * ofHidden[row, column] }
            sum[row] = factor * (bias[row] + otherBias[row])
        }
        gates = try Linear(weight: weight, bias: sum, options: options).prepare(rows: 1)
        workspace = try Tensor.zeros(gates.workspaceBytes / MemoryLayout<Float>.stride)
    }

    /// Takes the input into account.
    mutating func step() throws(ConvolutionError) {
        try gates.run(input, into: &values, workspace: &workspace)
        values.applySigmoid()
        state.remember(values)
        hidden.say(state, values)
        input.replaceLast(with: hidden)
    }

    /// Forgets everything.
    mutating func reset() {
        hidden.clear()
        state.clear()
        input.clear()
    }
}

// The parts of a step, each with the spans of the tensors that it needs.
extension Tensor {
    fileprivate mutating func applySigmoid() {
        var elements = mutableSpan
        ElementFunction.sigmoid.apply(to: &elements)
    }

    fileprivate mutating func remember(_ values: Tensor) {
        let (size, values) = (count, values.span)
        var state = mutableSpan
        for index in 0..<size {
            let new = 2 * values[2 * size + index] - 1
            state[index] = values[size + index] * state[index] + values[index] * new
        }
    }

    fileprivate mutating func say(_ state: Tensor, _ values: Tensor) {
        let (size, values) = (count, values.span)
        var hidden = mutableSpan
        let state = state.span
        for index in 0..<size { hidden[index] = state[index] }
        ElementFunction.tanh.apply(to: &hidden)
        for index in 0..<size { hidden[index] *= values[3 * size + index] }
    }

    fileprivate mutating func replaceLast(with other: Tensor) {
        let (start, other) = (count - other.count, other.span)
        var elements = mutableSpan
        for index in other.indices { elements[start + index] = other[index] }
    }

    mutating func clear() {
        var elements = mutableSpan
        for index in elements.indices { elements[index] = 0 }
    }
}
