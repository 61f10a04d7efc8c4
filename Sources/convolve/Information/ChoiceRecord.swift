// SPDX-License-Identifier: Apache-2.0

import Convolution

/// How an algorithm is chosen for one layer.
struct ChoiceRecord: Codable, Equatable {
    struct Algorithm: Codable, Equatable {
        let algorithm: String
        let applies: Bool
        let reason: String
        let estimatedMs: Double?
        /// Of the algorithms that were tried, where the choice is measured.
        let measuredMs: Double?
        let isChosen: Bool
        /// Whether no plan takes it by itself.
        let isNeverChosen: Bool

        enum CodingKeys: String, CodingKey {
            case algorithm, applies, reason
            case estimatedMs = "estimated_ms"
            case measuredMs = "measured_ms"
            case isChosen = "chosen"
            case isNeverChosen = "never_chosen"
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
                estimatedMs: $0.estimatedMilliseconds, measuredMs: $0.measuredMilliseconds, isChosen: $0.isChosen,
                isNeverChosen: $0.isNeverChosen)
        }
    }

    func text(style: Style) -> String {
        let isMeasured = algorithms.contains { $0.measuredMs != nil }
        var lines = [
            style.bold("\(layer): \(tuple(inputShape)) with \(tuple(weightShape)) -> \(tuple(outputShape))"),
            "  algorithm    estimated ms  " + (isMeasured ? "measured ms  " : "") + "kernel, or why it does not apply",
        ]
        for algorithm in algorithms {
            let cost = algorithm.estimatedMs.map(compact) ?? (algorithm.isNeverChosen ? "never chosen" : "-")
            let time = (algorithm.measuredMs.map(compact) ?? "-").leftPadded(to: 11) + "  "
            let line =
                "\(algorithm.isChosen ? "*" : " ") \(algorithm.algorithm.padded(to: 11))  \(cost.leftPadded(to: 12))  "
                + (isMeasured ? time : "") + singleLine(algorithm.reason)
            lines.append(algorithm.isChosen ? style.green(line) : line)
        }
        lines.append("* chosen")
        return lines.joined(separator: "\n") + "\n"
    }
}
