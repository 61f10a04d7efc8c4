// SPDX-License-Identifier: Apache-2.0

import Convolution

/// How one output element comes about: the products that are summed, in the order of the definition.
struct ElementSum: Equatable {
    /// One tap of the kernel.
    struct Term: Equatable {
        let weightIndex: [Int]
        let weight: Float
        /// nil where the tap falls on padding, or between the inputs of a transposed convolution, and is skipped.
        let inputIndex: [Int]?
        let input: Float

        var product: Double { Double(input) * Double(weight) }
    }

    /// (n, k, *position), or (k, *position) of an unbatched problem.
    let index: [Int]
    /// The taps, channel by channel.
    let channels: [[Term]]

    var sum: Double { channels.joined().reduce(0) { $0 + $1.product } }

    /// - Throws: `Failure` with exit code 65 if the problem has no such element.
    init(_ problem: ConvolutionProblem, index: [Int], data: ExampleData) throws {
        let shape = problem.outputShape
        guard index.count == shape.count, zip(index, shape).allSatisfy({ (0..<$1).contains($0) }) else {
            throw Failure.badData("no element \(tuple(index)) in an output of shape \(tuple(shape))")
        }
        self.index = index
        let channel = index[index.count - problem.rank - 1]
        let firstChannel = problem.firstChannel(of: channel)
        let outputs = index.suffix(problem.rank)
        let image = problem.isUnbatched ? [] : [index[0]]
        let (inputShape, weightShape) = (problem.inputShape, problem.weightShape)
        let axes = problem.spatialAxes
        let kernel = axes.map(\.kernel)
        channels = (0..<problem.channelsPerSum).map { c in
            (0..<kernel.reduce(1, *)).map { offset in
                let taps = ConvolveCommands.index(of: offset, in: kernel)
                let weightIndex = problem.weightIndex(outputChannel: channel, channel: c) + taps
                let weight = data.weight(at: weightIndex, in: weightShape)
                let positions = zip(axes, zip(outputs, taps)).compactMap {
                    problem.inputPosition($0, output: $1.0, tap: $1.1)
                }
                guard positions.count == axes.count else {
                    return Term(weightIndex: weightIndex, weight: weight, inputIndex: nil, input: 0)
                }
                let inputIndex = image + [firstChannel + c] + positions
                return Term(
                    weightIndex: weightIndex, weight: weight, inputIndex: inputIndex,
                    input: data.input(at: inputIndex, in: inputShape))
            }
        }
    }
}

/// Numbers that are easy to follow: the input counts up from 0, the weight goes through 0.1, 0.2, ..., 0.9.
struct ExampleData: Equatable, Sendable {
    /// The values of a kernel that was given, row-major.
    var kernel: [Float]?

    /// 0, 1, 2, ...; of an input with more than 100 elements only the last digit.
    func input(at index: [Int], in shape: [Int]) -> Float {
        let position = offset(of: index, in: shape)
        return Float(shape.reduce(1, *) > 100 ? position % 10 : position)
    }

    func weight(at index: [Int], in shape: [Int]) -> Float {
        let position = offset(of: index, in: shape)
        return kernel.map { $0[position] } ?? Float(position % 9 + 1) / 10
    }
}

/// The offset of an element in a row-major tensor.
func offset(of index: [Int], in shape: [Int]) -> Int {
    zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
}
