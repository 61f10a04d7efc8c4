// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Foundation
import ResNet50Network

/// Both networks against the answers of PyTorch that `make_goldens.py` has written.
struct Check {
    /// The bound of an answer's error, relative to the largest score.
    private static let tolerance = 1e-4

    private let goldens: SafetensorsFile
    private let seed: UInt64

    init(goldens path: String, seed: UInt64) throws(FileError) {
        goldens = try SafetensorsFile(contentsOf: path)
        self.seed = seed
    }

    /// Whether all answers are right: in either layout, on one thread and on two.
    func passes() throws -> Bool {
        let images = try goldens.tensor("images")
        var passes = true
        for architecture in ImageClassifier.Architecture.allCases {
            let expected = try goldens.tensor(architecture.rawValue)
            for layout in TensorLayout.allCases {
                let input = layout == .channelsLast ? try channelsLast(images) : images
                for threads in [1, 2] {
                    let classifier = try ImageClassifier(
                        architecture, weights: .random(seed: seed), inputShape: input.shape, layout: layout,
                        options: .init(threads: threads))
                    var session = try classifier.session()
                    let error = try relativeError(session(input).view(expected.shape), of: expected)
                    let isRight = error <= Self.tolerance
                    print(
                        "\(isRight ? "ok" : "WRONG"): \(architecture), \(layout), threads: \(threads): off by "
                            + String(format: "%.1e of the largest score", error))
                    passes = passes && isRight
                }
            }
        }
        return passes
    }
}
