// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import Convolution

/// A convolution of a signal, as a whole and as a stream.
struct StreamCase: CustomStringConvertible {
    var channels = 4
    var outputs = 4
    var kernel = 3
    var stride = 1
    var padding: Padding = 0
    var dilation = 1
    var groups = 1
    var batch = 1
    var length = 50
    var hasBias = true
    var activation = Activation.none
    var layout = TensorLayout.channelsFirst
    var options = ConvolutionOptions(precision: .strict)
    var seed: UInt64 = 1

    /// One that anything may be like, but for what takes long.
    static func random(using generator: inout SeededGenerator) -> StreamCase {
        func any(_ values: Int...) -> Int { values.randomElement(using: &generator) ?? 1 }
        var one = StreamCase()
        switch any(0, 1, 2, 3) {
        case 0:
            one.groups = any(1, 3, 16, 33)
            (one.channels, one.outputs) = (one.groups, one.groups)
        case 1:
            one.groups = any(1, 2, 4)
            one.channels = one.groups * any(1, 2, 5, 17)
            one.outputs = one.groups * any(1, 2, 7, 8, 9, 33)
        default:
            (one.channels, one.outputs) = (any(1, 2, 3, 16, 33, 64), any(1, 2, 3, 8, 16, 40, 64))
        }
        one.kernel = any(1, 2, 3, 4, 5, 7, 10, 20)
        one.stride = any(1, 1, 1, 2, 3, 5)
        one.dilation = any(1, 1, 2, 3, 8, 16)
        let reach = one.dilation * (one.kernel - 1)
        one.padding =
            switch any(0, 1, 2, 3, 4) {
            case 0: .valid
            case 1: .causal
            case 2 where one.stride == 1: .same
            case 3: .pairs([AxisPadding(before: any(0, 1, reach, reach + 3), after: any(0, 2, reach, reach + 5))])
            default: Padding(any(1, 2, 5))
            }
        one.batch = any(1, 1, 1, 2)
        one.length = any(1, 2, 17, 60, 300) + reach
        one.hasBias = any(0, 1) == 1
        one.activation = [.none, .relu, .leakyReLU(slope: 0.1), .silu][any(0, 0, 1, 2, 3)]
        one.layout = any(0, 0, 1) == 0 ? .channelsFirst : .channelsLast
        one.options.instructionSet = InstructionSet.available.randomElement(using: &generator)
        one.options.threads = any(1, 2)
        one.seed = generator.next() >> 1
        return one
    }

    var weight: Tensor {
        get throws { try Tensor.randn([outputs, channels / groups, kernel], seed: seed) }
    }

    var bias: Tensor? {
        get throws { hasBias ? try Tensor.randn([outputs], seed: seed + 1) : nil }
    }

    var signal: Tensor {
        get throws {
            try Tensor.randn(layout.shape(batch: batch, channels: channels, size: [length]), seed: seed + 2)
        }
    }

    /// The convolution of the whole signal.
    func whole(_ weight: Tensor, _ bias: Tensor?, _ signal: Tensor) throws -> Tensor {
        // The functions have no activation.
        guard activation != .none else {
            return try conv1d(
                signal, weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                groups: groups, layout: layout, options: options)
        }
        let layer = try Conv1d(
            weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
            layout: layout, activation: activation, options: options)
        return try layer(signal)
    }

    func stream(_ weight: Tensor, _ bias: Tensor?) throws -> StreamingConv1d {
        try StreamingConv1d(
            weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
            layout: layout, activation: activation, batch: batch, options: options)
    }

    /// What a stream gives of a signal in pieces, one after the other.
    func pieces(_ chunks: Chunks, _ stream: inout StreamingConv1d, _ signal: Tensor) throws -> Tensor {
        var outputs: [Tensor] = []
        for chunk in try chunks.cut(signal, layout) { outputs.append(try stream.feed(chunk)) }
        outputs.append(try stream.finish())
        return try Tensor.joined(outputs, layout)
    }

    var description: String {
        """
        \(channels) -> \(outputs) channels of \(groups) groups, kernel \(kernel), stride \(stride), \
        padding \(padding), dilation \(dilation), batch \(batch), length \(length), bias \(hasBias), \(activation), \(layout), \
        \(options.algorithm.map { "\($0)" } ?? "auto"), \(options.instructionSet.map { "\($0)" } ?? "best")
        """
    }
}
