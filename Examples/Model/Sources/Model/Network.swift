// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The network of `make_model.py`, which PyTorch has saved.
struct Network: Sendable {
    let stem: Conv2d
    let depthwise: Conv2d
    let pointwise: Conv2d
    let head: Conv2d

    init(contentsOf path: String, options: ConvolutionOptions = .init()) throws {
        let tensors = try SafetensorsFile(contentsOf: path).tensors()
        stem = try Conv2d(
            stateDict: tensors, prefix: "stem", stride: 2, padding: 1, activation: .relu, options: options)
        depthwise = try Conv2d(
            stateDict: tensors, prefix: "depthwise", padding: 1, groups: 8, paddingMode: .reflect, options: options)
        pointwise = try Conv2d(stateDict: tensors, prefix: "pointwise", activation: .relu, options: options)
        head = try Conv2d(stateDict: tensors, prefix: "head", options: options)
    }

    /// Images (N, 1, H, W) -> scores (N, 10).
    func callAsFunction(_ images: Tensor) throws -> Tensor {
        let x = try stem(images)
        let y = try pointwise(depthwise(x), residual: x)
        return try meanOfPlanes(head(y))
    }
}

/// (N, C, H, W) -> (N, C). Without `ConvolutionLayers`, what a network does between its convolutions is a loop.
func meanOfPlanes(_ x: Tensor) throws -> Tensor {
    try Tensor(shape: [x.shape[0], x.shape[1]]) { means in
        for n in 0..<x.shape[0] {
            for c in 0..<x.shape[1] {
                var sum: Float = 0
                for h in 0..<x.shape[2] {
                    for w in 0..<x.shape[3] { sum += x[n, c, h, w] }
                }
                means.append(sum / Float(x.shape[2] * x.shape[3]))
            }
        }
    }
}
