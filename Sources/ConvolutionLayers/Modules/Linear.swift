// SPDX-License-Identifier: Apache-2.0

import Convolution

/// A linear layer, PyTorch's `torch.nn.Linear`: a convolution with a kernel of 1 whose channels come last.
///
/// ```swift
/// let head = try Linear(stateDict: tensors, prefix: "fc")
/// let scores = try head(features)     // features: (1, 2048)  ->  scores: (1, 1000)
/// ```
///
/// The first call for a number of rows packs the weight, and later calls share it, as those of a `Conv1d` do. An input is
/// (*, inFeatures), an output (*, outFeatures): any axes before the features, or none.
public struct Linear: Sendable, CustomStringConvertible {
    private let layer: Conv1d

    /// A layer with the given weight and bias.
    ///
    /// - Parameters:
    ///   - weight: (outFeatures, inFeatures).
    ///   - bias: (outFeatures), or nil for none.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError.parameterShape` if the weight doesn't have two axes, `.biasShape` if the bias doesn't fit.
    public init(
        weight: Tensor, bias: Tensor? = nil, activation: Activation = .none, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        guard weight.rank == 2 else {
            throw .parameterShape(name: "weight", expected: [weight.shape.first ?? 1, -1], got: weight.shape)
        }
        layer = try Conv1d(
            weight: weight.view(weight.shape + [1]), bias: bias, layout: .channelsLast, activation: activation,
            options: options)
    }

    /// A layer with the weight of a state dict, and with a bias if the state dict has one for it.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name; a weight is (outFeatures, inFeatures).
    ///   - prefix: The layer's name in the model: with "fc" (or "fc.") the names are "fc.weight" and "fc.bias".
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError.missingParameter` if there is no weight of that name, `.parameterShape` if a shape isn't
    ///   that of a linear layer.
    public init(
        stateDict tensors: [String: Tensor], prefix: String = "", activation: Activation = .none,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        let names = ParameterNames(tensors, prefix: prefix)
        let weight = try names.tensor("weight")
        guard weight.rank == 2 else {
            throw .parameterShape(
                name: names.name("weight"), expected: [weight.shape.first ?? 1, weight.shape.dropFirst().reduce(1, *)],
                got: weight.shape)
        }
        let bias = tensors[names.name("bias")]
        if let bias, bias.shape != [weight.shape[0]] {
            throw .parameterShape(name: names.name("bias"), expected: [weight.shape[0]], got: bias.shape)
        }
        try self.init(weight: weight, bias: bias, activation: activation, options: options)
    }

    /// The features of each row of `input`.
    ///
    /// - Parameters:
    ///   - input: (*, inFeatures).
    ///   - residual: Of the output's shape, added before the activation, or nil.
    /// - Returns: (*, outFeatures).
    /// - Throws: `ConvolutionError.shapeMismatch` if a shape isn't legal.
    public func callAsFunction(_ input: Tensor, residual: Tensor? = nil) throws(ConvolutionError) -> Tensor {
        let shape = try outputShape(of: input.shape)
        if let residual, residual.shape != shape {
            throw .shapeMismatch(tensor: "residual", expected: shape, got: residual.shape)
        }
        let rows = shape.dropLast().reduce(1, *)
        return try layer(input.view(1, rows, inFeatures), residual: residual?.view(1, rows, outFeatures)).view(shape)
    }

    /// The plan for a number of rows, which runs into memory of the caller and allocates nothing: of an input
    /// (rows, inFeatures) and an output (rows, outFeatures). It is prepared and run once, as a layer's is.
    ///
    /// - Throws: `ConvolutionError` if there are no such rows, or if the options ask for what this machine doesn't have.
    @discardableResult
    public func prepare(rows: Int) throws(ConvolutionError) -> ConvolutionPlan {
        try layer.prepare(inputShape: [1, rows, inFeatures])
    }

    /// The features that an input has.
    public var inFeatures: Int { layer.inChannels }
    /// The features that an output has.
    public var outFeatures: Int { layer.outChannels }

    /// The layer as PyTorch prints it: `Linear(in_features=2048, out_features=1000, bias=True)`.
    public var description: String {
        "Linear(in_features=\(inFeatures), out_features=\(outFeatures), bias=\(layer.bias == nil ? "False" : "True"))"
    }

    private func outputShape(of shape: [Int]) throws(ConvolutionError) -> [Int] {
        guard shape.last == inFeatures else {
            throw .shapeMismatch(tensor: "input", expected: shape.dropLast() + [inFeatures], got: shape)
        }
        return shape.dropLast() + [outFeatures]
    }
}
