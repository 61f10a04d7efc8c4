// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// A stream has the bits of the whole signal's convolution at strict precision.
@Suite struct StreamBitsTests {
    /// Whether a signal in random pieces gives what the whole does.
    private static func hasWholeBits(
        _ one: StreamCase, _ generator: inout SeededGenerator, rounds: Int = 2
    ) throws -> Bool {
        let (weight, bias, signal) = try (one.weight, one.bias, one.signal)
        let whole = try one.whole(weight, bias, signal)
        var stream = try one.stream(weight, bias)
        for _ in 0..<rounds {
            let chunks = Chunks(of: one.length, using: &generator)
            let pieces = try one.pieces(chunks, &stream, signal)
            guard pieces.hasBits(of: whole) else {
                Issue.record("\(one) in \(chunks.sizes): \(pieces.firstDifference(from: whole))")
                return false
            }
        }
        return true
    }

    @Test func `Random signals in random pieces have the bits of the whole`() throws {
        var generator = SeededGenerator(seed: 16)
        var count = 0
        for _ in 0..<300 {
            if try Self.hasWholeBits(.random(using: &generator), &generator) { count += 1 }
        }
        #expect(count == 300)
    }

    @Test(arguments: InstructionSet.available)
    func `Each kind of layer has the bits of the whole sample by sample`(_ instructionSet: InstructionSet) throws {
        var generator = SeededGenerator(seed: 17)
        var algorithms: Set<Algorithm> = []
        let cases: [StreamCase] = [
            // The layers of a dilated network, the first and the last of a codec, depthwise, groups.
            .init(channels: 64, outputs: 64, padding: .causal, dilation: 512, length: 1200),
            .init(channels: 64, outputs: 128, kernel: 4, stride: 2, padding: .causal, length: 100),
            .init(channels: 1, outputs: 32, kernel: 7, padding: .causal, length: 90),
            .init(channels: 64, outputs: 1, kernel: 7, padding: .causal, dilation: 9, length: 200),
            .init(channels: 64, outputs: 64, padding: .causal, dilation: 32, groups: 64, length: 120),
            .init(channels: 64, outputs: 64, kernel: 31, padding: .same, groups: 64, length: 120),
            .init(channels: 16, outputs: 32, kernel: 5, stride: 3, padding: 2, groups: 16, length: 100),
            .init(channels: 64, outputs: 48, kernel: 3, padding: .causal, dilation: 2, groups: 4, length: 70),
            .init(channels: 20, outputs: 12, kernel: 1, length: 40),
        ]
        for var one in cases {
            one.options.instructionSet = instructionSet
            for layout in TensorLayout.allCases {
                one.layout = layout
                let (weight, bias, signal) = try (one.weight, one.bias, one.signal)
                var stream = try one.stream(weight, bias)
                algorithms.insert(stream.algorithm)
                let whole = try one.whole(weight, bias, signal)
                let singles = try one.pieces(Chunks([Int](repeating: 1, count: one.length)), &stream, signal)
                #expect(singles.hasBits(of: whole), "\(one), sample by sample")
                #expect(try one.pieces(Chunks([one.length]), &stream, signal).hasBits(of: whole), "\(one), at once")
                #expect(try Self.hasWholeBits(one, &generator))
            }
        }
        #expect(algorithms == [.direct, .gemm, .depthwise])
    }

    @Test(arguments: [Algorithm.direct, .gemm, .depthwise])
    func `Algorithms by name have the bits of the whole`(_ algorithm: Algorithm) throws {
        var generator = SeededGenerator(seed: 18)
        var count = 0
        for _ in 0..<60 {
            var one = StreamCase.random(using: &generator)
            if algorithm == .depthwise { one.groups = one.channels }
            if one.outputs % one.groups != 0 { one.outputs = one.groups }
            one.options.algorithm = algorithm
            if try Self.hasWholeBits(one, &generator, rounds: 1) { count += 1 }
        }
        #expect(count == 60)
    }

    @Test func `A limit of workspace changes nothing of that`() throws {
        var generator = SeededGenerator(seed: 19)
        var count = 0
        for _ in 0..<60 {
            var one = StreamCase.random(using: &generator)
            one.options.workspaceLimit = Bool.random(using: &generator) ? 0 : 1 << 20
            if try Self.hasWholeBits(one, &generator, rounds: 1) { count += 1 }
        }
        #expect(count == 60)
    }

    @Test func `Signals of any length have the bits of a longer one's beginning`() throws {
        var count = 0
        for one in [
            StreamCase(channels: 32, outputs: 32, kernel: 12, length: 2048),
            .init(channels: 3, outputs: 3, length: 600),
            .init(channels: 24, outputs: 24, kernel: 40, groups: 24, length: 700),
        ] {
            for instructionSet in InstructionSet.available {
                var one = one
                one.options.instructionSet = instructionSet
                let (weight, bias, signal) = try (one.weight, one.bias, one.signal)
                let whole = try one.whole(weight, bias, signal)
                for length in [one.kernel, one.kernel + 1, 64, 100, 512] {
                    let part = try one.whole(weight, bias, signal.samples(0..<length, one.layout))
                    #expect(try part.hasBits(of: whole.samples(0..<part.shape[2], one.layout)), "\(one): \(length)")
                    count += 1
                }
            }
        }
        #expect(count >= 15)
    }

    @Test func `A weight that is not finite makes no NaN of padding`() throws {
        var generator = SeededGenerator(seed: 20)
        var count = 0
        for (channels, outputs, groups) in [(16, 16, 1), (2, 2, 1), (8, 8, 8)] {
            for padding in [Padding.causal, .same, .pairs([AxisPadding(before: 9, after: 9)])] {
                var one = StreamCase(channels: channels, outputs: outputs, padding: padding, dilation: 3, length: 20)
                one.groups = groups
                var weight = try one.weight
                weight[0, 0, 0] = .infinity
                weight[outputs - 1, 0, 2] = -.infinity
                let (bias, signal) = try (one.bias, one.signal)
                let whole = try one.whole(weight, bias, signal)
                #expect(!whole.elements.contains { $0.isNaN })
                var stream = try one.stream(weight, bias)
                for sizes in [[20], [Int](repeating: 1, count: 20), Chunks(of: 20, using: &generator).sizes] {
                    #expect(try one.pieces(Chunks(sizes), &stream, signal).hasBits(of: whole), "\(one): \(sizes)")
                    count += 1
                }
            }
        }
        #expect(count == 27)
    }

    @Test func `A chunk longer than the stream keeps is taken in pieces`() throws {
        for one in [
            StreamCase(channels: 2, outputs: 2, kernel: 5, stride: 7, padding: .causal, length: 5000),
            .init(channels: 16, outputs: 16, padding: .causal, dilation: 64, batch: 2, length: 3000),
        ] {
            let (weight, bias, signal) = try (one.weight, one.bias, one.signal)
            var stream = try one.stream(weight, bias)
            let pieces = try one.pieces(Chunks([1, 2900, one.length - 2901]), &stream, signal)
            #expect(try pieces.hasBits(of: one.whole(weight, bias, signal)))
        }
    }
}
