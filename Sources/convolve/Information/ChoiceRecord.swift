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
        let heading = "\(layer): \(tuple(inputShape)) with \(tuple(weightShape)) -> \(tuple(outputShape))"
        var lines = [
            style.bold(style.fitted(heading)),
            style.fitted(
                "  algorithm    estimated ms  " + (isMeasured ? "measured ms  " : "")
                    + "kernel, or why it does not apply"),
        ]
        for algorithm in algorithms {
            let cost = algorithm.estimatedMs.map(compact) ?? (algorithm.isNeverChosen ? "never chosen" : "-")
            let time = (algorithm.measuredMs.map(compact) ?? "-").leftPadded(to: 11) + "  "
            let columns =
                "\(algorithm.isChosen ? "*" : " ") \(algorithm.algorithm.padded(to: 11))  \(cost.leftPadded(to: 12))  "
                + (isMeasured ? time : "")
            // The reason is what the table is for: it goes on below rather than being cut.
            let width = style.columns.map { max(ChoiceRecord.narrowestReason, $0 - columns.count) } ?? .max
            let reason = wrapped(algorithm.shortReason, width: width)
                .joined(separator: "\n" + String(repeating: " ", count: columns.count))
            lines.append(algorithm.isChosen ? style.green(columns + reason) : columns + reason)
        }
        lines.append("* chosen")
        return lines.joined(separator: "\n") + "\n"
    }

    private static let narrowestReason = 20
}

extension ChoiceRecord.Algorithm {
    /// The reason on one line, without the words that the table's columns say already.
    var shortReason: String {
        let reason = singleLine(reason)
        guard let algorithm = Convolution.Algorithm(rawValue: algorithm) else { return reason }
        let words = ConvolutionError.algorithmNotApplicable(algorithm, reason: "").description
        return reason.hasPrefix(words) ? String(reason.dropFirst(words.count)) : reason
    }
}
