// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// A network that gives a score for each of 1000 classes of images.
///
/// ```swift
/// let classifier = try ResNet50(weights: "resnet50.safetensors")
/// var session = try classifier.session()
/// let scores = try session(image)  // (1, 3, 224, 224) -> (1, 1, 1000)
/// ```
public protocol ImageClassifier: Sendable {
    /// Its layers, for images of one shape.
    var network: Network { get }

    /// Packs the weights and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - weights: The parameters, by torchvision's names.
    ///   - inputShape: (N, 3, H, W), or (N, H, W, 3) with the channels last.
    ///   - layout: The order of the axes of all tensors.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if there are no such images or they are too small, or if a parameter has another shape;
    ///   `FileError` if the file has no such tensor.
    init(weights: Weights, inputShape: [Int], layout: TensorLayout, options: ConvolutionOptions) throws
}

extension ImageClassifier {
    /// Reads the weights, packs them, and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - path: A state dict as torchvision has it, in a .safetensors file.
    ///   - inputShape: (N, 3, H, W), normalised as the model wants it.
    ///   - options: How to compute it.
    /// - Throws: `FileError` if a tensor can't be read, `ConvolutionError` if one has another shape.
    public init(
        weights path: String, inputShape: [Int] = [1, 3, 224, 224], options: ConvolutionOptions = .init()
    ) throws {
        try self.init(
            weights: .file(SafetensorsFile(contentsOf: path)), inputShape: inputShape, layout: .channelsFirst,
            options: options)
    }

    /// What one thread needs to run the network.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory for it.
    public func session() throws(ConvolutionError) -> NetworkSession { try NetworkSession(network) }
}
