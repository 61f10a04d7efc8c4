// SPDX-License-Identifier: Apache-2.0

import Convolution
import NetworkWeights

/// Silero VAD, a network that tells speech from everything else, 32 ms at a time, with the weights of silero-vad 6.2: a
/// short-time Fourier transform, four convolutions, and a recurrent cell that remembers what came before.
///
/// ```swift
/// var network = try SileroVAD(weights: "silero_vad_16k.safetensors")
/// let probability = try network.feed(chunk)  // 512 samples
/// ```
///
/// A network is a value: a copy goes on from where the original is and shares its packed weights. All memory is allocated
/// when it is made, and a call computes on the thread that makes it.
public struct SileroVAD: Sendable {
    /// Hz.
    public static let sampleRate = 16_000
    /// Samples in a chunk: 32 ms.
    public static let chunkLength = 512

    private var spectrum: Spectrum
    private var encoder: Encoder
    private var cell: LSTMCell
    private let output: OutputLayer

    /// Reads the weights and packs them.
    ///
    /// - Parameters:
    ///   - path: silero_vad_16k.safetensors, which `weights.py` brings.
    ///   - options: How to compute it. A chunk takes some tens of microseconds, too little to be shared between threads.
    /// - Throws: `FileError` if a tensor can't be read, `NonFiniteElement`, `ConvolutionError` if one is missing or has
    ///   another shape.
    public init(weights path: String, options: ConvolutionOptions = .init(executor: .serial)) throws {
        let tensors = try WeightsFile(contentsOf: path).tensors()
        spectrum = try Spectrum(tensors, options: options)
        encoder = try Encoder(tensors, inputShape: spectrum.magnitudes.shape, options: options)
        cell = try LSTMCell(tensors, prefix: "lstm_cell", options: options)
        output = try OutputLayer(tensors, prefix: "final_conv", channels: cell.hidden.count)
        guard encoder.channels == cell.inputSize else {
            throw ConvolutionError.parameterShape(
                name: "lstm_cell.weight_ih", expected: [4 * cell.hidden.count, encoder.channels],
                got: [4 * cell.hidden.count, cell.inputSize])
        }
        // The first run of a plan takes many times as long as those after it, and is not to be that of somebody's sound.
        _ = try feed([Float](repeating: 0, count: SileroVAD.chunkLength))
        reset()
    }

    /// Hears the next chunk.
    ///
    /// - Parameter chunk: 512 samples; full scale is 1.
    /// - Returns: The probability that it is speech, from 0 to 1.
    /// - Throws: `ConvolutionError.countMismatch` if there are more or fewer; the network is then as before.
    public mutating func feed(_ chunk: Span<Float>) throws(ConvolutionError) -> Float {
        guard chunk.count == SileroVAD.chunkLength else {
            throw .countMismatch(tensor: "chunk", expected: SileroVAD.chunkLength, got: chunk.count)
        }
        try spectrum.hear(chunk)
        try encoder.run(spectrum.magnitudes, into: &cell.input)
        try cell.step()
        return output(cell.hidden)
    }

    /// The same with an array.
    public mutating func feed(_ chunk: [Float]) throws(ConvolutionError) -> Float { try feed(chunk.span) }

    /// Forgets what it has heard: the next chunk is the first of another sound.
    public mutating func reset() {
        spectrum.reset()
        cell.reset()
    }
}
