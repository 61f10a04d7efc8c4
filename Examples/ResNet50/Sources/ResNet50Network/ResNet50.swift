// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

extension NetworkBuilder {
    /// ResNet-50 as torchvision has it (He et al., 2015; the stride is in the 3 x 3 convolution of a block).
    mutating func resnet50() throws -> Network.Value {
        var x = try convolution(input, 64, kernel: 7, stride: 2, "conv1", norm: "bn1")
        x = try maxPool(x, kernel: 3, stride: 2, padding: 1)
        for (stage, (width, blocks)) in [(64, 3), (128, 4), (256, 6), (512, 3)].enumerated() {
            for block in 0..<blocks {
                let name = "layer\(stage + 1).\(block)."
                x = try bottleneck(x, width: width, stride: stage > 0 && block == 0 ? 2 : 1, name)
            }
        }
        return try linear(meanOfPlanes(x), 1000, "fc")
    }

    /// 1 x 1, 3 x 3, 1 x 1 with four times the channels, and what came in is added before the last ReLU.
    private mutating func bottleneck(
        _ input: Network.Value, width: Int, stride: Int, _ name: String
    ) throws -> Network.Value {
        let isFirst = channels(input) != 4 * width
        // Before the others: the block's input is read twice, and its buffer is free the sooner.
        let identity =
            isFirst
            ? try convolution(
                input, 4 * width, kernel: 1, stride: stride, activation: .none, name + "downsample.0",
                norm: name + "downsample.1") : input
        var x = try convolution(input, width, kernel: 1, name + "conv1", norm: name + "bn1")
        x = try convolution(x, width, kernel: 3, stride: stride, name + "conv2", norm: name + "bn2")
        return try convolution(x, 4 * width, kernel: 1, residual: identity, name + "conv3", norm: name + "bn3")
    }
}
