// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The magnitudes of a short-time Fourier transform, whose cosines and sines under a window are the weights of a
/// convolution: 258 channels for 129 frequencies, 256 taps, a stride of 128.
///
/// A chunk is a signal of its own for the stream: the last 64 samples before it, its 512, and the last of these mirrored.
struct Spectrum: Sendable {
    /// (1, 4, 129): the frames of a chunk, each with all its frequencies.
    private(set) var magnitudes: Tensor

    private var stream: StreamingConv1d
    private var signal: Tensor
    private var waves: Tensor

    private static let context = 64

    init(_ tensors: [String: Tensor], options: ConvolutionOptions) throws(ConvolutionError) {
        stream = try StreamingConv1d(
            stateDict: tensors, prefix: "stft_conv", stride: 128, layout: .channelsLast, options: options)
        let expected = [258, 1, 256]
        let shape = [stream.outChannels, stream.inChannels, stream.kernelSize]
        guard shape == expected else {
            throw .parameterShape(name: "stft_conv.weight", expected: expected, got: shape)
        }
        signal = try Tensor.zeros(Self.context + SileroVAD.chunkLength + Self.context)
        let frames = stream.outputLength(forNext: signal.count)
        waves = try Tensor.zeros(1, frames, stream.outChannels)
        magnitudes = try Tensor.zeros(1, frames, stream.outChannels / 2)
    }

    mutating func hear(_ chunk: Span<Float>) throws(ConvolutionError) {
        signal.continue(with: chunk, context: Self.context)
        stream.reset()
        try stream.feed(signal, into: &waves)
        magnitudes.fill(withMagnitudesOf: waves)
    }

    mutating func reset() {
        signal.clear()
    }
}

extension StreamingConv1d {
    fileprivate mutating func feed(_ chunk: Tensor, into output: inout Tensor) throws(ConvolutionError) {
        var elements = output.mutableSpan
        _ = try feed(chunk.span, into: &elements)
    }
}

extension Tensor {
    /// The signal of the next chunk, after that of the one before it.
    fileprivate mutating func `continue`(with chunk: Span<Float>, context: Int) {
        var samples = mutableSpan
        for index in 0..<context { samples[index] = samples[chunk.count + index] }
        for index in chunk.indices { samples[context + index] = chunk[index] }
        // The last sample is the mirror, and does not come twice.
        let last = context + chunk.count - 1
        for index in 1...context { samples[last + index] = samples[last - index] }
    }

    /// The lengths of the vectors whose first coordinates are the first half of the channels.
    fileprivate mutating func fill(withMagnitudesOf waves: Tensor) {
        let (frames, count) = (shape[1], shape[2])
        var magnitudes = mutableSpan
        let waves = waves.span
        for frame in 0..<frames {
            for index in 0..<count {
                let (x, y) = (waves[frame * 2 * count + index], waves[(frame * 2 + 1) * count + index])
                magnitudes[frame * count + index] = (x * x + y * y).squareRoot()
            }
        }
    }
}
