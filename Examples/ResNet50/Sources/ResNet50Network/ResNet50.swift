// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// ResNet-50 as torchvision has it (He et al., 2015; the stride is in the 3 x 3 convolution of a block).
public struct ResNet50: ImageClassifier {
    /// Its layers, for images of one shape.
    public let network: Network

    /// Packs the weights and chooses the algorithms, as every `ImageClassifier` does.
    public init(
        weights: Weights, inputShape: [Int] = [1, 3, 224, 224], layout: TensorLayout = .channelsFirst,
        options: ConvolutionOptions = .init()
    ) throws {
        network = try NetworkBuilder.network(
            weights: weights, inputShape: inputShape, layout: layout, options: options, Self.layers)
    }

    /// Writes the layers down.
    private static func layers(_ network: inout NetworkBuilder) throws -> Network.Value {
        var x = try network.convolution(network.input, 64, kernel: 7, stride: 2, "conv1", norm: "bn1")
        x = try network.maxPool(x, kernel: 3, stride: 2, padding: 1)
        for (stage, (width, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
            for block in 0..<blocks {
                let name = "layer\(stage + 1).\(block)."
                x = try bottleneck(&network, x, width: width, stride: stage > 0 && block == 0 ? 2 : 1, name)
            }
        }
        return try network.linear(network.meanOfPlanes(x), 1000, "fc")
    }

    /// 1 x 1, 3 x 3, 1 x 1 with four times the channels, and what came in is added before the last ReLU.
    private static func bottleneck(
        _ network: inout NetworkBuilder, _ input: Network.Value, width: Int, stride: Int, _ name: String
    ) throws -> Network.Value {
        let isFirst = network.channels(input) != 4 * width
        // Before the others: the block's input is read twice, and its buffer is free the sooner.
        let identity =
            isFirst
            ? try network.convolution(
                input, 4 * width, kernel: 1, stride: stride, activation: .none, name + "downsample.0",
                norm: name + "downsample.1") : input
        var x = try network.convolution(input, width, kernel: 1, name + "conv1", norm: name + "bn1")
        x = try network.convolution(x, width, kernel: 3, stride: stride, name + "conv2", norm: name + "bn2")
        return try network.convolution(
            x, 4 * width, kernel: 1, residual: identity, name + "conv3", norm: name + "bn3")
    }
}
