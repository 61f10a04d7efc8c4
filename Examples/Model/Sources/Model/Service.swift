// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// Answers requests, any number of them at once, each on the thread that brings it.
struct Service: Sendable {
    static let imageShape = [1, 1, 28, 28]

    private let network: Network

    init(modelAt path: String) throws {
        network = try Network(contentsOf: path, options: .init(executor: .serial))
        try network.prepare(inputShape: Service.imageShape)
    }

    /// The scores of an image that comes as the bytes of its 784 floats.
    ///
    /// - Throws: `ConvolutionError.byteCount` if there are more or fewer.
    func answer(_ body: Data) throws -> [Float] {
        let image = try Tensor(bytes: body, shape: Service.imageShape)
        return try network(image).elements
    }
}

extension Network {
    /// Packs the weights and makes the workspaces for images of a shape, so that the first request takes no longer than
    /// those after it.
    func prepare(inputShape: [Int]) throws {
        var shape = inputShape
        for layer in [stem, depthwise, pointwise, head] {
            shape = try layer.prepare(inputShape: shape).problem.outputShape
        }
    }
}

/// The outputs of the network's first layer for many images, in one tensor whose memory is used again.
func forEachOutput(of layer: Conv2d, on images: [Tensor], _ body: (Tensor) throws -> Void) throws {
    guard let first = images.first else { return }
    let plan = try layer.prepare(inputShape: first.shape)
    var output = try Tensor.zeros(plan.problem.outputShape)
    for image in images {
        try layer(image, into: &output)
        try body(output)
    }
}

/// What each layer does and takes.
func describe(_ layer: Conv2d) {
    guard let plan = layer.plan else { return }
    print(layer)
    print("  \(plan.algorithm), \(plan.threads) thread, \(plan.workspaceBytes) bytes of workspace")
}
