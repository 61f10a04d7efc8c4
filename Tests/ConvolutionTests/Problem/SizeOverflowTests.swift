// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// Sizes that don't fit in `Int` are errors: nothing traps, and nothing is allocated first.
@Suite struct SizeOverflowTests {
    struct Call: Sendable {
        var input = [1, 1, 16]
        var weight = [1, 1, 3]
        var stride: Extents = 1
        var padding: Padding = 0
        var dilation: Extents = 1
        var groups = 1
        var layout = TensorLayout.channelsFirst
        /// Part of the error's `quantity`.
        let quantity: String

        func problem() throws(ConvolutionError) -> ConvolutionProblem {
            try ConvolutionProblem(
                inputShape: input, weightShape: weight, rank: weight.count - 2, stride: stride, padding: padding,
                dilation: dilation, groups: groups, layout: layout)
        }
    }

    @Test(arguments: [
        Call(input: [1, .max, 2], weight: [1, .max, 2], quantity: "elements of the input"),
        Call(input: [0, .max, 2], weight: [1, .max, 2], quantity: "elements of the input"),
        Call(input: [1, 0, .max, .max], weight: [1, 0, 1, 1], quantity: "elements of the input"),
        Call(input: [.max, 1, 16], quantity: "elements of the input"),
        Call(input: [1, 1, .max / 2], weight: [1, 1, 1], quantity: "elements of the input"),
        Call(input: [1, .max, 16], weight: [2, .max, 3], groups: 2, quantity: "input channels"),
        Call(input: [1, .max, 2], weight: [1, 2, 1], layout: .channelsLast, quantity: "elements of the input"),
        Call(
            input: [1, 16, 1], weight: [.max / 8, 1, 3], layout: .channelsLast, quantity: "elements of the output"),
        Call(
            input: [1, 16, 1], stride: Extents(.max), layout: .channelsLast, quantity: "offset into the input"),
        Call(weight: [.max, 1, 3], quantity: "elements of the output"),
        Call(input: [1, 1, 3], weight: [.max / 4, 1, 3], quantity: "elements of the weight"),
        Call(padding: Padding(.max), quantity: "padded input"),
        Call(padding: Padding(.max / 2), quantity: "padded input"),
        Call(padding: .pairs([.init(before: 0, after: .max)]), quantity: "padded input"),
        Call(padding: Padding(.max / 4), quantity: "elements of the output"),
        Call(dilation: Extents(.max), quantity: "dilated kernel"),
        Call(weight: [1, 1, 5], padding: .same, dilation: Extents(.max / 2), quantity: "padding of 'same'"),
        Call(weight: [1, 1, 1], dilation: Extents(.max), quantity: "offset into the input"),
        Call(stride: Extents(.max), quantity: "offset into the input"),
        Call(
            input: [1, 1, 4, 4], weight: [1, 1, 3, 3], stride: Extents(1 << 40), quantity: "offset into the input"),
        Call(
            input: [0, 1 << 20, 1 << 20], weight: [1 << 20, 1 << 20, 1 << 10],
            quantity: "multiplications"),
    ])
    func `A size that doesn't fit is named`(_ call: Call) throws {
        let error = #expect(throws: ConvolutionError.self) { try call.problem() }
        #expect(error?.code == .sizeOverflow && error?.name?.contains(call.quantity) == true)
    }

    @Test func `Large parameters that fit are legal`() throws {
        let strided = try Call(stride: Extents(1 << 40), quantity: "").problem()
        #expect(strided.outputShape == [1, 1, 1])
        let dilated = try Call(weight: [1, 1, 1], dilation: Extents(1 << 40), quantity: "").problem()
        #expect(dilated.outputShape == [1, 1, 16])
        #expect(throws: ConvolutionError.kernelExceedsInput(paddedSize: [16], kernelSize: [.max])) {
            try Call(weight: [1, 1, 2], dilation: Extents(.max - 1), quantity: "").problem()
        }
    }

    @Test func `Negative extents and other ranks are errors`() {
        #expect(throws: ConvolutionError.negativeExtent(tensor: "input", shape: [1, 1, -4])) {
            try Call(input: [1, 1, -4], quantity: "").problem()
        }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "weight", shape: [1, 1, -3])) {
            try Call(weight: [1, 1, -3], quantity: "").problem()
        }
        for rank in [-1, 0, 4, .max] {
            #expect(throws: ConvolutionError.unsupportedRank(rank)) {
                try ConvolutionProblem(inputShape: [1, 1, 1, 1, 1], weightShape: [1, 1, 1, 1, 1], rank: rank)
            }
        }
    }

    @Test func `An overflow sticks`() throws {
        #expect((CheckedSize(.max) + 1).value == nil)
        #expect((CheckedSize(.max) * 2 * 0).value == nil)
        #expect((CheckedSize(0) * (CheckedSize(.max) + 1)).value == nil)
        #expect((CheckedSize(2) + (CheckedSize(.max) + 1)).value == nil)
        #expect((CheckedSize(3) * 4 + CheckedSize(5) * 6).value == 42)
        #expect(try CheckedSize.product([2, 3, 7]) == 42)
        #expect(try CheckedSize.sum(40, 2) == 42)
        #expect(try CheckedSize.roundUp(33, toMultipleOf: 16) == 48)
        #expect(try CheckedSize.roundUp(32, toMultipleOf: 16) == 32)
        #expect(throws: ConvolutionError.sizeOverflow(quantity: "a sum", values: [.max, 1])) {
            try CheckedSize.sum(.max, 1, of: "a sum")
        }
        #expect(throws: ConvolutionError.self) { try CheckedSize.roundUp(.max, toMultipleOf: 16) }
    }

    @Test func `Elements of a tensor are counted in bytes that fit`() throws {
        #expect(try CheckedSize.elementCount([2, 3, 4]) == 24)
        #expect(try CheckedSize.elementCount([]) == 1)
        #expect(try CheckedSize.elementCount([.max, 2, 0]) == 0)
        #expect(throws: ConvolutionError.self) { try CheckedSize.elementCount([0, .max, 2]) }
        #expect(throws: ConvolutionError.self) { try CheckedSize.elementCount([.max / 4 + 1]) }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [2, -1])) {
            try CheckedSize.elementCount([2, -1])
        }
    }
}
