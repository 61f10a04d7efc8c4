// SPDX-License-Identifier: Apache-2.0

import Convolution

/// An explanation for programs: `convolve explain --format json`.
struct ExplanationRecord: Codable, Equatable {
    struct Axis: Codable, Equatable {
        let size: Int
        let kernel: Int
        let stride: Int
        let dilation: Int
        let before: Int
        let after: Int
        let output: Int
        /// Of a transposed convolution; absent for others.
        let outputPadding: Int?

        enum CodingKeys: String, CodingKey {
            case size, kernel, stride, dilation, before, after, output
            case outputPadding = "output_padding"
        }
    }

    struct Term: Codable, Equatable {
        let inputIndex: [Int]?
        let weightIndex: [Int]
        let input: Float
        let weight: Float
        let product: Double

        enum CodingKeys: String, CodingKey {
            case input, weight, product
            case inputIndex = "input_index"
            case weightIndex = "weight_index"
        }
    }

    struct Element: Codable, Equatable {
        let index: [Int]
        let terms: [Term]
        let sum: Double
    }

    let op: String
    let inputShape: [Int]
    let weightShape: [Int]
    let outputShape: [Int]
    let axes: [Axis]
    let elements: [Element]

    enum CodingKeys: String, CodingKey {
        case op, axes, elements
        case inputShape = "input_shape"
        case weightShape = "weight_shape"
        case outputShape = "output_shape"
    }

    init(_ operation: Operation, _ problem: ConvolutionProblem, _ elements: [ElementSum]) {
        op = operation.rawValue
        inputShape = problem.inputShape
        weightShape = problem.weightShape
        outputShape = problem.outputShape
        axes = problem.spatialAxes.map {
            Axis(
                size: $0.input, kernel: $0.kernel, stride: $0.stride, dilation: $0.dilation, before: $0.before,
                after: $0.after, output: $0.output, outputPadding: problem.isTransposed ? $0.outputPadding : nil)
        }
        self.elements = elements.map { element in
            Element(
                index: element.index,
                terms: element.channels.joined().map {
                    Term(
                        inputIndex: $0.inputIndex, weightIndex: $0.weightIndex, input: $0.input, weight: $0.weight,
                        product: $0.product)
                },
                sum: element.sum)
        }
    }
}
