// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Layers along three axes.
@Suite struct VolumeModuleTests {
    @Test func `The text is PyTorch's`() throws {
        let texts = [
            "\(try Conv3d(3, 64, kernelSize: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3]))",
            "\(try Conv3d(4, 8, kernelSize: 3))",
            """
            \(try Conv3d(
                4, 8, kernelSize: 3, padding: 1, dilation: 2, groups: 2, bias: false, paddingMode: .circular))
            """,
            "\(try Conv3d(4, 8, kernelSize: [1, 2, 3], padding: .same))",
            "\(try Conv3d(4, 8, kernelSize: 3, padding: .valid))",
            "\(try Conv3d(4, 8, kernelSize: 3, padding: [0, 0, 2]))",
            "\(try Conv3d(4, 8, kernelSize: 1, padding: .pairs([.init(before: 0, after: 1)])))",
        ]
        #expect(
            texts == [
                "Conv3d(3, 64, kernel_size=(3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3))",
                "Conv3d(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1))",
                """
                Conv3d(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1), dilation=(2, 2, 2), groups=2, \
                bias=False, padding_mode=circular)
                """,
                "Conv3d(4, 8, kernel_size=(1, 2, 3), stride=(1, 1, 1), padding=same)",
                "Conv3d(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=valid)",
                "Conv3d(4, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(0, 0, 2))",
                "Conv3d(4, 8, kernel_size=(1, 1, 1), stride=(1, 1, 1), padding=((0, 1), (0, 1), (0, 1)))",
            ])
    }

    @Test func `The parameters can be read`() throws {
        let layer = try Conv3d(
            4, 8, kernelSize: [1, 3, 2], stride: [2, 1, 1], padding: .valid, dilation: [1, 2, 3], groups: 2, seed: 1)
        #expect(layer.kernelSize == [1, 3, 2])
        #expect(layer.stride == [2, 1, 1])
        #expect(layer.dilation == [1, 2, 3])
        #expect(layer.weight.shape == [8, 2, 1, 3, 2])
        #expect(layer.bias?.shape == [8])
        // Uniform within 1 / sqrt(2 channels * 6 taps).
        let bound = 1 / Float(12).squareRoot()
        #expect(layer.weight.elements.allSatisfy { abs($0) <= bound })
        #expect(layer.weight.elements.contains { abs($0) > bound / 2 })
    }

    /// Inputs that differ in their depth alone have plans of their own.
    @Test func `Calls of other depths answer as the function`() throws {
        let layer = try Conv3d(3, 4, kernelSize: 3, padding: 1, seed: 1)
        for depth in [5, 6, 5, 1] {
            let x = try Tensor.integers([2, 3, depth, 6, 7], seed: 2)
            let y = try layer(x)
            #expect(y.shape == [2, 4, depth, 6, 7])
            let expected = try conv3d(
                x, weight: layer.weight, bias: layer.bias, padding: 1, options: .init(algorithm: .reference))
            #expect(y.largestDifference(from: expected) < 1e-4, "\(depth)")
        }
    }

    // MARK: Padding

    /// Where each of the axis's padded elements comes from, written out.
    private static func sources(_ mode: PaddingMode, _ size: Int, _ before: Int, _ after: Int) -> [Int] {
        let inside = Array(0..<size)
        let (front, back): ([Int], [Int]) =
            switch mode {
            case .reflect:
                (Array(inside.dropFirst().prefix(before).reversed()), inside.dropLast().suffix(after).reversed())
            case .replicate: (Array(repeating: 0, count: before), Array(repeating: size - 1, count: after))
            default: (inside.suffix(before), Array(inside.prefix(after)))
            }
        return front + inside + back
    }

    /// (N, C, D, H, W) with its padding filled in.
    private static func padded(_ input: Tensor, _ mode: PaddingMode, _ pads: [AxisPadding]) throws -> Tensor {
        let shape = input.shape
        let axes = zip(shape.suffix(3), pads).map { sources(mode, $0, $1.before, $1.after) }
        let elements = input.elements
        var padded: [Float] = []
        for volume in 0..<shape[0] * shape[1] {
            for z in axes[0] {
                for y in axes[1] {
                    for x in axes[2] {
                        padded.append(elements[((volume * shape[2] + z) * shape[3] + y) * shape[4] + x])
                    }
                }
            }
        }
        return try Tensor(padded, shape: Array(shape.prefix(2)) + axes.map(\.count))
    }

    @Test(arguments: PaddingMode.allCases.filter { $0 != .zeros })
    func `Padding modes fill before the convolution`(_ mode: PaddingMode) throws {
        let input = try Tensor.integers([2, 3, 4, 5, 6], seed: 1)
        let weight = try Tensor.integers([4, 3, 2, 3, 3], seed: 2)
        let cases: [[AxisPadding]] = [
            [.init(before: 1, after: 1), .init(before: 1, after: 1), .init(before: 1, after: 1)],
            [.init(before: 3, after: 0), .init(before: 0, after: 2), .init(before: 1, after: 4)],
            [.init(before: 0, after: 0), .init(before: 0, after: 0), .init(before: 5, after: 0)],
            [.init(before: 2, after: 3), .init(before: 0, after: 0), .init(before: 0, after: 0)],
        ]
        for pads in cases {
            let expected = try conv3d(
                Self.padded(input, mode, pads), weight: weight, stride: [1, 2, 1],
                options: .init(algorithm: .reference))
            for layout in TensorLayout.allCases {
                let layer = try Conv3d(
                    weight: weight, stride: [1, 2, 1], padding: .pairs(pads), paddingMode: mode, layout: layout,
                    options: .init(precision: .strict))
                let isLast = layout == .channelsLast
                let output = try layer(isLast ? input.withChannelsLast(rank: 3) : input)
                #expect(try (isLast ? output.withChannelsFirst(rank: 3) : output) == expected, "\(pads) \(layout)")
                let image = try Tensor(Array(input.elements.prefix(input.count / 2)), shape: [3, 4, 5, 6])
                let one = try layer(isLast ? image.withChannelsLast(rank: 3) : image)
                let first = try isLast ? one.withChannelsFirst(rank: 3) : one
                #expect(first.elements == Array(expected.elements.prefix(expected.count / 2)), "\(pads) \(layout)")
            }
        }
    }

    @Test func `Padding that the input can't fill names its axis`() throws {
        func error(_ mode: PaddingMode, _ padding: [Int]) throws -> ConvolutionError? {
            #expect(throws: ConvolutionError.self) {
                try Conv3d(1, 1, kernelSize: 1, padding: padding, paddingMode: mode)(Tensor.zeros(1, 1, 2, 3, 4))
            }
        }
        let shape = [1, 1, 2, 3, 4]
        #expect(
            try error(.reflect, [2, 0, 0])
                == .reflectionExceedsInput(padding: .init(before: 2, after: 2), axis: 2, inputShape: shape))
        #expect(
            try error(.reflect, [0, 3, 0])
                == .reflectionExceedsInput(padding: .init(before: 3, after: 3), axis: 3, inputShape: shape))
        #expect(
            try error(.circular, [3, 0, 0])
                == .wrapExceedsInput(padding: .init(before: 3, after: 3), axis: 2, inputShape: shape))
        #expect(
            try error(.circular, [0, 0, 5])
                == .wrapExceedsInput(padding: .init(before: 5, after: 5), axis: 4, inputShape: shape))
        let replicated = try Conv3d(1, 1, kernelSize: 1, padding: [9, 8, 7], paddingMode: .replicate)
        #expect(try replicated(Tensor.zeros(shape)).shape == [1, 1, 20, 19, 18])
    }

    /// The output is as large as the input; an odd total has one more behind.
    @Test(arguments: PaddingMode.allCases, [[3, 3, 3], [2, 3, 4], [1, 2, 1]])
    func `Padding the same is half before and half after`(_ mode: PaddingMode, _ kernel: [Int]) throws {
        let input = try Tensor.integers([1, 2, 5, 6, 7], seed: 1)
        let weight = try Tensor.integers([3, 2] + kernel, seed: 2)
        let dilation = [2, 1, 1]
        let pads = zip(kernel, dilation).map { kernel, dilation in
            let total = dilation * (kernel - 1)
            return AxisPadding(before: total / 2, after: total - total / 2)
        }
        func output(_ padding: Padding) throws -> Tensor {
            try Conv3d(
                weight: weight, padding: padding, dilation: dilation, paddingMode: mode,
                options: .init(precision: .strict))(input)
        }
        let same = try output(.same)
        #expect(same.shape == [1, 3, 5, 6, 7])
        #expect(try same == output(.pairs(pads)))
    }

    // MARK: State

    @Test(arguments: ["", "conv1", "features.0.conv."])
    func `A layer is made of a model's tensors`(_ prefix: String) throws {
        let source = try Conv3d(
            4, 6, kernelSize: [1, 3, 2], stride: [1, 2, 2], padding: [0, 1, 0], groups: 2, seed: 1)
        let model = source.stateDict(prefix: prefix)
        let layer = try Conv3d(stateDict: model, prefix: prefix, stride: [1, 2, 2], padding: [0, 1, 0], groups: 2)
        #expect(layer.description == source.description)
        #expect(layer.weight == source.weight && layer.bias == source.bias)
        let input = try Tensor.randn(2, 4, 3, 7, 7, seed: 3)
        let output = try layer(input)
        #expect(output.shape == [2, 6, 3, 4, 3])
        #expect(try output == source(input))
        var other = try Conv3d(
            4, 6, kernelSize: [1, 3, 2], stride: [1, 2, 2], padding: [0, 1, 0], groups: 2, seed: 2)
        #expect(try other(input) != output)
        try other.loadStateDict(model, prefix: prefix)
        #expect(try other(input) == output)
    }

    @Test func `Tensors of other ranks are refused by name and shape`() throws {
        let model = ["a.weight": try Tensor.ones(6, 2, 3, 3), "b.weight": try Tensor.ones(6, 2, 3, 0, 3)]
        #expect(
            throws: ConvolutionError.stateDict(
                name: "a.weight", shape: [6, 2, 3, 3], error: .moduleWeightRank(rank: 3, weightShape: [6, 2, 3, 3]))
        ) { try Conv3d(stateDict: model, prefix: "a") }
        #expect(
            throws: ConvolutionError.stateDict(
                name: "b.weight", shape: [6, 2, 3, 0, 3], error: .emptyKernel([3, 0, 3]))
        ) { try Conv3d(stateDict: model, prefix: "b") }
        var layer = try Conv3d(2, 6, kernelSize: 3, bias: false)
        #expect(
            throws: ConvolutionError.parameterShape(name: "a.weight", expected: [6, 2, 3, 3, 3], got: [6, 2, 3, 3])
        ) { try layer.loadStateDict(model, prefix: "a") }
        #expect(throws: ConvolutionError.inputRank(rank: 3, inputShape: [2, 5, 5])) { try layer(Tensor.ones(2, 5, 5)) }
    }
}
