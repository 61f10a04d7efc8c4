// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// The encoder and the decoder of an audio codec, in the manner of EnCodec: strided convolutions down, transposed ones
/// up.
private struct Codec {
    /// One of its layers.
    enum Layer {
        case convolution(StreamingConv1d)
        case transposed(StreamingConvTranspose1d)

        mutating func feed(_ chunk: Tensor) throws -> Tensor {
            switch self {
            case .convolution(var stream):
                defer { self = .convolution(stream) }
                return try stream.feed(chunk)
            case .transposed(var stream):
                defer { self = .transposed(stream) }
                return try stream.feed(chunk)
            }
        }

        mutating func finish() throws -> Tensor {
            switch self {
            case .convolution(var stream):
                defer { self = .convolution(stream) }
                return try stream.finish()
            case .transposed(var stream):
                defer { self = .transposed(stream) }
                return try stream.finish()
            }
        }
    }

    /// An output channel of each layer, its input channels, kernel and stride; strides below zero are upsampling.
    private static let shapes: [(outputs: Int, inputs: Int, kernel: Int, stride: Int)] = [
        (8, 1, 7, 1), (16, 8, 4, 2), (32, 16, 8, 4), (32, 32, 3, 1), (16, 32, 8, -4), (8, 16, 4, -2), (1, 8, 7, 1),
    ]

    var layers: [Layer] = []
    private let convolutions: [(Tensor) throws -> Tensor]
    /// By how many samples of the signal the outputs lag behind it.
    let latency: Int

    /// - Parameter isCausal: Whether all padding lies before the signal, so that nothing waits.
    init(isCausal: Bool) throws {
        let options = ConvolutionOptions(precision: .strict)
        var (rate, latency) = (1, 0)
        var convolutions: [(Tensor) throws -> Tensor] = []
        for (index, shape) in Self.shapes.enumerated() {
            let (kernel, stride) = (shape.kernel, abs(shape.stride))
            let bias = try Tensor.randn([shape.outputs], seed: UInt64(100 + index))
            if shape.stride > 0 {
                let weight = try Tensor.randn([shape.outputs, shape.inputs, kernel], seed: UInt64(index))
                let total = kernel - stride
                let padding =
                    isCausal
                    ? Padding.pairs([AxisPadding(before: total, after: 0)])
                    : .pairs([AxisPadding(before: total - total / 2, after: total / 2)])
                let layer = try Conv1d(
                    weight: weight, bias: bias, stride: stride, padding: padding, activation: .leakyReLU(slope: 0.2),
                    options: options)
                let stream = try StreamingConv1d(layer)
                // Its latency is in its own samples, each of which is `rate` of the signal's.
                latency += stream.latency * rate
                rate *= stride
                convolutions.append { try layer($0) }
                layers.append(.convolution(stream))
            } else {
                let weight = try Tensor.randn([shape.inputs, shape.outputs, kernel], seed: UInt64(index))
                let total = kernel - stride
                let padding =
                    isCausal
                    ? Padding.pairs([AxisPadding(before: 0, after: total)])
                    : .pairs([AxisPadding(before: total / 2, after: total - total / 2)])
                let stream = try StreamingConvTranspose1d(
                    weight: weight, bias: bias, stride: stride, padding: padding, options: options)
                rate /= stride
                latency += stream.latency * rate
                convolutions.append {
                    try convTranspose1d(
                        $0, weight: weight, bias: bias, stride: stride, padding: padding, options: options)
                }
                layers.append(.transposed(stream))
            }
        }
        self.latency = latency
        self.convolutions = convolutions
    }

    /// The whole signal.
    func whole(_ signal: Tensor) throws -> Tensor {
        try convolutions.reduce(signal) { try $1($0) }
    }

    mutating func feed(_ chunk: Tensor) throws -> Tensor {
        var chunk = chunk
        for index in layers.indices { chunk = try layers[index].feed(chunk) }
        return chunk
    }

    /// What the end of each layer's signal completes passes through those behind it.
    mutating func finish() throws -> [Tensor] {
        var outputs: [Tensor] = []
        for index in layers.indices {
            var chunk = try layers[index].finish()
            for next in layers.indices.dropFirst(index + 1) { chunk = try layers[next].feed(chunk) }
            outputs.append(chunk)
        }
        return outputs
    }
}

@Suite struct StreamChainTests {
    @Test(arguments: [true, false])
    func `An encoder and a decoder have the bits of the whole, and lag as they say`(_ isCausal: Bool) throws {
        var codec = try Codec(isCausal: isCausal)
        let signal = try Tensor.randn([1, 1, 512], seed: 7)
        let whole = try codec.whole(signal)
        #expect(whole.shape == [1, 1, 512])
        var generator = SeededGenerator(seed: 8)
        var outputs: [Tensor] = []
        var (seen, given, most) = (0, 0, 0)
        for chunk in try Chunks(of: 512, using: &generator).cut(signal, .channelsFirst) {
            let output = try codec.feed(chunk)
            seen += chunk.shape[2]
            given += output.shape[2]
            most = max(most, seen - given)
            outputs.append(output)
        }
        outputs += try codec.finish()
        #expect(try Tensor.joined(outputs, .channelsFirst).hasBits(of: whole))
        #expect(most <= codec.latency)
        // Of a frame of 8 samples the first waits for the last.
        if isCausal { #expect(codec.latency == 7) }

        // Sample by sample, nothing comes later than it must.
        for sample in 0..<100 {
            let length = try codec.feed(signal.samples(sample..<sample + 1, .channelsFirst)).shape[2]
            if isCausal { #expect(length == (sample % 8 == 7 ? 8 : 0)) }
        }
    }
}
