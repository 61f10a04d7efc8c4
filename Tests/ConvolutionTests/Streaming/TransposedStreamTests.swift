// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// A transposed convolution of a signal, as a whole and as a stream.
private struct TransposedCase: CustomStringConvertible {
    var channels = 4
    var outputs = 4
    var kernel = 4
    var stride = 2
    var before = 0
    var after = 0
    var outputPadding = 0
    var dilation = 1
    var groups = 1
    var batch = 1
    var length = 40
    var layout = TensorLayout.channelsFirst
    var options = ConvolutionOptions(precision: .strict)
    var seed: UInt64 = 1

    var padding: Padding { .pairs([AxisPadding(before: before, after: after)]) }

    /// One that anything may be like, but for what takes long.
    static func random(using generator: inout SeededGenerator) -> TransposedCase {
        func any(_ values: Int...) -> Int { values.randomElement(using: &generator) ?? 1 }
        var one = TransposedCase()
        switch any(0, 1, 2) {
        case 0:
            one.groups = any(1, 3, 16, 33)
            (one.channels, one.outputs) = (one.groups, one.groups)
        case 1:
            one.groups = any(1, 2, 4)
            one.channels = one.groups * any(1, 2, 5, 17)
            one.outputs = one.groups * any(1, 2, 7, 8, 9, 33)
        default:
            (one.channels, one.outputs) = (any(1, 2, 3, 16, 33, 64), any(1, 2, 3, 8, 16, 40))
        }
        one.kernel = any(1, 2, 3, 4, 5, 7, 10, 16)
        one.stride = any(1, 2, 2, 3, 4, 5, 8)
        one.dilation = any(1, 1, 1, 2, 3, 4)
        let span = one.dilation * (one.kernel - 1) + 1
        (one.before, one.after) = (any(0, 0, 1, 2, span / 2, span), any(0, 0, 1, 3, span / 2, span))
        one.outputPadding = any(0, 0, max(one.stride, one.dilation) - 1)
        one.batch = any(1, 1, 2)
        // So many that there is an output.
        one.length = any(1, 2, 3, 20, 100) + Split.units(one.before + one.after, one.stride)
        one.layout = any(0, 0, 1) == 0 ? .channelsFirst : .channelsLast
        one.options.instructionSet = InstructionSet.available.randomElement(using: &generator)
        one.options.threads = any(1, 2)
        one.seed = generator.next() >> 1
        return one
    }

    var weight: Tensor {
        get throws { try Tensor.randn([channels, outputs / groups, kernel], seed: seed) }
    }
    var bias: Tensor {
        get throws { try Tensor.randn([outputs], seed: seed + 1) }
    }
    var signal: Tensor {
        get throws {
            try Tensor.randn(layout.shape(batch: batch, channels: channels, size: [length]), seed: seed + 2)
        }
    }

    func whole(_ signal: Tensor) throws -> Tensor {
        try convTranspose1d(
            signal, weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
            groups: groups, dilation: dilation, layout: layout, options: options)
    }

    func stream() throws -> StreamingConvTranspose1d {
        try StreamingConvTranspose1d(
            weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
            groups: groups, dilation: dilation, layout: layout, batch: batch, options: options)
    }

    /// What a stream gives of a signal in pieces, one after the other.
    func pieces(_ chunks: Chunks, _ stream: inout StreamingConvTranspose1d, _ signal: Tensor) throws -> Tensor {
        var outputs: [Tensor] = []
        for chunk in try chunks.cut(signal, layout) {
            let length = stream.outputLength(forNext: chunk.shape[layout == .channelsFirst ? 2 : 1])
            let output = try stream.feed(chunk)
            #expect(output.shape == layout.shape(batch: batch, channels: self.outputs, size: [length]))
            outputs.append(output)
        }
        outputs.append(try stream.finish())
        return try Tensor.joined(outputs, layout)
    }

    var description: String {
        """
        \(channels) -> \(outputs) channels of \(groups) groups, kernel \(kernel), stride \(stride), padding \(before), \
        \(after) and \(outputPadding), dilation \(dilation), batch \(batch), length \(length), \(layout), \
        \(options.algorithm.map { "\($0)" } ?? "auto"), \(options.instructionSet.map { "\($0)" } ?? "best")
        """
    }
}

@Suite struct TransposedStreamTests {
    private static func hasWholeBits(
        _ one: TransposedCase, _ chunks: [Chunks]
    ) throws -> Bool {
        let signal = try one.signal
        let whole = try one.whole(signal)
        var stream = try one.stream()
        for chunks in chunks {
            let pieces = try one.pieces(chunks, &stream, signal)
            guard pieces.hasBits(of: whole) else {
                Issue.record("\(one) in \(chunks.sizes): \(pieces.firstDifference(from: whole))")
                return false
            }
        }
        return true
    }

    @Test func `Random signals in random pieces have the bits of the whole`() throws {
        var generator = SeededGenerator(seed: 26)
        var count = 0
        for _ in 0..<250 {
            let one = TransposedCase.random(using: &generator)
            let chunks = (0..<2).map { _ in Chunks(of: one.length, using: &generator) }
            if try Self.hasWholeBits(one, chunks) { count += 1 }
        }
        #expect(count == 250)
    }

