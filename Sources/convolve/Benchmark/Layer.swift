// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// One convolution layer of a network, as a row of a layer table describes it.
struct Layer: Decodable, Equatable, Sendable {
    let name: String
    /// conv1d, conv2d or conv3d by the rank where the table does not say.
    let op: String?
    let rank: Int
    /// Images, or sequences.
    let n: Int
    /// Input channels.
    let c: Int
    /// The input's extents without padding: depth, height and width, or the last of them.
    let size: [Int]
    /// Output channels.
    let k: Int
    let kernel: [Int]
    let stride: [Int]
    let padding: PaddingArgument
    let dilation: [Int]
    let groups: Int
    /// Of transposed convolutions; 0 where the table does not say.
    let outputPadding: [Int]?
    /// How often the network has this layer; 1 where the table does not say.
    let count: Int?
    /// The order of the axes of input and output; channels first where the table does not say.
    var layout: LayoutArgument?

    private enum CodingKeys: String, CodingKey {
        case name, op, rank, n, c, size, k, kernel, stride, padding, dilation, groups, count, layout
        case outputPadding = "output_padding"
    }

    var inputShape: [Int] { tensorLayout.shape(batch: n, channels: c, size: size) }
    var tensorLayout: TensorLayout { layout?.library ?? .channelsFirst }
    /// With groups that do not divide the channels this is not a weight's shape, and the library says so.
    var weightShape: [Int] {
        let isTransposed = operation?.isTransposed ?? false
        let (outer, inner) = isTransposed ? (c, k) : (k, c)
        return [outer, groups > 0 ? inner / groups : inner] + kernel
    }
    var geometry: Geometry {
        Geometry(
            stride: stride, padding: padding, dilation: dilation, groups: groups, outputPadding: outputPadding ?? [0])
    }
    /// The operation; nil if there is none of that name.
    var operation: Operation? { op.map { Operation(rawValue: $0) } ?? Operation(rank: rank) }
    var multiplicity: Int { count ?? 1 }

    /// The layer with its channels last, and a name that says so.
    var channelsLast: Layer {
        Layer(
            name: name + ".nhwc", op: op, rank: rank, n: n, c: c, size: size, k: k, kernel: kernel, stride: stride,
            padding: padding, dilation: dilation, groups: groups, outputPadding: outputPadding, count: count,
            layout: .nhwc)
    }

    /// The validated problem.
    /// - Throws: `Failure` with exit code 65 that names the layer, for a shape that is wrong or too large for this
    ///   machine's memory.
    func problem() throws -> ConvolutionProblem {
        guard (1...3).contains(rank) else {
            throw Failure.badData("layer \(name): rank is \(rank), but only 1, 2 and 3 are supported")
        }
        guard let operation, operation.rank == rank else {
            throw Failure.badData(
                "layer \(name): op is '\(op ?? "")', which is none of "
                    + Operation.allCases.filter { $0.rank == rank }.map(\.rawValue).joined(separator: ", "))
        }
        do {
            let problem = try makeProblem(
                operation, inputShape: inputShape, weightShape: weightShape, geometry: geometry,
                layout: tensorLayout)
            let elements = Double(problem.inputCount) + Double(problem.outputCount) + Double(problem.weightCount)
            let bytes = elements * Double(MemoryLayout<Float>.size)
            // The packed weights and the workspace want room beside the tensors.
            guard bytes < Double(ProcessInfo.processInfo.physicalMemory) / 4 else {
                throw Failure.badData(
                    "layer \(name): its tensors take \(fixed(bytes / 0x1p30, 1)) GiB, more than a quarter of the memory"
                )
            }
            return problem
        } catch let error as ConvolutionError {
            throw Failure.badData("layer \(name): \(error.description)")
        }
    }
}
