// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What the pyramid makes of an output of the backbone, but of the finest one.
struct CoarseLevel: Sendable {
    /// To fewer channels; nil where it is part of `lateral`.
    var reduce: ConvolutionPlan?
    var lateral: ConvolutionPlan
    let lateralExcitation: Excitation
    var out: ConvolutionPlan
    let outExcitation: Excitation
    /// The level's part of the head's first convolution, at the size of the finest level.
    var enlarged: ConvolutionPlan

    /// - Parameters:
    ///   - parameters: The network's.
    ///   - name: Of the level's layers.
    ///   - shape: Of the backbone's output.
    ///   - joinsLayers: Whether `reduce` becomes part of `lateral`. From 384 channels to 360 and from these to 96 takes
    ///     five times the products that the way at once does; elsewhere it takes fewer.
    ///   - head: The weight of the head's first convolution for the level's channels.
    ///   - scale: How many times higher and wider the finest level is.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a parameter is missing or has another shape.
    init(
        _ parameters: Parameters, _ name: String, shape: [Int], joinsLayers: Bool, head: Tensor, scale: Int,
        options: ConvolutionOptions
    ) throws(ConvolutionError) {
        if joinsLayers {
            let (weight, bias) = try parameters.product("\(name).reduce", "\(name).lateral")
            lateral = try ConvolutionPlan(inputShape: shape, weight: weight, bias: bias, options: options)
        } else {
            let first = try ConvolutionPlan(
                inputShape: shape, weight: parameters.tensor("\(name).reduce.weight"),
                bias: parameters.tensor("\(name).reduce.bias"), options: options)
            reduce = first
            lateral = try ConvolutionPlan(
                inputShape: first.problem.outputShape, weight: parameters.tensor("\(name).lateral.weight"),
                options: options)
        }
        out = try ConvolutionPlan(
            inputShape: lateral.problem.outputShape, weight: parameters.tensor("\(name).out.weight"), padding: 1,
            options: options)
        lateralExcitation = try Excitation(
            parameters, "\(name).lateral_excitation", channels: lateral.problem.outputChannels, slope: 0.2)
        outExcitation = try Excitation(
            parameters, "\(name).out_excitation", channels: out.problem.outputChannels, slope: 0.2)
        let weight = try weightOfEnlarged(head, scale: scale)
        let problem = try ConvolutionProblem.transposed(
            inputShape: out.problem.outputShape, weightShape: weight.shape, stride: scale, padding: 1)
        enlarged = try ConvolutionPlan(problem, weight: weight, options: options)
    }

    /// Gives the level another size.
    mutating func resize(to size: [Int]) throws(ConvolutionError) {
        reduce = try reduce?.resized(batch: 1, inputSize: size)
        _ = try TextNetwork.resize(&lateral, size)
        _ = try TextNetwork.resize(&out, size)
        _ = try TextNetwork.resize(&enlarged, size)
    }
}
