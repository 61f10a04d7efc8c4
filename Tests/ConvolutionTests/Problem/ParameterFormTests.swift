// SPDX-License-Identifier: Apache-2.0

import Testing

// Not @testable: what is written here is what a package that imports the library can write.
import Convolution

/// Sizes, strides, paddings and dilations can be given as literals and as values, alone and one per axis, everywhere.
@Suite struct ParameterFormTests {
    private let k = 3
    private let ks = [3, 2]
    private let isSame = true

    @Test func `A kernel size is an Int, a list, a slice, a literal or an expression`() throws {
        let three = [
            try Conv2d(8, 14, kernelSize: 3), try Conv2d(8, 14, kernelSize: k), try Conv2d(8, 14, kernelSize: [3, 3]),
            try Conv2d(8, 14, kernelSize: [k, k]), try Conv2d(8, 14, kernelSize: [k]),
            try Conv2d(8, 14, kernelSize: 2 * k - 3), try Conv2d(8, 14, kernelSize: Extents(k)),
            try Conv2d(8, 14, kernelSize: [14, 8, k, k][2...]), try Conv2d(8, 14, kernelSize: isSame ? k : 1),
            try Conv2d(8, 14, kernelSize: isSame ? [k, k] : ks), try Conv2d(8, 14, kernelSize: max(k, 1)),
        ]
        for layer in three { #expect(layer.kernelSize == [3, 3]) }
        for layer in [try Conv2d(8, 14, kernelSize: ks), try Conv2d(8, 14, kernelSize: [3, k - 1])] {
            #expect(layer.kernelSize == [3, 2])
        }
        for layer in [
            try Conv1d(8, 14, kernelSize: 3), try Conv1d(8, 14, kernelSize: k), try Conv1d(8, 14, kernelSize: [k]),
            try Conv1d(8, 14, kernelSize: ks.filter { $0 > 2 }), try Conv1d(8, 14, kernelSize: ks.dropLast()),
        ] {
            #expect(layer.kernelSize == [3])
        }
    }

    @Test func `A padding is an Int, a list, a word or pairs`() throws {
        func size(_ layer: Conv2d) throws -> [Int] { try layer(Tensor.ones(1, 1, 9, 9)).shape }
        let pairs = [AxisPadding(before: 1, after: 1)]
        let padding: Padding = isSame ? .same : 1
        let same = [
            try Conv2d(1, 1, kernelSize: k, padding: 1), try Conv2d(1, 1, kernelSize: k, padding: k / 2),
            try Conv2d(1, 1, kernelSize: k, padding: [1, k / 2]), try Conv2d(1, 1, kernelSize: k, padding: .same),
            try Conv2d(1, 1, kernelSize: k, padding: ks.map { _ in k / 2 }),
            try Conv2d(1, 1, kernelSize: k, padding: .pairs(pairs)), try Conv2d(1, 1, kernelSize: k, padding: padding),
            try Conv2d(1, 1, kernelSize: k, padding: .pairs([AxisPadding(before: 1, after: 1)])),
            try Conv2d(1, 1, kernelSize: k, padding: Padding(1)), try Conv2d(1, 1, kernelSize: k, padding: Extents(1)),
            try Conv2d(1, 1, kernelSize: k, padding: isSame ? .same : .valid),
            try Conv2d(1, 1, kernelSize: k, padding: Padding(parsing: "same")),
        ]
        for layer in same { #expect(try size(layer) == [1, 1, 9, 9], "\(layer)") }
        for layer in [
            try Conv2d(1, 1, kernelSize: k), try Conv2d(1, 1, kernelSize: k, padding: .valid),
            try Conv2d(1, 1, kernelSize: k, padding: [0]), try Conv2d(1, 1, kernelSize: k, padding: k - 3),
        ] {
            #expect(try size(layer) == [1, 1, 7, 7], "\(layer)")
        }
    }

    @Test func `Functions take what modules take`() throws {
        let (x, w) = (try Tensor.ones(1, 2, 12, 12), try Tensor.ones(2, 1, 3, 3))
        let (stride, strides) = (2, [2, 1])
        #expect(try conv2d(x, weight: w, groups: 2).shape == [1, 2, 10, 10])
        #expect(try conv2d(x, weight: w, stride: 2, groups: 2).shape == [1, 2, 5, 5])
        #expect(try conv2d(x, weight: w, stride: stride, padding: k / 2, groups: 2).shape == [1, 2, 6, 6])
        #expect(try conv2d(x, weight: w, stride: [2, 1], padding: .valid, groups: 2).shape == [1, 2, 5, 10])
        #expect(
            try conv2d(x, weight: w, stride: strides, padding: 1, dilation: k - 1, groups: 2).shape == [1, 2, 5, 10])
        #expect(try conv2d(x, weight: w, padding: .same, dilation: [1, stride], groups: 2).shape == [1, 2, 12, 12])
        let outputs = try [1, 2].map { try conv2d(x, weight: w, stride: $0, padding: [$0, 0], groups: 2).shape }
        #expect(outputs == [[1, 2, 12, 10], [1, 2, 7, 5]])
        let (line, taps) = (try Tensor.ones(1, 1, 16), try Tensor.ones(1, 1, 3))
        #expect(try conv1d(line, weight: taps, stride: stride, padding: k / 2).shape == [1, 1, 8])
        #expect(try conv1d(line, weight: taps, stride: [stride], padding: [1], dilation: 1).shape == [1, 1, 8])
        #expect(try conv1d(line, weight: taps, padding: .pairs([.init(before: 0, after: 2)])).shape == [1, 1, 16])
    }

    @Test func `Problems and plans take what modules take, and tell the axes from the weight`() throws {
        let (stride, strides) = (2, [2, 1])
        let problem = try ConvolutionProblem(
            inputShape: [1, 2, 12, 12], weightShape: [2, 2, 3, 3], stride: strides, padding: k / 2, dilation: 1)
        #expect(problem.rank == 2)
        #expect(problem.outputShape == [1, 2, 6, 12])
        let line = try ConvolutionProblem(
            inputShape: [2, 12], weightShape: [2, 2, 3], stride: stride, padding: .pairs([.init(before: 2, after: 0)]))
        #expect(line.rank == 1 && line.isUnbatched)
        #expect(line.outputShape == [2, 6])
        let plan = try ConvolutionPlan(
            inputShape: [1, 2, 12, 12], weight: Tensor.ones(2, 2, 3, 3), stride: stride, padding: [k / 2, 0],
            activation: .relu)
        #expect(plan.problem.outputShape == [1, 2, 6, 5])
        #expect(plan.activation == .relu)
    }

    @Test(arguments: [[], [1, 2, 3], [1, 2, 3, 4]])
    func `A list of another length is refused wherever it is given`(_ values: [Int]) throws {
        let (x, w) = (try Tensor.ones(1, 1, 5, 5), try Tensor.ones(1, 1, 3, 3))
        func error(_ parameter: String) -> ConvolutionError {
            .valueCount(parameter: parameter, rank: 2, values: values)
        }
        #expect(throws: error("stride")) { try conv2d(x, weight: w, stride: values) }
        #expect(throws: error("padding")) { try conv2d(x, weight: w, padding: values) }
        #expect(throws: error("dilation")) { try conv2d(x, weight: w, dilation: values) }
        #expect(throws: error("kernel_size")) { try Conv2d(1, 1, kernelSize: values) }
        #expect(throws: error("stride")) { try Conv2d(weight: w, stride: values) }
        #expect(throws: error("padding")) { try ConvolutionPlan(inputShape: x.shape, weight: w, padding: values[...]) }
    }

    @Test func `A weight of too few or too many axes for a plan is refused`() throws {
        let flat = try Tensor.ones(3, 3)
        #expect(throws: ConvolutionError.weightRank(weightShape: [3, 3], inputShape: [1, 3, 5])) {
            try ConvolutionPlan(inputShape: [1, 3, 5], weight: flat)
        }
        #expect(throws: ConvolutionError.unsupportedRank(4)) {
            try ConvolutionPlan(inputShape: [1, 1, 5, 5, 5, 5], weight: Tensor.ones(1, 1, 3, 3, 3, 3))
        }
        #expect(throws: ConvolutionError.inputRank(rank: 2, inputShape: [5, 5])) {
            try ConvolutionPlan(inputShape: [5, 5], weight: Tensor.ones(1, 1, 3, 3))
        }
        #expect(throws: ConvolutionError.biasShape(weightShape: [1, 1, 3], biasShape: [2])) {
            try ConvolutionPlan(inputShape: [1, 1, 5], weight: Tensor.ones(1, 1, 3), bias: Tensor.ones(2))
        }
    }
}
