// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import NetworkWeights

/// A network that gives a score for each of 1000 classes of images.
///
/// ```swift
/// let classifier = try ImageClassifier(.resnet50, weights: "resnet50.safetensors")
/// var session = try classifier.session()
/// let scores = try session(image)  // (1, 3, 224, 224) -> (1, 1, 1000)
/// ```
public struct ImageClassifier: Sendable {
    /// Which network it is.
    public enum Architecture: String, CaseIterable, Sendable {
        case resnet50, mobilenetv2
    }

    /// Its layers, for images of one shape.
    public let network: Network

    /// Packs the weights and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - architecture: Which network it is.
    ///   - weights: The parameters, by torchvision's names.
    ///   - inputShape: (N, 3, H, W), or (N, H, W, 3) with the channels last.
    ///   - layout: The order of the axes of all tensors.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if there are no such images or they are too small, or if a parameter has another
    ///   shape; `FileError` if the file has no such tensor, `NonFiniteElement`.
    public init(
        _ architecture: Architecture, weights: Weights, inputShape: [Int] = [1, 3, 224, 224],
        layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
    ) throws {
        let channels = layout == .channelsLast ? inputShape.last : inputShape.dropFirst().first
        guard inputShape.count == 4, channels == 3, inputShape.allSatisfy({ $0 > 0 }) else {
            throw ConvolutionError.shapeMismatch(
                tensor: "images", expected: layout.shape(batch: 1, channels: 3, size: [224, 224]), got: inputShape)
        }
        var builder = try NetworkBuilder(inputShape: inputShape, weights: weights, layout: layout, options: options)
        let output =
            switch architecture {
            case .resnet50: try builder.resnet50()
            case .mobilenetv2: try builder.mobilenetv2()
            }
        network = builder.finished(output)
    }

    /// Reads the weights, packs them, and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - architecture: Which network it is.
    ///   - path: A state dict as torchvision has it, in a .safetensors file.
    ///   - inputShape: (N, 3, H, W), normalised as the model wants it.
    ///   - options: How to compute it.
    /// - Throws: As with other weights, and `FileError` if the file can't be read.
    public init(
        _ architecture: Architecture, weights path: String, inputShape: [Int] = [1, 3, 224, 224],
        options: ConvolutionOptions = .init()
    ) throws {
        try self.init(
            architecture, weights: .file(WeightsFile(contentsOf: path)), inputShape: inputShape, options: options)
    }

    /// What one thread needs to run the network.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory for it.
    public func session() throws(ConvolutionError) -> NetworkSession { try NetworkSession(network) }
}
