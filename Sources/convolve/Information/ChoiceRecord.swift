// SPDX-License-Identifier: Apache-2.0

import Convolution

/// How an algorithm is chosen for one layer.
struct ChoiceRecord: Codable, Equatable {
    struct Algorithm: Codable, Equatable {
        let algorithm: String
        let applies: Bool
        let reason: String
        let estimatedMs: Double?
        let isChosen: Bool

        enum CodingKeys: String, CodingKey {
            case algorithm, applies, reason
            case estimatedMs = "estimated_ms"
            case isChosen = "chosen"
        }
    }

    let layer: String
    let inputShape: [Int]
    let weightShape: [Int]
    let outputShape: [Int]
    let algorithms: [Algorithm]

    enum CodingKeys: String, CodingKey {
        case layer, algorithms
        case inputShape = "input_shape"
        case weightShape = "weight_shape"
        case outputShape = "output_shape"
    }

    init(_ layer: String, _ problem: ConvolutionProblem, _ reports: [AlgorithmReport]) {
        self.layer = layer
        inputShape = problem.inputShape
        weightShape = problem.weightShape
        outputShape = problem.outputShape
        algorithms = reports.map {
            Algorithm(
                algorithm: $0.algorithm.rawValue, applies: $0.applies, reason: $0.reason,
                estimatedMs: $0.estimatedMilliseconds, isChosen: $0.isChosen)
        }
    }

    func text(style: Style) -> String {
        var lines = [
            style.bold("\(layer): \(tuple(inputShape)) with \(tuple(weightShape)) -> \(tuple(outputShape))"),
            "  algorithm   estimated ms  kernel, or why it does not apply",
        ]
        for algorithm in algorithms {
            let cost = algorithm.estimatedMs.map(compact) ?? "-"
            let line =
                "\(algorithm.isChosen ? "*" : " ") \(algorithm.algorithm.padded(to: 10))  \(cost.leftPadded(to: 12))  "
                + singleLine(algorithm.reason)
            lines.append(algorithm.isChosen ? style.green(line) : line)
        }
        lines.append("* chosen")
        return lines.joined(separator: "\n") + "\n"
    }
}
