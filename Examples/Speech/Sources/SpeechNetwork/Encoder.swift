// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Four convolutions with ReLUs, which make one vector of the frames of a chunk. They begin anew with each chunk, zeros on
/// either side of it, and so are plans and no streams.
struct Encoder: Sendable {
    private let layers: [ConvolutionPlan]
    /// The output of a layer, which is the input of the next, and of that one.
    private var current: Tensor
    private var next: Tensor
    private var workspace: Tensor

    /// Elements of the vector.
    var channels: Int { layers[layers.count - 1].problem.outputChannels }

    /// - Parameter inputShape: (1, frames, frequencies).
    init(_ tensors: [String: Tensor], inputShape: [Int], options: ConvolutionOptions) throws(ConvolutionError) {
        var layers: [ConvolutionPlan] = []
        var shape = inputShape
        for (index, stride) in [1, 2, 2, 1].enumerated() {
            let layer = try Conv1d(
                stateDict: tensors, prefix: "conv\(index + 1)", stride: stride, padding: 1, layout: .channelsLast,
                activation: .relu, options: options)
            layers.append(try layer.prepare(inputShape: shape))
            shape = layers[index].problem.outputShape
        }
        guard shape[1] == 1 else {
            throw .shapeMismatch(tensor: "the encoder's output", expected: [1, 1, shape[2]], got: shape)
        }
        self.layers = layers
        let most = layers.map(\.problem.outputCount).max() ?? 0
        current = try Tensor.zeros(most)
        next = try Tensor.zeros(most)
        workspace = try Tensor.zeros((layers.map(\.workspaceBytes).max() ?? 0) / MemoryLayout<Float>.stride)
    }

    /// - Parameters:
    ///   - frames: (1, 4, 129).
    ///   - output: Its first elements are the vector.
    mutating func run(_ frames: Tensor, into output: inout Tensor) throws(ConvolutionError) {
        for (index, layer) in layers.enumerated() {
            switch index {
            case 0: try layer.run(frames, into: &next, workspace: &workspace)
            case layers.count - 1: try layer.run(current, into: &output, workspace: &workspace)
            default: try layer.run(current, into: &next, workspace: &workspace)
            }
            swap(&current, &next)
        }
    }
}

extension ConvolutionPlan {
    /// Runs on the first elements of tensors that may have more.
    func run(_ input: Tensor, into output: inout Tensor, workspace: inout Tensor) throws(ConvolutionError) {
        var elements = output.mutableSpan(first: problem.outputCount)
        var scratch = workspace.mutableSpan
        try run(
            input: input.span.extracting(first: problem.inputCount), output: &elements, workspace: &scratch)
    }
}
