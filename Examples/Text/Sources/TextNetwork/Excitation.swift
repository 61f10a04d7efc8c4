// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Squeeze and excite: a factor for each channel, computed from the means of all channels by two linear layers.
///
/// `factor = min(max(slope * (up * max(down * mean, 0)) + 0.5, 0), 1)`
struct Excitation: Sendable {
    private let down: [Float]
    private let downBias: [Float]
    private let up: [Float]
    private let upBias: [Float]
    private let slope: Float

    /// Channels.
    var channels: Int { upBias.count }

    /// - Parameters:
    ///   - name: Of the layers `down` and `up`, which have kernels of 1 x 1.
    ///   - channels: Channels that there are.
    ///   - slope: That of the hard sigmoid.
    /// - Throws: `ConvolutionError` if a parameter is missing or has another shape.
    init(_ parameters: Parameters, _ name: String, channels: Int, slope: Float) throws(ConvolutionError) {
        func values(_ parameter: String, _ shape: [Int]) throws(ConvolutionError) -> [Float] {
            let tensor = try parameters.tensor("\(name).\(parameter)")
            guard tensor.shape == shape else {
                throw .parameterShape(name: "\(name).\(parameter)", expected: shape, got: tensor.shape)
            }
            return tensor.elements
        }
        let hidden = try parameters.tensor("\(name).down.bias").count
        down = try values("down.weight", [hidden, channels, 1, 1])
        downBias = try values("down.bias", [hidden])
        up = try values("up.weight", [channels, hidden, 1, 1])
        upBias = try values("up.bias", [channels])
        self.slope = slope
    }

    /// The factors of the channels with these means.
    func callAsFunction(_ means: [Float]) -> [Float] {
        let hidden = product(down, downBias, means).map { max($0, 0) }
        return product(up, upBias, hidden).map { min(max(slope * $0 + 0.5, 0), 1) }
    }

    private func product(_ matrix: [Float], _ bias: [Float], _ vector: [Float]) -> [Float] {
        bias.indices.map { row in
            var sum: Float = 0
            for column in vector.indices { sum += matrix[row * vector.count + column] * vector[column] }
            return sum + bias[row]
        }
    }
}
