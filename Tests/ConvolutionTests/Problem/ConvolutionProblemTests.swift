// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ConvolutionProblemTests {
    @Test func `The worked example of two axes`() throws {
        let problem = try ConvolutionProblem(
            inputShape: [5, 8, 10, 5], weightShape: [14, 8, 3, 2], biasShape: [14], rank: 2, stride: [2, 1])
        #expect(problem.outputShape == [5, 14, 4, 4])
        #expect(problem.inputShape == [5, 8, 10, 5])
        #expect(problem.weightShape == [14, 8, 3, 2])
        #expect(problem.inputCount == 2000)
        #expect(problem.weightCount == 672)
        #expect(problem.outputCount == 1120)
        #expect(problem.multiplications == 1120 * 48)
        #expect(!problem.isUnbatched)
    }

    @Test func `One axis has a height of 1`() throws {
        let problem = try ConvolutionProblem(
            inputShape: [4, 16], weightShape: [6, 2, 3], rank: 1, stride: 2, padding: 1, dilation: 3, groups: 2)
        let height = problem.height
        #expect([height.input, height.kernel, height.stride, height.dilation, height.output] == [1, 1, 1, 1, 1])
        #expect([height.before, height.after] == [0, 0])
        #expect(problem.isUnbatched)
        #expect(problem.batch == 1)
        #expect(problem.outputShape == [6, 6])
        #expect(problem.width.paddedInput == 18)
        #expect(problem.width.dilatedKernel == 7)
    }

    @Test(arguments: 0..<500)
    func `The output has as many elements as windows fit`(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let (size, kernel, stride, dilation) = (draw(1...20), draw(1...7), draw(1...5), draw(1...4))
        let padding = AxisPadding(before: draw(0...6), after: draw(0...6))
        func build() throws(ConvolutionError) -> ConvolutionProblem {
            try ConvolutionProblem(
                inputShape: [1, 1, size], weightShape: [1, 1, kernel], rank: 1, stride: Extents(stride),
                padding: .pairs([padding]), dilation: Extents(dilation))
        }
        // Windows are counted, one by one.
        var windows = 0
        var first = -padding.before
        while first + dilation * (kernel - 1) < size + padding.after {
            windows += 1
            first += stride
        }
        if windows == 0 {
            #expect(throws: ConvolutionError.self) { try build() }
        } else {
            let axis = try build().width
            #expect(axis.output == windows)
            for tap in 0..<kernel {
                let hits = (0..<windows).filter { (0..<size).contains($0 * stride - padding.before + tap * dilation) }
                #expect(Array(axis.outputs(of: tap)) == hits)
            }
        }
    }

    @Test(arguments: 1...9, 1...4)
    func `Same keeps the size and puts the odd element behind`(_ kernel: Int, _ dilation: Int) throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 1, 11, 11], weightShape: [1, 1, kernel, 3], rank: 2, padding: .same,
            dilation: [dilation, 1])
        #expect(problem.outputShape == [1, 1, 11, 11])
        #expect(problem.height.before + problem.height.after == dilation * (kernel - 1))
        #expect((0...1).contains(problem.height.after - problem.height.before))
        #expect([problem.width.before, problem.width.after] == [1, 1])
    }

    @Test func `Paddings are per axis, first axis first`() throws {
        func axes(_ padding: Padding) throws -> [Int] {
            let problem = try ConvolutionProblem(
                inputShape: [1, 1, 5, 5], weightShape: [1, 1, 3, 3], rank: 2, padding: padding)
            return [problem.height.before, problem.height.after, problem.width.before, problem.width.after]
        }
        #expect(try axes(1) == [1, 1, 1, 1])
        #expect(try axes([1, 2]) == [1, 1, 2, 2])
        #expect(try axes(Padding([3])) == [3, 3, 3, 3])
        #expect(try axes(.valid) == [0, 0, 0, 0])
        #expect(try axes(.pairs([.init(before: 1, after: 2), .init(before: 3, after: 4)])) == [1, 2, 3, 4])
        #expect(try axes(.pairs([.init(before: 1, after: 2)])) == [1, 2, 1, 2])
    }

    @Test func `An empty batch and no input channels are legal`() throws {
        let empty = try ConvolutionProblem(
            inputShape: [0, 3, 8], weightShape: [5, 3, 3], rank: 1, padding: 1)
        #expect(empty.outputShape == [0, 5, 8])
        #expect(empty.outputCount == 0)
        let emptySize = try ConvolutionProblem(
            inputShape: [0, 3, 0], weightShape: [5, 3, 3], rank: 1, padding: 2)
        #expect(emptySize.outputShape == [0, 5, 2])
        let channelless = try ConvolutionProblem(
            inputShape: [2, 0, 8], weightShape: [5, 0, 3], biasShape: [5], rank: 1)
        #expect(channelless.outputShape == [2, 5, 6])
        #expect(channelless.multiplications == 0)
    }

    @Test func `Another input keeps the parameters`() throws {
        let problem = try ConvolutionProblem(
            inputShape: [8, 10, 5], weightShape: [14, 4, 3, 2], rank: 2, stride: [2, 1], padding: [1, 0],
            groups: 2)
        let other = try problem.with(batch: 3, size: [20, 6])
        #expect(
            try other
                == ConvolutionProblem(
                    inputShape: [3, 8, 20, 6], weightShape: [14, 4, 3, 2], rank: 2, stride: [2, 1], padding: [1, 0],
                    groups: 2))
        #expect(try problem.with(batch: 1, size: [10, 5]) == problem)
        #expect(throws: ConvolutionError.valueCount(parameter: "size", rank: 2, values: [4])) {
            try problem.with(batch: 1, size: [4])
        }
        #expect(throws: ConvolutionError.kernelExceedsInput(paddedSize: [3, 1], kernelSize: [3, 2])) {
            try problem.with(batch: 1, size: [1, 1])
        }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "input", shape: [-1, 8, 4, 4])) {
            try problem.with(batch: -1, size: [4, 4])
        }
    }

    @Test func `Tensors must be those of the problem`() throws {
        let problem = try ConvolutionProblem(inputShape: [2, 4, 8], weightShape: [6, 2, 3], rank: 1, groups: 2)
        #expect(throws: Never.self) { try problem.check(weight: [6, 2, 3], bias: [6]) }
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "weight", expected: [6, 2, 3], got: [6, 4, 3])) {
            try problem.check(weight: [6, 4, 3], bias: nil)
        }
        #expect(throws: ConvolutionError.biasShape(weightShape: [6, 2, 3], biasShape: [2])) {
            try problem.check(weight: [6, 2, 3], bias: [2])
        }
        #expect(throws: Never.self) { try problem.check(input: [2, 4, 8], residual: [2, 6, 6]) }
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [2, 4, 8], got: [4, 8])) {
            try problem.check(input: [4, 8], residual: nil)
        }
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "residual", expected: [2, 6, 6], got: [2, 6, 8])) {
            try problem.check(input: [2, 4, 8], residual: [2, 6, 8])
        }
        #expect(throws: Never.self) { try problem.check(inputCount: 64, residualCount: nil, outputCount: 72) }
        #expect(throws: ConvolutionError.countMismatch(tensor: "output", expected: 72, got: 71)) {
            try problem.check(inputCount: 64, residualCount: 72, outputCount: 71)
        }
    }
}
