// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The network ready to run on a number of frames at a time, again and again, without allocating.
public struct CrepeSession: Sendable {
    /// Frames that a run takes.
    public var frames: Int { layers.frames }

    private let layers: CrepeLayers
    private var products: Tensor
    private var activations: Tensor
    private var workspace: Tensor

    init(_ layers: CrepeLayers) throws(ConvolutionError) {
        self.layers = layers
        let plans = layers.convolutions + [layers.classifier]
        products = try Tensor.zeros(layers.convolutions.map(\.problem.outputCount).max() ?? 0)
        activations = try Tensor.zeros(plans.dropFirst().map(\.problem.inputCount).max() ?? 0)
        workspace = try Tensor.zeros((plans.map(\.workspaceBytes).max() ?? 0) / MemoryLayout<Float>.stride)
    }

    /// How likely each pitch is.
    ///
    /// - Parameters:
    ///   - input: (frames, 1024), each frame with the mean 0 and the standard deviation 1.
    ///   - output: (frames, 360), each from 0 to 1.
    /// - Throws: `ConvolutionError.countMismatch` if a span has another number of elements.
    public mutating func run(
        _ input: Span<Float>, into output: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        try layers.run(
            input, into: &output, products: &products, activations: &activations, workspace: &workspace)
    }

    /// The same with tensors.
    ///
    /// - Parameter input: (frames, 1024).
    /// - Returns: (frames, 360).
    /// - Throws: `ConvolutionError.shapeMismatch` if the input has another shape.
    public mutating func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        guard input.shape == [frames, Crepe.frameLength] else {
            throw .shapeMismatch(tensor: "input", expected: [frames, Crepe.frameLength], got: input.shape)
        }
        var output = try Tensor.zeros(frames, Crepe.binCount)
        var elements = output.mutableSpan
        try run(input.span, into: &elements)
        return output
    }
}
