// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct FunctionalTests {
    @Test func `The worked example of one axis`() throws {
        let input = try Tensor((0..<16).map(Float.init), shape: [1, 1, 16])
        let weight = try Tensor([0.1, 0.2, 0.3], shape: [1, 1, 3])
        let output = try conv1d(input, weight: weight)
        #expect(output.shape == [1, 1, 14])
        for (index, value) in output.elements.enumerated() {
            // 0 * 0.1 + 1 * 0.2 + 2 * 0.3 = 0.8, and 0.6 more at each step.
            #expect(abs(value - (0.8 + 0.6 * Float(index))) < 1e-5)
        }
    }

    @Test func `The kernel isn't flipped`() throws {
        let input = try Tensor([1, 10, 100, 1000], shape: [1, 4])
        let weight = try Tensor([1, 2], shape: [1, 1, 2])
        #expect(try conv1d(input, weight: weight) == Tensor([21, 210, 2100], shape: [1, 3]))
    }

    @Test func `Stride, padding, dilation, groups and bias`() throws {
        let input = try Tensor([1, 2, 3, 4, 10, 20, 30, 40], shape: [1, 2, 4])
        let weight = try Tensor([1, 1, 1, -1], shape: [2, 1, 2])
        let bias = try Tensor([100, 0], shape: [2])
        let output = try conv1d(
            input, weight: weight, bias: bias, stride: 2, padding: 1, dilation: 2, groups: 2)
        // Windows of elements -1 and 1, and of 1 and 3.
        #expect(output == (try Tensor([102, 106, -20, -20], shape: [1, 2, 2])))
    }

    @Test func `Two axes have their own parameters`() throws {
        let input = try Tensor((1...12).map(Float.init), shape: [1, 3, 4])
        let weight = try Tensor([1, 1], shape: [1, 1, 1, 2])
        let output = try conv2d(
            input, weight: weight, stride: [2, 1],
            padding: .pairs([.init(before: 0, after: 0), .init(before: 1, after: 0)]))
        #expect(output == (try Tensor([1, 3, 5, 7, 9, 19, 21, 23], shape: [1, 2, 4])))
    }

    @Test func `Without input channels the output is the bias`() throws {
        let input = try Tensor([], shape: [2, 0, 5])
        let weight = try Tensor([], shape: [3, 0, 2])
        let bias = try Tensor([1, 2, 3], shape: [3])
        let output = try conv1d(input, weight: weight, bias: bias)
        let image: [Float] = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
        #expect(output == (try Tensor(image + image, shape: [2, 3, 4])))
        #expect(try conv1d(input, weight: weight) == Tensor(Array(repeating: 0, count: 24), shape: [2, 3, 4]))
    }

    @Test func `An empty batch has an empty output`() throws {
        let output = try conv2d(
            Tensor([], shape: [0, 3, 8, 8]), weight: Tensor(shape: [5, 3, 3, 3], repeating: 1), padding: .same)
        #expect(output.shape == [0, 5, 8, 8])
        #expect(output.count == 0)
    }

    @Test(arguments: Algorithm.allCases)
    func `A stride or dilation that leaves one window or one tap is harmless`(_ algorithm: Algorithm) throws {
        let options = ConvolutionOptions(algorithm: algorithm)
        func values(_ stride: Extents, _ dilation: Extents, kernel: [Float]) throws -> [Float] {
            let input = try Tensor((1...35).map(Float.init), shape: [1, 5, 7])
            let weight = try Tensor(kernel, shape: [1, 1, 1, kernel.count])
            return try conv2d(input, weight: weight, stride: stride, dilation: dilation, options: options).elements
        }
        do {
            #expect(try values([1 << 40, 1], 1, kernel: [1, 0, 1]) == [4, 6, 8, 10, 12])
            #expect(try values([1, 1 << 40], 1, kernel: [1, 0, 1]) == [4, 18, 32, 46, 60])
            #expect(try values(1, [1 << 40, 2], kernel: [1, 1]).prefix(5) == [4, 6, 8, 10, 12])
            #expect(try values(1, Extents(1 << 40), kernel: [2]) == (1...35).map { Float(2 * $0) })
        } catch ConvolutionError.Code.algorithmNotApplicable {
            return
        }
    }

    @Test func `An output that no memory holds is an error`() throws {
        let input = try Tensor([1], shape: [1, 1, 1])
        #expect(throws: ConvolutionError.self) {
            try conv1d(input, weight: input, padding: Padding(1 << 50))
        }
    }
}

