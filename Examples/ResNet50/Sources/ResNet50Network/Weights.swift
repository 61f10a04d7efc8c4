// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import NetworkWeights

/// Where a network's tensors come from, one by one, so that none is in memory longer than its layer is made.
public enum Weights: Sendable {
    /// A state dict as torchvision has it, saved by `safetensors.torch.save_file`.
    case file(WeightsFile)
    /// Random numbers of a seed: the same ones as `parameters.py` makes.
    case random(seed: UInt64)

    /// The tensor of a name.
    ///
    /// - Throws: `FileError` if the file has none or can't be read, `NonFiniteElement`, `ConvolutionError.parameterShape` if
    ///   it has another shape.
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
        switch self {
        case .file(let file):
            let tensor = try file.tensor(name)
            guard tensor.shape == shape else {
                throw ConvolutionError.parameterShape(name: name, expected: shape, got: tensor.shape)
            }
            return tensor
        case .random(let seed):
            return try RandomParameter(name, shape, seed: seed).tensor()
        }
    }

    /// Weight and bias of a convolution without a bias and the batch norm behind it.
    func convolution(_ name: String, norm: String, _ shape: [Int]) throws -> (weight: Tensor, bias: Tensor) {
        let channels = [shape[0]]
        let norm = try BatchNorm(
            weight: tensor(norm + ".weight", channels), bias: tensor(norm + ".bias", channels),
            runningMean: tensor(norm + ".running_mean", channels), runningVar: tensor(norm + ".running_var", channels))
        return try norm.folded(intoWeight: tensor(name + ".weight", shape))
    }
}

/// A parameter as it might be in a trained model: what keeps the numbers in range from the first layer to the last.
struct RandomParameter {
    let shape: [Int]
    /// Uniform in `center - spread..<center + spread`.
    let center, spread: Float
    private let seed: UInt64

    init(_ name: String, _ shape: [Int], seed: UInt64) {
        self.shape = shape
        // FNV-1a: the numbers of a tensor do not depend on those before it.
        self.seed = name.utf8.reduce(14_695_981_039_346_656_037 ^ seed) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        (center, spread) =
            if name.hasSuffix("running_var") {
                (1, 0.5)
            } else if name.hasSuffix("bn3.weight") || name.hasSuffix("conv.3.weight") {
                // The last norm of a block: its output is added to the block's input, again and again.
                (0.25, 0.125)
            } else if shape.count == 1 {
                name.hasSuffix("weight") ? (1, 0.25) : (0, 0.1)
            } else {
                // He et al. (2015): the variance stays what it is through a ReLU.
                (0, Float((6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()))
            }
    }

    /// Each element from its index alone, by the finalizer of SplitMix64.
    func tensor() throws(ConvolutionError) -> Tensor {
        try Tensor(shape: shape) { elements in
            for index in 0..<shape.reduce(1, *) {
                var z = seed &+ UInt64(index + 1) &* 0x9e37_79b9_7f4a_7c15
                z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
                z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
                z ^= z >> 31
                let unit = Float(Int(z >> 40) - 1 << 23) * 0x1p-23
                elements.append(center + spread * unit)
            }
        }
    }
}
