// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Foundation
import NetworkWeights
import ResNet50Network

/// resnet50: classifies images, and says how long that takes and what it needs.
@main
struct Program {
    /// The seed of the weights where no file is given, and of those that the goldens are of.
    private static let seed: UInt64 = 1

    static func main() {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            if arguments.wantsHelp { return print(Arguments.usage, terminator: "") }
            if let path = arguments.check {
                exit(try Check(goldens: path, seed: seed).passes() ? 0 : 1)
            }
            try classify(arguments)
        } catch let fault as Arguments.Fault {
            fail("\(fault.message)\n\(Arguments.usage)", status: 64)
        } catch let error as FileError {
            fail("\(error)", status: error.isSystemFailure ? 74 : 65)
        } catch let error as ConvolutionError {
            fail("\(error)", status: error.isSystemFailure ? 74 : 65)
        } catch let error as NonFiniteElement {
            fail("\(error)", status: 65)
        } catch {
            fail("\(error)", status: 70)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("error: \(message)\n".utf8))
        exit(status)
    }

    private static func classify(_ arguments: Arguments) throws {
        let weights: Weights =
            try arguments.weights.map { .file(try WeightsFile(contentsOf: $0)) } ?? .random(seed: seed)
        var images = try Self.images(arguments)
        if arguments.layout == .channelsLast { images = try channelsLast(images) }
        let classifier = try ImageClassifier(
            arguments.network, weights: weights, inputShape: images.shape, layout: arguments.layout,
            options: arguments.options)
        var session = try classifier.session()
        var scores = try session(images)

        let shares = try softmax(scores.view(images.shape[0], 1000))
        for image in 0..<images.shape[0] {
            let classes = ranked(shares, image).map {
                "class \($0.index) \(String(format: "%.1f%%", $0.share * 100))"
            }
            print("image \(image): " + classes.joined(separator: ", "))
        }

        var times: [Double] = []
        for _ in 0..<arguments.runs {
            var elements = scores.mutableSpan
            times.append(
                try ContinuousClock().measure { try session.run(images.span, into: &elements) } / .milliseconds(1))
        }
        times.sort()
        let plans = classifier.network.convolutionPlans
        let threads = plans.map(\.threads).max() ?? 1
        print("\(arguments.network) of \(images.shape): \(plans.count) convolutions, \(threads) threads")
        print(String(format: "%.2f ms for a run, the median of %d", times[times.count / 2], times.count))
        print("\(classifier.network.memoryBytes >> 20) MiB of activations and workspace")
    }

    /// Those of the file, or a random one.
    private static func images(_ arguments: Arguments) throws -> Tensor {
        guard let path = arguments.input else {
            return try Tensor.randn(1, 3, arguments.size, arguments.size, seed: seed)
        }
        let images = try Tensor(contentsOf: path)
        try images.requireFinite("images", of: path)
        return images
    }

    /// The five likeliest classes of an image.
    private static func ranked(_ shares: Tensor, _ image: Int) -> [(index: Int, share: Float)] {
        let row = (0..<shares.shape[1]).map { (index: $0, share: shares[image, $0]) }
        return Array(row.sorted { ($0.share, $1.index) > ($1.share, $0.index) }.prefix(5))
    }
}

/// (N, C, H, W) -> (N, H, W, C).
func channelsLast(_ images: Tensor) throws(ConvolutionError) -> Tensor {
    guard images.rank == 4 else { throw .inputRank(rank: 2, inputShape: images.shape) }
    let (batch, channels) = (images.shape[0], images.shape[1])
    let pixels = images.shape[2] * images.shape[3]
    return try Tensor(shape: [batch, images.shape[2], images.shape[3], channels]) { elements in
        let source = images.span
        for image in 0..<batch {
            for pixel in 0..<pixels {
                for channel in 0..<channels { elements.append(source[(image * channels + channel) * pixels + pixel]) }
            }
        }
    }
}