/// What modules pad with, seen through a kernel of one tap.
@Suite struct InputPaddingTests {
    private func padded(
        _ elements: [Float], _ shape: [Int], rank: Int, padding: Padding, _ mode: PaddingMode
    ) throws -> Tensor {
        let problem = try ConvolutionProblem(
            inputShape: shape, weightShape: [1, shape[shape.count - rank - 1], 1, 1].dropLast(2 - rank), rank: rank,
            padding: padding)
        return try pad(Tensor(elements, shape: shape), for: problem, mode: mode)
    }

    @Test func `One axis`() throws {
        let row: [Float] = [1, 2, 3, 4]
        func values(_ mode: PaddingMode, _ padding: Padding) throws -> [Float] {
            try padded(row, [1, 4], rank: 1, padding: padding, mode).elements
        }
        #expect(try values(.reflect, 3) == [4, 3, 2, 1, 2, 3, 4, 3, 2, 1])
        #expect(try values(.replicate, 3) == [1, 1, 1, 1, 2, 3, 4, 4, 4, 4])
        #expect(try values(.replicate, 6) == [1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4])
        #expect(try values(.circular, 2) == [3, 4, 1, 2, 3, 4, 1, 2])
        #expect(try values(.circular, 4) == row + row + row)
        let pair = Padding.pairs([.init(before: 2, after: 1)])
        #expect(try values(.reflect, pair) == [3, 2, 1, 2, 3, 4, 3])
        #expect(try values(.circular, pair) == [3, 4, 1, 2, 3, 4, 1])
        for mode in PaddingMode.allCases where mode != .zeros {
            #expect(try values(mode, 0) == row)
        }
    }

    @Test func `Two axes and several planes`() throws {
        let elements: [Float] = [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]
        let reflected = try padded(elements, [1, 2, 2, 3], rank: 2, padding: 1, .reflect)
        #expect(reflected.shape == [1, 2, 4, 5])
        let plane: [Float] = [5, 4, 5, 6, 5, 2, 1, 2, 3, 2, 5, 4, 5, 6, 5, 2, 1, 2, 3, 2]
        #expect(reflected.elements == plane + plane.map { $0 * 10 })
        let wrapped = try padded([1, 2, 3, 4, 5, 6], [1, 2, 3], rank: 2, padding: [0, 2], .circular)
        #expect(wrapped.elements == [2, 3, 1, 2, 3, 1, 2, 5, 6, 4, 5, 6, 4, 5])
        let repeated = try padded([1, 2, 3, 4, 5, 6], [1, 2, 3], rank: 2, padding: [1, 0], .replicate)
        #expect(repeated.elements == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    }

    @Test func `Reflection needs less padding than input`() throws {
        let error = #expect(
            throws: ConvolutionError.reflectionExceedsInput(
                padding: .init(before: 5, after: 5), axis: 2, inputShape: [1, 1, 5])
        ) {
            try padded([1, 2, 3, 4, 5], [1, 5], rank: 1, padding: 5, .reflect)
        }
        #expect(
            error?.description.contains(
                """
                Padding size should be less than the corresponding input dimension, but got: \
                padding (5, 5) at dimension 2 of input [1, 1, 5]
                """) == true)
        #expect(
            throws: ConvolutionError.reflectionExceedsInput(
                padding: .init(before: 0, after: 2), axis: 2, inputShape: [1, 1, 2, 3])
        ) {
            try padded(
                [1, 2, 3, 4, 5, 6], [1, 1, 2, 3], rank: 2,
                padding: .pairs([.init(before: 0, after: 2), .init(before: 1, after: 1)]), .reflect)
        }
    }

    @Test func `Wrapping around needs no more padding than input`() throws {
        let error = #expect(
            throws: ConvolutionError.wrapExceedsInput(
                padding: .init(before: 4, after: 4), axis: 3, inputShape: [1, 1, 4, 3])
        ) {
            try padded(Array(repeating: 1, count: 12), [1, 1, 4, 3], rank: 2, padding: 4, .circular)
        }
        #expect(error?.description.contains("Padding value causes wrapping around more than once") == true)
    }
}
