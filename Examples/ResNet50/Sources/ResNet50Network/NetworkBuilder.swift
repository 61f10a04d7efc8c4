// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// A network that is being written down: each layer takes its parameters from the weights and makes its plan at once, its
/// batch norm folded in.
struct NetworkBuilder {
    private var network: Network
    private let weights: Weights
    private let layout: TensorLayout
    private let options: ConvolutionOptions

    init(
        inputShape: [Int], weights: Weights, layout: TensorLayout, options: ConvolutionOptions
    ) throws(ConvolutionError) {
        network = try Network(inputShape: inputShape)
        self.weights = weights
        self.layout = layout
        self.options = options
    }

    /// The images.
    var input: Network.Value { network.input }

    /// The channels of a value.
    func channels(_ value: Network.Value) -> Int {
        layout == .channelsLast ? value.shape[value.shape.count - 1] : value.shape[1]
    }

    /// A convolution, with half of its kernel as padding, and a batch norm behind it.
    mutating func convolution(
        _ input: Network.Value, _ channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
        activation: Activation = .relu, residual: Network.Value? = nil, _ name: String, norm: String
    ) throws -> Network.Value {
        let shape = [channels, self.channels(input) / groups, kernel, kernel]
        let (weight, bias) = try weights.convolution(name, norm: norm, shape)
        let plan = try ConvolutionPlan(
            inputShape: input.shape, weight: weight, bias: bias, stride: stride, padding: kernel / 2, groups: groups,
            layout: layout, activation: activation, options: options)
        return try network.add(plan, input, residual: residual)
    }

    /// The largest element of each window.
    mutating func maxPool(
        _ input: Network.Value, kernel: Int, stride: Int, padding: Int
    ) throws -> Network.Value {
        let plan = try PoolingPlan.maximum(
            inputShape: input.shape, rank: 2, kernelSize: kernel, stride: stride, padding: padding, layout: layout,
            options: options)
        return try network.add(plan, input)
    }

    /// The mean of each channel.
    mutating func meanOfPlanes(_ input: Network.Value) throws -> Network.Value {
        let plan = try PoolingPlan.adaptiveAverage(
            inputShape: input.shape, rank: 2, outputSize: 1, layout: layout, options: options)
        return try network.add(plan, input)
    }

    /// A linear layer of a row for each image.
    mutating func linear(_ input: Network.Value, _ features: Int, _ name: String) throws -> Network.Value {
        let (rows, count) = (input.shape[0], channels(input))
        let linear = try Linear(
            weight: weights.tensor(name + ".weight", [features, count]),
            bias: weights.tensor(name + ".bias", [features]), options: options)
        return try network.add(linear.prepare(rows: rows), input)
    }

    /// The network whose output is a value.
    consuming func finished(_ output: Network.Value) -> Network {
        network.finish(output)
        return network
    }
}
