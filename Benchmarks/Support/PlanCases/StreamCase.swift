// SPDX-License-Identifier: Apache-2.0

import Convolution

/// A stream to measure, and the chunks that it is fed.
public struct StreamCase: Sendable {
    /// What the case is called in tables and thresholds.
    public let name: String
    let weightShape: [Int]
    var stride = 1
    var dilation = 1
    var groups = 1
    /// Samples of a chunk.
    let length: Int

    /// A dilated network's layer, a codec's first, strided and last ones, and a depthwise one.
    public static let all: [StreamCase] = [1, 480].flatMap { length in
        [
            StreamCase(name: "dilated.\(length)", weightShape: [64, 64, 3], dilation: 512, length: length),
            StreamCase(name: "stem.\(length)", weightShape: [32, 1, 7], length: length),
            StreamCase(name: "down.\(length)", weightShape: [128, 64, 8], stride: 4, length: length),
            StreamCase(name: "head.\(length)", weightShape: [1, 64, 7], length: length),
            StreamCase(name: "depthwise.\(length)", weightShape: [64, 1, 3], dilation: 32, groups: 64, length: length),
        ]
    }

    /// The stream with a chunk and room for what it completes.
    ///
    /// - Throws: `ConvolutionError` if the stream cannot be made.
    public func prepared() throws -> PreparedStream {
        var generator = SplitMix64(seed: 1)
        let stream = try StreamingConv1d(
            weight: Tensor.randn(weightShape, using: &generator),
            bias: Tensor.randn([weightShape[0]], using: &generator), stride: stride, padding: .causal,
            dilation: dilation, groups: groups, activation: .relu)
        return try PreparedStream(
            stream: stream, chunk: Tensor.randn([1, stream.inChannels, length], using: &generator),
            output: Tensor.zeros(1, stream.outChannels, length))
    }
}

/// A stream that is ready to be fed.
public struct PreparedStream: PreparedRun {
    private var stream: StreamingConv1d
    private let chunk: Tensor
    private var output: Tensor

    /// Chunks of a run: one of a single sample is over before a clock has been read.
    private static let chunks = 64

    init(stream: StreamingConv1d, chunk: Tensor, output: Tensor) {
        (self.stream, self.chunk, self.output) = (stream, chunk, output)
    }

    /// Multiplications of a run.
    public var multiplications: Double {
        let products = stream.outChannels * (stream.inChannels / stream.groups) * stream.kernelSize
        return Double(products) * Double(Self.chunks * chunk.shape[2]) / Double(stream.stride)
    }

    /// The stream's.
    public var instructionSet: InstructionSet { stream.instructionSet }
    /// A stream computes on the thread that feeds it.
    public var threads: Int { 1 }

    /// Feeds the chunk 64 times.
    public mutating func run() throws(ConvolutionError) {
        try Self.feed(chunk, to: &stream, into: &output)
    }

    /// A span of a property is an access to all of `self`: hence the parameters.
    private static func feed(
        _ chunk: Tensor, to stream: inout StreamingConv1d, into output: inout Tensor
    ) throws(ConvolutionError) {
        for _ in 0..<chunks {
            var span = output.mutableSpan
            _ = try stream.feed(chunk.span, into: &span)
        }
    }
}
