// SPDX-License-Identifier: Apache-2.0

import Convolution
import NetworkWeights

/// upconv_7 of waifu2x, a network that doubles the size of an image: six convolutions of 3 x 3, each followed by a
/// leaky ReLU, and a transposed one of 4 x 4 with stride 2.
///
/// ```swift
/// let network = try Upconv7(weights: "photo.safetensors")
/// var session = try network.session(height: 128, width: 128)
/// let doubled = try session(image)  // (1, 3, 142, 142) -> (1, 3, 256, 256)
/// ```
///
/// Nothing is padded: a pixel is computed from the pixels around it alone, `context` of them to each side, which are
/// part of the input and not of the output. So an image can be cut into tiles that overlap by as much, and no seam is
/// seen.
///
/// A network holds its packed weights, for as many sessions as it is asked for. A session holds what one thread needs
/// to run it: plans for one size, two activations that take turns, and a workspace that all layers share.
public struct Upconv7: Sendable {
    /// Pixels of the output for one of the input, along each axis.
    public static let scale = 2
    /// Pixels to each side of the input that have no part of the output: one for each convolution, and one for the
    /// last.
    public static let context = 7
    /// The size that the algorithms are chosen for. Larger tiles are no faster, and take more memory.
    public static let preparedSize = 128

    /// For `preparedSize`; sessions for other sizes share the weights.
    private let plans: [ConvolutionPlan]

    /// Reads the weights of `weights.py`, packs them, and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - path: A file of conv1.weight, conv1.bias, ... conv7.bias. The channels are those of the weights.
    ///   - options: How to compute it.
    /// - Throws: `FileError` if a tensor can't be read, `NonFiniteElement`, `ConvolutionError` if the shapes do not fit
    ///   together.
    public init(weights path: String, options: ConvolutionOptions = .init()) throws {
        let file = try WeightsFile(contentsOf: path)
        let size = Upconv7.preparedSize + 2 * Upconv7.context
        var plans: [ConvolutionPlan] = []
        var shape = [1, 3, size, size]
        for index in 1...7 {
            let weight = try file.tensor("conv\(index).weight")
            let bias = try file.tensor("conv\(index).bias")
            if index < 7 {
                plans.append(
                    try ConvolutionPlan(
                        inputShape: shape, weight: weight, bias: bias, activation: .leakyReLU(slope: 0.1),
                        options: options))
            } else {
                // Of the 4 x 4 products of a pixel the padding leaves those that the neighbours' are added to.
                let problem = try ConvolutionProblem.transposed(
                    inputShape: shape, weightShape: weight.shape, biasShape: bias.shape, stride: 2, padding: 3)
                plans.append(try ConvolutionPlan(problem, weight: weight, bias: bias, options: options))
            }
            shape = plans[index - 1].problem.outputShape
        }
        let expected = [1, 3, Upconv7.preparedSize * Upconv7.scale, Upconv7.preparedSize * Upconv7.scale]
        guard shape == expected else {
            throw ConvolutionError.shapeMismatch(tensor: "the network's output", expected: expected, got: shape)
        }
        self.plans = plans
    }

    /// What is needed to run the network on inputs of (1, 3, height + 14, width + 14).
    ///
    /// - Throws: `ConvolutionError` if the size is not positive or there is no memory for it.
    public func session(height: Int, width: Int) throws(ConvolutionError) -> Upconv7Session {
        var size = [height + 2 * Upconv7.context, width + 2 * Upconv7.context]
        var resized: [ConvolutionPlan] = []
        for plan in plans {
            resized.append(plan.problem.size(\.input) == size ? plan : try plan.resized(batch: 1, inputSize: size))
            size = resized[resized.count - 1].problem.size(\.output)
        }
        return try Upconv7Session(resized)
    }
}
