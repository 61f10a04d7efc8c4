// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// One convolution layer of a network, as a row of a layer table describes it.
struct Layer: Decodable, Equatable, Sendable {
    let name: String
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
    /// How often the network has this layer; 1 where the table does not say.
    let count: Int?
    /// The order of the axes of input and output; channels first where the table does not say.
    var layout: LayoutArgument?

    var inputShape: [Int] { tensorLayout.shape(batch: n, channels: c, size: size) }
    var tensorLayout: TensorLayout { layout?.library ?? .channelsFirst }
    /// With groups that do not divide the channels this is not a weight's shape, and the library says so.
    var weightShape: [Int] { [k, groups > 0 ? c / groups : c] + kernel }
    var geometry: Geometry { Geometry(stride: stride, padding: padding, dilation: dilation, groups: groups) }
    var multiplicity: Int { count ?? 1 }

    /// The layer with its channels last, and a name that says so.
    var channelsLast: Layer {
        Layer(
            name: name + ".nhwc", rank: rank, n: n, c: c, size: size, k: k, kernel: kernel, stride: stride,
            padding: padding, dilation: dilation, groups: groups, count: count, layout: .nhwc)
    }

    /// The validated problem.
    /// - Throws: `Failure` with exit code 65 that names the layer, for a shape that is wrong or too large for this
    ///   machine's memory.
    func problem() throws -> ConvolutionProblem {
        guard (1...3).contains(rank) else {
            throw Failure.badData("layer \(name): rank is \(rank), but only 1, 2 and 3 are supported")
        }
        do {
            let problem = try makeProblem(
                rank: rank, inputShape: inputShape, weightShape: weightShape, geometry: geometry,
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
