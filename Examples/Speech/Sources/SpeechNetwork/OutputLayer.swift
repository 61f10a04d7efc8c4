// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The probability that the cell's answer stands for: a ReLU, a convolution with a single weight for each element, and a
/// sigmoid.
struct OutputLayer: Sendable {
    private let weight: Tensor
    private let bias: Float

    init(_ tensors: [String: Tensor], prefix: String, channels: Int) throws(ConvolutionError) {
        func tensor(_ name: String, _ shape: [Int]) throws(ConvolutionError) -> Tensor {
            guard let tensor = tensors["\(prefix).\(name)"] else { throw .missingParameter("\(prefix).\(name)") }
            guard tensor.shape == shape else {
                throw .parameterShape(name: "\(prefix).\(name)", expected: shape, got: tensor.shape)
            }
            return tensor
        }
        weight = try tensor("weight", [1, channels, 1])
        bias = try tensor("bias", [1])[0]
    }

    func callAsFunction(_ hidden: Tensor) -> Float {
        let (weight, hidden) = (weight.span, hidden.span)
        let sum = weight.indices.reduce(bias) { $0 + weight[$1] * max(0, hidden[$1]) }
        return 1 / (1 + exp(-sum))
    }
}
