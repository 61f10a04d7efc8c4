// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The tensors of one layer in a state dict.
struct ParameterNames {
    private let tensors: [String: Tensor]
    private let prefix: String

    /// With "fc" or "fc." the names are "fc.weight" and the like.
    init(_ tensors: [String: Tensor], prefix: String) {
        self.tensors = tensors
        self.prefix = prefix.isEmpty || prefix.hasSuffix(".") ? prefix : prefix + "."
    }

    /// The name in the state dict.
    func name(_ parameter: String) -> String { prefix + parameter }

    /// - Throws: `ConvolutionError.missingParameter` if the state dict has no such tensor.
    func tensor(_ parameter: String) throws(ConvolutionError) -> Tensor {
        guard let tensor = tensors[name(parameter)] else { throw .missingParameter(name(parameter)) }
        return tensor
    }

    /// - Throws: `ConvolutionError.missingParameter` if the state dict has no such tensor, `.parameterShape` if it has
    ///   another shape.
    func tensor(_ parameter: String, shape: [Int]) throws(ConvolutionError) -> Tensor {
        let tensor = try tensor(parameter)
        guard tensor.shape == shape else {
            throw .parameterShape(name: name(parameter), expected: shape, got: tensor.shape)
        }
        return tensor
    }
}

/// The number of elements of a shape.
///
/// - Throws: `ConvolutionError.negativeExtent` or `.sizeOverflow`.
func elementCount(_ shape: [Int]) throws(ConvolutionError) -> Int {
    var count = 1
    for extent in shape.reversed() {
        guard extent >= 0 else { throw .negativeExtent(tensor: "tensor", shape: shape) }
        let (product, overflows) = count.multipliedReportingOverflow(by: extent)
        guard !overflows else { throw .sizeOverflow(quantity: "the number of elements of a tensor", values: shape) }
        count = product
    }
    return count
}
