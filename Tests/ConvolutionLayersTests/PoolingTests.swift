// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers
import Testing

@Suite struct PoolingTests {
    private func plan(
        _ pooling: Fixture.Pooling, _ shape: [Int], _ layout: TensorLayout, threads: Int = 1
    ) throws -> PoolingPlan {
        let rank = pooling.function.hasSuffix("1d") ? 1 : 2
        let options = ConvolutionOptions(threads: threads)
        switch (pooling.kernel, pooling.output) {
        case (let kernel?, _) where pooling.function.hasPrefix("max"):
            return try .maximum(
                inputShape: shape, rank: rank, kernelSize: kernel, stride: pooling.stride, padding: pooling.padding,
                dilation: pooling.dilation, ceilMode: pooling.ceil, layout: layout, options: options)
        case (let kernel?, _):
            return try .average(
                inputShape: shape, rank: rank, kernelSize: kernel, stride: pooling.stride, padding: pooling.padding,
                ceilMode: pooling.ceil, countIncludePad: pooling.include, layout: layout, options: options)
        case (_, let size):
            return try .adaptiveAverage(
                inputShape: shape, rank: rank, outputSize: #require(size), layout: layout, options: options)
        }
    }

    @Test func `Poolings are PyTorch's, in either layout`() throws {
        let poolings = try Fixture.shared.get().poolings
        #expect(poolings.count >= 25)
        for pooling in poolings {
            let input = try Tensor.ramp(pooling.shape)
            let expected = try pooling.result.tensor(pooling.resultShape)
            let isBatched = pooling.shape.count == (pooling.function.hasSuffix("1d") ? 3 : 4)
            let y = try plan(pooling, pooling.shape, .channelsFirst)(input)
            #expect(isClose(y, expected, rtol: 1e-6, atol: 1e-6), "\(pooling): \(y) is not \(expected)")
            let last = try input.channelsLast(isBatched: isBatched)
            let z = try plan(pooling, last.shape, .channelsLast)(last)
            let expectedLast = try expected.channelsLast(isBatched: isBatched)
            #expect(isClose(z, expectedLast, rtol: 1e-6, atol: 1e-6), "\(pooling): \(z) is not \(expectedLast)")
        }
    }

    @Test(arguments: TensorLayout.allCases)
    func `The bits do not depend on the number of threads`(_ layout: TensorLayout) throws {
        let x = try Tensor.ramp(layout.shape(batch: 2, channels: 24, size: [61, 67]))
        func pool(_ threads: Int) throws -> [Tensor] {
            let options = ConvolutionOptions(threads: threads)
            return [
                try maxPool2d(x, kernelSize: 3, stride: 2, padding: 1, layout: layout, options: options),
                try avgPool2d(x, kernelSize: [3, 5], stride: 1, padding: [1, 2], layout: layout, options: options),
                try adaptiveAvgPool2d(x, outputSize: [7, 5], layout: layout, options: options),
            ]
        }
        #expect(try pool(1) == pool(3))
    }

    @Test func `A maximum keeps NaN wherever it lies in the window`() throws {
        for width in [5, 40] {
            for position in 0..<width {
                var x = try Tensor.ramp([1, 1, 3, width])
                x[0, 0, 1, position] = .nan
                let y = try maxPool2d(x, kernelSize: 3, stride: 1, padding: 1)
                for column in 0..<width {
                    #expect(y[0, 0, 1, column].isNaN == (abs(column - position) <= 1), "\(column) with \(position)")
                }
            }
        }
        let infinite = try Tensor.full([1, 1, 4, 4], -.infinity)
        #expect(try maxPool2d(infinite, kernelSize: 2) == Tensor.full([1, 1, 2, 2], -.infinity))
    }

    @Test func `A plan writes into a tensor that is there`() throws {
        let plan = try PoolingPlan.maximum(inputShape: [1, 2, 6, 6], rank: 2, kernelSize: 2)
        var y = try Tensor.full(plan.outputShape, .nan)
        let x = try Tensor.ramp([1, 2, 6, 6])
        try plan.run(x, into: &y)
        #expect(try y == plan(x))
        #expect(plan.outputShape == [1, 2, 3, 3])
        #expect(throws: ConvolutionError.shapeMismatch(tensor: "input", expected: [1, 2, 6, 6], got: [1, 2, 3, 3])) {
            try plan(y)
        }
        var elements = y.mutableSpan
        #expect(throws: ConvolutionError.countMismatch(tensor: "input", expected: 72, got: 5)) {
            try plan.run(input: x.span.extracting(0..<5), output: &elements)
        }
    }

    @Test func `What is not legal is an error that names it`() throws {
        let x = try Tensor.zeros(1, 2, 6, 6)
        func error(_ body: () throws -> Tensor) -> ConvolutionError? {
            do {
                return try {
                    _ = try body(); return nil
                }()
            } catch { return error as? ConvolutionError }
        }
        #expect(
            error { try maxPool2d(x, kernelSize: 3, padding: 2) }
                == .poolingPadding([2, 2], kernelSize: [3, 3]))
        #expect(error { try maxPool2d(x, kernelSize: 0) } == .emptyKernel([0, 0]))
        #expect(error { try maxPool2d(x, kernelSize: 2, stride: [1, 0]) } == .nonPositiveStride([1, 0]))
        #expect(error { try maxPool2d(x, kernelSize: 2, dilation: -1) } == .nonPositiveDilation([-1, -1]))
        #expect(error { try avgPool2d(x, kernelSize: 2, padding: -1) } == .negativePadding([-1, -1]))
        #expect(
            error { try avgPool2d(x, kernelSize: [2, 2, 2]) }
                == .valueCount(parameter: "kernel_size", rank: 2, values: [2, 2, 2]))
        #expect(
            error { try maxPool2d(x, kernelSize: 7) } == .outputTooSmall(inputSize: [6, 6], outputSize: [0, 0]))
        #expect(error { try maxPool1d(x, kernelSize: 2) } == .poolingInputRank(rank: 1, inputShape: [1, 2, 6, 6]))
        #expect(error { try maxPool1d(x, kernelSize: 2) }?.code == .inputRank)
        #expect(
            error { try adaptiveAvgPool2d(x, outputSize: [0, 2]) }
                == .outputTooSmall(inputSize: [6, 6], outputSize: [0, 2]))
        #expect(
            error { try maxPool2d(Tensor.zeros(1, 2, 0, 6), kernelSize: 1) } == .emptyInput(inputShape: [1, 2, 0, 6]))
        #expect(error { try maxPool2d(x, kernelSize: Int.max) } != nil)
        #expect(error { try maxPool2d(x, kernelSize: 2, dilation: Int.max) } != nil)
        #expect(error { try maxPool2d(x, kernelSize: 2, stride: Int.max, ceilMode: true) } != nil)
        #expect(error { try adaptiveAvgPool2d(x, outputSize: 1 << 40) } != nil)
        #expect(error { try adaptiveAvgPool1d(x.view(1, 2, 36), outputSize: 1 << 45) } != nil)
        #expect(error { try maxPool2d(x, kernelSize: 2, options: .init(threads: 0)) } == .invalidThreadCount(0))
    }
}
