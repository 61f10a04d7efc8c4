// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import NetworkWeights

/// The layers of the network, prepared for a number of frames.
struct CrepeLayers: Sendable {
    let frames: Int
    let convolutions: [ConvolutionPlan]
    let classifier: ConvolutionPlan
    private let norms: [Norm]

    init(_ file: WeightsFile, frames: Int, options: ConvolutionOptions) throws {
        self.frames = frames
        var convolutions: [ConvolutionPlan] = []
        var norms: [Norm] = []
        var shape = [frames, 1, Crepe.frameLength]
        for index in 1...6 {
            let isFirst = index == 1
            let plan = try ConvolutionPlan(
                inputShape: shape, weight: file.tensor("conv\(index).weight"), bias: file.tensor("conv\(index).bias"),
                stride: isFirst ? 4 : 1, padding: isFirst ? Padding(254) : .same, activation: .relu, options: options)
            convolutions.append(plan)
            norms.append(try Norm(file, prefix: "conv\(index)_BN", channels: plan.problem.outputChannels))
            shape = plan.problem.outputShape
            shape[2] /= 2
        }
        self.convolutions = convolutions
        self.norms = norms
        let weight = try file.tensor("classifier.weight")
        // A linear layer is a convolution of one tap, whose pixels are the frames.
        classifier = try ConvolutionPlan(
            inputShape: [frames, shape[1] * shape[2]], weight: weight.view(weight.shape + [1]),
            bias: file.tensor("classifier.bias"), layout: .channelsLast, options: options)
    }

    /// The same for another number of frames, with the same packed weights.
    init(_ layers: CrepeLayers, frames: Int) throws(ConvolutionError) {
        self.frames = frames
        norms = layers.norms
        var convolutions: [ConvolutionPlan] = []
        for plan in layers.convolutions {
            convolutions.append(try plan.resized(batch: frames, inputSize: [plan.problem.inputShape[2]]))
        }
        self.convolutions = convolutions
        classifier = try layers.classifier.resized(batch: 1, inputSize: [frames])
    }

    /// (frames, 1024) -> (frames, 360), in memory of the caller's for what a convolution gives, for what remains of it
    /// behind the norm and the maximum, and for the convolutions' workspace.
    func run(
        _ input: Span<Float>, into output: inout MutableSpan<Float>, products: inout Tensor, activations: inout Tensor,
        workspace: inout Tensor
    ) throws(ConvolutionError) {
        var workspace = workspace.mutableSpan
        for (index, plan) in convolutions.enumerated() {
            let problem = plan.problem
            var wide = products.mutableSpan(first: problem.outputCount)
            if index == 0 {
                try plan.run(input: input, output: &wide, workspace: &workspace)
            } else {
                let before = activations.span.extracting(first: problem.inputCount)
                try plan.run(input: before, output: &wide, workspace: &workspace)
            }
            let length = problem.outputShape[2]
            var next = activations.mutableSpan(first: problem.batch * problem.outputChannels * (length / 2))
            // The classifier takes all channels of a step, and then those of the next.
            let isLast = index == convolutions.count - 1
            norms[index].pool(wide.span, length: length, channelsLast: isLast, into: &next)
        }
        let features = activations.span.extracting(first: classifier.problem.inputCount)
        try classifier.run(input: features, output: &output, workspace: &workspace)
        ElementFunction.sigmoid.apply(to: &output)
    }
}
