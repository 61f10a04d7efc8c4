// SPDX-License-Identifier: Apache-2.0

import Convolution
import TestSupport
import Testing

@Suite struct StreamingConv1dTests {
    private static var weight: Tensor {
        get throws { try Tensor.randn([6, 4, 3], seed: 1) }
    }
    private static var bias: Tensor {
        get throws { try Tensor.randn([6], seed: 2) }
    }

    private static func stream(
        _ padding: Padding = .causal, stride: Int = 1, dilation: Int = 2, batch: Int? = 1
    ) throws -> StreamingConv1d {
        try StreamingConv1d(
            weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, batch: batch)
    }

    private static func signal(_ length: Int, seed: UInt64 = 3) throws -> Tensor {
        try Tensor.randn([1, 4, length], seed: seed)
    }

    // MARK: Values

    @Test func `A copy goes on by itself`() throws {
        var stream = try Self.stream()
        _ = try stream.feed(Self.signal(7))
        var copy = stream
        let here = try stream.feed(Self.signal(5, seed: 4))
        // What the one was fed is no part of the other.
        _ = try copy.feed(Self.signal(2, seed: 5))
        copy.reset()
        copy = stream
        #expect(try copy.feed(Self.signal(3, seed: 6)) == stream.feed(Self.signal(3, seed: 6)))
        var again = try Self.stream()
        _ = try again.feed(Self.signal(7))
        #expect(try again.feed(Self.signal(5, seed: 4)) == here)
    }

    @Test func `After a reset a stream is as new`() throws {
        var stream = try Self.stream()
        let first = try stream.feed(Self.signal(9))
        stream.reset()
        #expect(try stream.feed(Self.signal(9)) == first)
    }

    @Test func `After its end a signal is followed by another`() throws {
        var stream = try Self.stream(2)
        let first = try stream.feed(Self.signal(9))
        let rest = try stream.finish()
        #expect(first.shape == [1, 6, 7] && rest.shape == [1, 6, 2])
        #expect(try stream.feed(Self.signal(9)) == first)
        #expect(try stream.finish() == rest)
        #expect(try stream.finish().shape == [1, 6, 0])
    }

