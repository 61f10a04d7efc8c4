// SPDX-License-Identifier: Apache-2.0

import Convolution

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
    init(_ file: SafetensorsFile, prefix: String, channels: Int) throws {
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
        // In the loops an index is checked against nothing: the counts above are those of the loops.
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                guard var x = input.baseAddress, let first = output.baseAddress else { return }
                for frame in 0..<frames {
                    for channel in 0..<channels {
                        let (scale, shift) = (scale[channel], shift[channel])
                        let step = channelsLast ? channels : 1
                        let y = first + frame * channels * half + channel * (channelsLast ? 1 : half)
                        for index in 0..<half {
                            let even = x[2 * index] * scale + shift
                            let odd = x[2 * index + 1] * scale + shift
                            y[index * step] = even > odd ? even : odd
                        }
                        x += length
                    }
                }
            }
        }
    }
}
