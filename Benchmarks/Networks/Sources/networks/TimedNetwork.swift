// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import PitchNetwork
import ResNet50Network
import SpeechNetwork
import TextNetwork
import UpscaleNetwork

/// What is timed: a network of an example that is ready to run.
protocol TimedNetwork: AnyObject {
    /// The number of elements of its output.
    var outputCount: Int { get }

    /// Runs the network.
    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws
}

/// A wrong request, as a sentence.
struct Fault: Error, CustomStringConvertible {
    let description: String
}

/// The network of a name, ready for inputs of a shape.
///
/// - Throws: `Fault` if there is none of that name, or none for that shape, and what making the network throws.
func makeNetwork(
    _ name: String, weights path: String, inputShape shape: [Int], options: ConvolutionOptions
) throws -> any TimedNetwork {
    if let architecture = ImageClassifier.Architecture(rawValue: name) {
        return try Classifier(ImageClassifier(architecture, weights: path, inputShape: shape, options: options))
    }
    switch name {
    case "pitch" where shape.count == 2: return try Pitch(weights: path, frames: shape[0], options: options)
    case "speech": return try Speech(weights: path, options: options)
    case "text" where shape.count == 4: return try Text(weights: path, shape[2], shape[3], options: options)
    case "upscale" where shape.count == 4: return try Upscale(weights: path, shape[2], shape[3], options: options)
    default: throw Fault(description: "there is no network '\(name)' of an input of shape \(shape)")
    }
}

private final class Classifier: TimedNetwork {
    private var session: NetworkSession
    let outputCount: Int

    init(_ classifier: ImageClassifier) throws {
        session = try classifier.session()
        outputCount = classifier.network.output?.shape.reduce(1, *) ?? 0
    }

    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws {
        try session.run(input, into: &output)
    }
}

private final class Pitch: TimedNetwork {
    private var session: CrepeSession
    var outputCount: Int { session.frames * Crepe.binCount }

    init(weights path: String, frames: Int, options: ConvolutionOptions) throws {
        session = try Crepe(weights: path, options: options).session(frames: frames)
    }

    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws {
        try session.run(input, into: &output)
    }
}

/// A chunk after silence: the network begins anew each time, as the others do that are given its state.
private final class Speech: TimedNetwork {
    private var network: SileroVAD
    let outputCount = 1

    init(weights path: String, options: ConvolutionOptions) throws {
        network = try SileroVAD(weights: path, options: options)
    }

    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws {
        network.reset()
        // What is before the chunk is the end of the last one, and silent.
        output[0] = try network.feed(input.extracting(last: SileroVAD.chunkLength))
    }
}

private final class Text: TimedNetwork {
    private var session: DetectorSession
    let outputCount: Int

    init(weights path: String, _ height: Int, _ width: Int, options: ConvolutionOptions) throws {
        session = try Detector(weights: path, options: options).session(height: height, width: width)
        outputCount = session.outputShape.reduce(1, *)
    }

    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws {
        try session.run(input, into: &output)
    }
}

private final class Upscale: TimedNetwork {
    private var session: Upconv7Session
    let outputCount: Int

    init(weights path: String, _ height: Int, _ width: Int, options: ConvolutionOptions) throws {
        let context = 2 * Upconv7.context
        session = try Upconv7(weights: path, options: options).session(
            height: height - context, width: width - context)
        outputCount = session.outputShape.reduce(1, *)
    }

    func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws {
        try session.run(input, into: &output)
    }
}
