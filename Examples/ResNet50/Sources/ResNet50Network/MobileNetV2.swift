// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

extension NetworkBuilder {
    /// MobileNetV2 as torchvision has it (Sandler et al., 2018), with a width of 1.
    mutating func mobilenetv2() throws -> Network.Value {
        var x = try convolution(
            input, 32, kernel: 3, stride: 2, activation: .relu6, "features.0.0", norm: "features.0.1")
        var index = 1
        for (expansion, channels, count, stride) in [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ] {
            for block in 0..<count {
                x = try invertedResidual(
                    x, channels, expansion: expansion, stride: block == 0 ? stride : 1, "features.\(index).conv.")
                index += 1
            }
        }
        x = try convolution(
            x, 1280, kernel: 1, activation: .relu6, "features.\(index).0", norm: "features.\(index).1")
        return try linear(meanOfPlanes(x), 1000, "classifier.1")
    }

    /// 1 x 1 with more channels, 3 x 3 of each channel, 1 x 1 with fewer, and what came in is added where the shapes agree.
    private mutating func invertedResidual(
        _ input: Network.Value, _ channels: Int, expansion: Int, stride: Int, _ name: String
    ) throws -> Network.Value {
        let inputChannels = self.channels(input)
        let width = inputChannels * expansion
        var x = input
        var layer = 0
        if expansion > 1 {
            x = try convolution(x, width, kernel: 1, activation: .relu6, name + "0.0", norm: name + "0.1")
            layer = 1
        }
        x = try convolution(
            x, width, kernel: 3, stride: stride, groups: width, activation: .relu6, name + "\(layer).0",
            norm: name + "\(layer).1")
        return try convolution(
            x, channels, kernel: 1, activation: .none,
            residual: stride == 1 && inputChannels == channels ? input : nil, name + "\(layer + 1)",
            norm: name + "\(layer + 2)")
    }
}