    @Test(arguments: InstructionSet.available)
    func `A decoder's layers have the bits of the whole sample by sample`(_ instructionSet: InstructionSet) throws {
        var count = 0
        for var one in [
            TransposedCase(channels: 64, outputs: 32, kernel: 16, stride: 8, after: 8),
            .init(channels: 32, outputs: 32, kernel: 4, stride: 2, before: 1, after: 1),
            .init(channels: 16, outputs: 1, kernel: 4, stride: 2, after: 2),
            .init(channels: 32, outputs: 32, kernel: 4, stride: 2, before: 1, after: 1, groups: 32),
            .init(channels: 8, outputs: 12, kernel: 2, stride: 5, outputPadding: 3),
            .init(channels: 24, outputs: 24, kernel: 5, stride: 1, before: 2, after: 2, dilation: 3),
        ] {
            one.options.instructionSet = instructionSet
            for layout in TensorLayout.allCases {
                one.layout = layout
                let chunks = [Chunks([Int](repeating: 1, count: one.length)), Chunks([one.length])]
                if try Self.hasWholeBits(one, chunks) { count += 1 }
            }
        }
        #expect(count == 12)
    }

    @Test(arguments: [Algorithm.gemm, .depthwise])
    func `Algorithms by name have the bits of the whole`(_ algorithm: Algorithm) throws {
        var generator = SeededGenerator(seed: 28)
        var count = 0
        for _ in 0..<40 {
            var one = TransposedCase.random(using: &generator)
            if algorithm == .depthwise { (one.groups, one.outputs) = (one.channels, one.channels) }
            one.options.algorithm = algorithm
            if try Self.hasWholeBits(one, [Chunks(of: one.length, using: &generator)]) { count += 1 }
        }
        #expect(count == 40)
    }

    @Test func `Outputs that later samples add to are held back`() throws {
        let one = TransposedCase(kernel: 6, stride: 2)
        var stream = try one.stream()
        // A sample adds to 6 outputs, of which the next one adds to all but two.
        #expect(try stream.feed(.zeros(1, 4, 1)).shape == [1, 4, 2])
        #expect(stream.remainingLength == 4)
        #expect(try stream.feed(.zeros(1, 4, 3)).shape == [1, 4, 6])
        #expect(stream.latency == 0 && stream.span == 6)
        #expect(try stream.finish().shape == [1, 4, 4])

        // What is cut off at the end is not given before more samples have come.
        let cut = TransposedCase(kernel: 2, stride: 2, after: 1)
        var other = try cut.stream()
        #expect(try other.feed(.zeros(1, 4, 1)).shape == [1, 4, 1])
        #expect(try other.feed(.zeros(1, 4, 1)).shape == [1, 4, 2])
        #expect(other.latency == 1)
        #expect(try other.finish().shape == [1, 4, 0])
    }

    @Test func `A copy goes on by itself, and a reset makes a stream as new`() throws {
        let one = TransposedCase()
        let signal = try one.signal
        var stream = try one.stream()
        let first = try stream.feed(signal)
        var copy = stream
        let second = try stream.feed(signal)
        _ = try copy.feed(.zeros(1, 4, 3))
        copy.reset()
        #expect(try copy.feed(signal) == first)
        #expect(try copy.feed(signal) == second)
        #expect(try copy.finish() == stream.finish())
    }

    @Test func `A layer and a state dict make the same stream`() throws {
        let one = TransposedCase(outputs: 6, after: 2)
        let layer = try ConvTranspose1d(
            weight: one.weight, bias: one.bias, stride: 2, padding: one.padding, activation: .relu, options: one.options
        )
        let signal = try one.signal
        let whole = try layer(signal)
        var streams = try [
            StreamingConvTranspose1d(layer),
            StreamingConvTranspose1d(
                stateDict: layer.stateDict(prefix: "up.1"), prefix: "up.1", stride: 2, padding: one.padding,
                activation: .relu),
        ]
        for index in streams.indices {
            let pieces = try [streams[index].feed(signal), streams[index].finish()]
            #expect(try Tensor.joined(pieces, .channelsFirst).hasBits(of: whole))
        }
    }

    @Test func `Parameters and chunks that are not legal are errors with their numbers`() throws {
        let weight = try Tensor.zeros(4, 3, 2)
        #expect(throws: ConvolutionError.nonPositiveStride([0])) {
            try StreamingConvTranspose1d(weight: weight, stride: 0)
        }
        let outputPadding = #expect(throws: ConvolutionError.self) {
            try StreamingConvTranspose1d(weight: weight, stride: 2, outputPadding: 2)
        }
        #expect(outputPadding?.code == .outputPadding)
        for (stride, padding) in [(1 << 50, 0), (1, 1 << 50)] {
            let error = #expect(throws: ConvolutionError.self) {
                try StreamingConvTranspose1d(weight: weight, stride: stride, padding: padding)
            }
            #expect(error?.code == .sizeOverflow)
        }
        for algorithm in [Algorithm.fft, .direct] {
            let error = #expect(throws: ConvolutionError.self) {
                try StreamingConvTranspose1d(weight: weight, options: .init(algorithm: algorithm))
            }
            #expect(error?.code == .algorithmNotApplicable)
        }
        var stream = try StreamingConvTranspose1d(weight: weight)
        let chunk = try Tensor.zeros(1, 3, 5)
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "chunk", expected: [1, 4, 5], got: [1, 3, 5])) {
            try stream.feed(chunk)
        }
    }
}
