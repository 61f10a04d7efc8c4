// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import NetworkWeights

/// The tensors of the network's file, and the convolutions that they make with what is learned around them.
struct Parameters {
    private let tensors: [String: Tensor]

    /// - Throws: `FileError` if the file can't be read, `NonFiniteElement`.
    init(contentsOf path: String) throws {
        tensors = try WeightsFile(contentsOf: path).tensors()
    }

    /// - Throws: `ConvolutionError.missingParameter` if there is none.
    func tensor(_ name: String) throws(ConvolutionError) -> Tensor {
        guard let tensor = tensors[name] else {
            throw .missingParameter(name)
        }
        return tensor
    }

    func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// - Throws: `ConvolutionError.missingParameter`, or `.parameterShape` if it has not one element.
    private func scalar(_ name: String) throws(ConvolutionError) -> Double {
        let tensor = try tensor(name)
        guard tensor.count == 1 else { throw .parameterShape(name: name, expected: [1], got: tensor.shape) }
        return Double(tensor.elements[0])
    }

    /// A convolution and the scale and offset behind it, which are part of its weights.
    ///
    /// - Returns: Weight, bias, and the hard swish that follows, if one does, with its own scale and offset.
    func block(_ name: String) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor, activation: Activation) {
        let scale = try scalar("\(name).scale")
        let offset = try scalar("\(name).offset")
        let weight = try tensor("\(name).weight")
        let bias = try tensor("\(name).bias")
        let activation: Activation =
            contains("\(name).activation.scale")
            ? .hardSwish(
                scale: Float(try scalar("\(name).activation.scale")),
                offset: Float(try scalar("\(name).activation.offset")))
            : .none
        return (
            try Tensor(weight.elements.map { Float(Double($0) * scale) }, shape: weight.shape),
            try Tensor(bias.elements.map { Float(Double($0) * scale + offset) }, shape: bias.shape), activation
        )
    }

    /// A convolution with the batch norm behind it.
    func normed(_ name: String, norm: String) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor) {
        try BatchNorm(stateDict: tensors, prefix: norm).folded(intoWeight: tensor("\(name).weight"))
    }

    /// A transposed convolution of 2 x 2 with stride 2, with the batch norm behind it.
    func normedUp(_ name: String, norm: String) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor) {
        let layer = try ConvTranspose2d(stateDict: tensors, prefix: name, stride: 2)
        let folded = try BatchNorm(stateDict: tensors, prefix: norm).folded(into: layer)
        guard let bias = folded.bias else { throw .missingParameter("\(name).bias") }
        return (folded.weight, bias)
    }

    /// Two convolutions of 1 x 1, one after the other, as one: the product of their matrices.
    func product(
        _ first: String, _ second: String
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor) {
        let (inner, bias) = (try tensor("\(first).weight"), try tensor("\(first).bias"))
        let outer = try tensor("\(second).weight")
        guard inner.rank == 4, bias.shape == [inner.shape[0]], outer.rank == 4, outer.shape[1] == inner.shape[0] else {
            throw .parameterShape(
                name: "\(second).weight", expected: [outer.shape.first ?? 0, inner.shape.first ?? 0, 1, 1],
                got: outer.shape)
        }
        let (rows, middle, columns) = (outer.shape[0], inner.shape[0], inner.shape[1])
        var sums = [Double](repeating: 0, count: rows * columns)
        var biases = [Double](repeating: 0, count: rows)
        let (left, right, add) = (outer.elements, inner.elements, bias.elements)
        for row in 0..<rows {
            for index in 0..<middle {
                let factor = Double(left[row * middle + index])
                biases[row] += factor * Double(add[index])
                for column in 0..<columns {
                    sums[row * columns + column] += factor * Double(right[index * columns + column])
                }
            }
        }
        return (
            try Tensor(sums.map { Float($0) }, shape: [rows, columns, 1, 1]),
            try Tensor(biases.map { Float($0) }, shape: [rows])
        )
    }
}

extension Tensor {
    /// Some of a weight's input channels.
    func channels(_ range: Range<Int>) throws(ConvolutionError) -> Tensor {
        guard rank == 4, shape[1] >= range.upperBound else {
            throw .parameterShape(name: "weight", expected: [shape.first ?? 1, range.upperBound, 3, 3], got: shape)
        }
        let size = shape[2] * shape[3]
        let elements = span
        return try Tensor(shape: [shape[0], range.count, shape[2], shape[3]]) { part in
            for output in 0..<shape[0] {
                let first = (output * shape[1] + range.lowerBound) * size
                for index in first..<first + range.count * size { part.append(elements[index]) }
            }
        }
    }
}