    @Test func `A stream can be used from any task`() async throws {
        let stream = try Self.stream()
        let expected = try {
            var copy = stream
            return try copy.feed(Self.signal(11))
        }()
        try await withThrowingTaskGroup(of: Tensor.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var copy = stream
                    return try copy.feed(Self.signal(11))
                }
            }
            for try await output in group { #expect(output == expected) }
        }
    }

    // MARK: How much comes when

    @Test func `Chunks give what they complete`() throws {
        var count = 0
        for stride in 1...3 {
            for padding in [Padding.valid, .causal, .pairs([AxisPadding(before: 1, after: 6)]), 7] {
                var stream = try Self.stream(padding, stride: stride)
                let (before, after) = (stream.padding.before, stream.padding.after)
                var (seen, given) = (0, 0)
                for size in [0, 1, 0, 3, 1, 1, 20, 2] {
                    seen += size
                    // Output o needs the sample at o * stride - before + 4.
                    let complete = seen == 0 ? 0 : max(0, (seen - 1 + before - 4 + stride) / stride)
                    #expect(stream.outputLength(forNext: size) == complete - given)
                    #expect(try stream.feed(Self.signal(size)).shape == [1, 6, complete - given])
                    given = complete
                    count += 1
                }
                let all = (seen + before + after - 4 - 1) / stride + 1
                #expect(stream.remainingLength == all - given)
                #expect(try stream.finish().shape == [1, 6, all - given])
            }
        }
        #expect(count == 96)
    }

    @Test func `The latency is what must follow a sample`() throws {
        for (padding, latency) in [
            (Padding.causal, 0), (.valid, 4), (.same, 2), (.pairs([AxisPadding(before: 7, after: 0)]), -3),
        ] {
            let stream = try Self.stream(padding)
            #expect(stream.latency == latency)
            #expect(stream.receptiveField == 5)
            if latency >= 0 {
                #expect(stream.outputLength(forNext: latency) == 0)
                #expect(stream.outputLength(forNext: latency + 1) == 1)
            } else {
                #expect(stream.outputLength(forNext: 1) == 1 - latency)
            }
        }
    }

    @Test func `A signal of no samples gives nothing`() throws {
        var stream = try Self.stream(9)
        #expect(try stream.feed(Self.signal(0)).shape == [1, 6, 0])
        #expect(try stream.finish().shape == [1, 6, 0])
    }

    @Test func `A signal that is shorter than the kernel gives what its padding completes`() throws {
        var stream = try Self.stream(2)
        #expect(try stream.feed(Self.signal(1)).count == 0)
        let whole = try conv1d(
            Self.signal(1), weight: Self.weight, bias: Self.bias, padding: 2, dilation: 2,
            options: .init(precision: .strict))
        #expect(try stream.finish() == whole)
        var unpadded = try Self.stream(.valid)
        #expect(try unpadded.feed(Self.signal(4)).count == 0)
        #expect(try unpadded.finish().count == 0)
    }

    // MARK: Forms

    @Test func `A signal without a batch has chunks without one`() throws {
        var stream = try Self.stream(batch: nil)
        let signal = try Self.signal(8)
        let output = try stream.feed(signal.view([4, 8]))
        var batched = try Self.stream()
        #expect(output.shape == [6, 8])
        #expect(try output.elements == batched.feed(signal).elements)
        #expect(try stream.finish().shape == [6, 0])
    }

    @Test func `Chunks in memory of the caller's give the same`() throws {
        var (stream, other) = try (Self.stream(2, batch: 2), Self.stream(2, batch: 2))
        var memory = [Float](repeating: -7, count: 2 * 6 * 12 + 3)
        for size in [0, 1, 9, 12] {
            let chunk = try Tensor.randn([2, 4, size], seed: UInt64(size))
            let expected = try other.feed(chunk)
            memory = memory.map { _ in -7 }
            var output = memory.mutableSpan
            let length = try stream.feed(chunk.span, into: &output)
            #expect(length == expected.shape[2])
            #expect(Array(memory.prefix(expected.count)) == expected.elements)
            #expect(memory.dropFirst(expected.count).allSatisfy { $0 == -7 })
        }
        let rest = try other.finish()
        var output = memory.mutableSpan
        #expect(try stream.finish(into: &output) == rest.shape[2])
        #expect(Array(memory.prefix(rest.count)) == rest.elements)
    }

    @Test func `A layer and a state dict make the same stream`() throws {
        let options = ConvolutionOptions(precision: .strict)
        let layer = try Conv1d(
            weight: Self.weight, bias: Self.bias, padding: 1, dilation: 2, activation: .relu, options: options)
        let signal = try Self.signal(20)
        var stream = try StreamingConv1d(layer)
        let outputs = try [stream.feed(signal), stream.finish()]
        #expect(outputs.map(\.shape) == [[1, 6, 17], [1, 6, 1]])
        let whole = try layer(signal)
        #expect((0..<17).allSatisfy { outputs[0][0, 3, $0] == whole[0, 3, $0] })
        #expect(outputs[1][0, 3, 0] == whole[0, 3, 17])

        var causal = try StreamingConv1d(layer, padding: .causal)
        #expect(causal.padding == AxisPadding(before: 4, after: 0) && causal.activation == .relu)
        let tensors = layer.stateDict(prefix: "encoder.0")
        var loaded = try StreamingConv1d(
            stateDict: tensors, prefix: "encoder.0", padding: .causal, dilation: 2, activation: .relu)
        #expect(try loaded.feed(signal) == causal.feed(signal))
        #expect(loaded.kernelSize == 3 && loaded.inChannels == 4 && loaded.outChannels == 6 && loaded.groups == 1)
    }

    @Test func `Any precision computes at strict`() throws {
        let (weight, signal) = try (Tensor.randn([32, 32, 3], seed: 1), Tensor.randn([1, 32, 400], seed: 2))
        let whole = try conv1d(signal, weight: weight, padding: .causal, options: .init(precision: .strict))
        for precision in Precision.allCases {
            var stream = try StreamingConv1d(weight: weight, padding: .causal, options: .init(precision: precision))
            #expect(try stream.feed(signal) == whole)
        }
    }

    @Test func `Without input channels the outputs are the bias`() throws {
        var stream = try StreamingConv1d(weight: .zeros(3, 0, 2), bias: .arange(3), padding: .causal)
        #expect(try stream.feed(.zeros(1, 0, 2)).elements == [0, 0, 1, 1, 2, 2])
    }

    // MARK: Errors

    @Test func `A wrong chunk is an error and leaves the stream as it was`() throws {
        var stream = try Self.stream()
        var other = try Self.stream()
        _ = try (stream.feed(Self.signal(6)), other.feed(Self.signal(6)))
        for (shape, length) in [([1, 5, 3], 3), ([2, 4, 3], 3), ([4, 3], 3), ([1, 4, 3, 2], 2)] {
            let chunk = try Tensor.zeros(shape)
            let error = ConvolutionError.shapeMismatch(tensor: "chunk", expected: [1, 4, length], got: shape)
            #expect(throws: error) { try stream.feed(chunk) }
        }
        let chunk = try Self.signal(2)
        #expect(throws: ConvolutionError.countMismatch(tensor: "chunk", expected: 4, got: 7)) {
            var output = [Float](repeating: 0, count: 12)
            var span = output.mutableSpan
            _ = try stream.feed([Float](repeating: 0, count: 7).span, into: &span)
        }
        #expect(throws: ConvolutionError.countMismatch(tensor: "output", expected: 12, got: 11)) {
            var output = [Float](repeating: 0, count: 11)
            var span = output.mutableSpan
            _ = try stream.feed(chunk.span, into: &span)
        }
        #expect(try stream.feed(chunk) == other.feed(chunk))
    }

    @Test func `Parameters that are not legal are errors with their numbers`() throws {
        let weight = try Self.weight
        #expect(throws: ConvolutionError.nonPositiveStride([0])) { try StreamingConv1d(weight: weight, stride: 0) }
        #expect(throws: ConvolutionError.nonPositiveDilation([-1])) {
            try StreamingConv1d(weight: weight, dilation: -1)
        }
        #expect(throws: ConvolutionError.negativePadding([-2])) { try StreamingConv1d(weight: weight, padding: -2) }
        #expect(throws: ConvolutionError.samePaddingWithStride([2])) {
            try StreamingConv1d(weight: weight, stride: 2, padding: .same)
        }
        #expect(throws: ConvolutionError.biasShape(weightShape: [6, 4, 3], biasShape: [5])) {
            try StreamingConv1d(weight: weight, bias: .zeros(5))
        }
        #expect(throws: ConvolutionError.moduleWeightRank(rank: 1, weightShape: [6, 4])) {
            try StreamingConv1d(weight: .zeros(6, 4))
        }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "chunk", shape: [-1, 4, 3])) {
            try StreamingConv1d(weight: weight, batch: -1)
        }
        #expect(throws: ConvolutionError.unknownPaddingMode("reflect")) {
            try StreamingConv1d(Conv1d(weight: weight, padding: 1, paddingMode: .reflect))
        }
        for (dilation, padding) in [(1 << 50, 0), (1, 1 << 50), (Int.max / 2, 0)] {
            let error = #expect(throws: ConvolutionError.self) {
                try StreamingConv1d(weight: weight, padding: padding, dilation: dilation)
            }
            #expect(error?.code == .sizeOverflow)
        }
        for algorithm in [Algorithm.winograd2, .fft, .im2col, .reference] {
            let error = #expect(throws: ConvolutionError.self) {
                try StreamingConv1d(weight: weight, options: .init(algorithm: algorithm))
            }
            #expect(error?.code == .algorithmNotApplicable && error?.algorithm == algorithm)
        }
    }
}
