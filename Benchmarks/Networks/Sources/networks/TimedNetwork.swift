// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import ResNet50Network

/// What is timed: a network of an example that is ready to run.
protocol TimedNetwork {
    /// Runs the network.
    mutating func run(_ input: Span<Float>, into output: inout MutableSpan<Float>) throws
}

extension NetworkSession: TimedNetwork {}

/// The networks by name, each with the number of elements of its output.
enum Networks {
    static let names = ["resnet50", "mobilenetv2"]

    /// - Throws: What making the network throws; `Fault` if there is none of that name.
    static func make(
        _ name: String, weights path: String, inputShape: [Int], options: ConvolutionOptions
    ) throws -> (network: any TimedNetwork, outputCount: Int) {
        switch name {
        case "resnet50": try session(of: ResNet50(weights: path, inputShape: inputShape, options: options))
        case "mobilenetv2": try session(of: MobileNetV2(weights: path, inputShape: inputShape, options: options))
        default: throw Fault(message: "no network is called '\(name)'; there are \(names.joined(separator: ", "))")
        }
    }

    private static func session(of classifier: some ImageClassifier) throws -> (any TimedNetwork, Int) {
        (try classifier.session(), classifier.network.output?.shape.reduce(1, *) ?? 0)
    }
}

/// A wrong request, as a sentence.
struct Fault: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
