// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct TensorTests {
    // MARK: Elements and shapes

    @Test func `Elements are in row-major order`() throws {
        let tensor = try Tensor([0, 1, 2, 3, 4, 5], shape: [2, 3])
        #expect(tensor.shape == [2, 3])
        #expect(tensor.count == 6)
        #expect(tensor.rank == 2)
        #expect(tensor.elements == [0, 1, 2, 3, 4, 5])
        #expect((0..<2).map { row in (0..<3).map { tensor[row, $0] } } == [[0, 1, 2], [3, 4, 5]])
    }

    @Test func `A scalar has no axes and one element`() throws {
        let tensor = try Tensor([7], shape: [])
        #expect(tensor.rank == 0)
        #expect(tensor.count == 1)
        #expect(tensor[] == 7)
    }

    @Test(arguments: [[0], [2, 0, 3], [0, 0]])
    func `A tensor without elements keeps its shape`(_ shape: [Int]) throws {
        var tensor = try Tensor([], shape: shape)
        #expect(tensor.shape == shape)
        #expect(tensor.count == 0)
        #expect(tensor.elements.isEmpty)
        let count = tensor.span.count
        let mutableCount = tensor.mutableSpan.count
        #expect(count == 0 && mutableCount == 0)
        #expect(try tensor == Tensor.zeros(shape))
        #expect(try tensor != Tensor.zeros([0, 1]))
    }

    @Test(arguments: [(3, [2, 2]), (5, [2, 2]), (0, [1]), (0, []), (2, []), (1, [0]), (1, [3, 0])])
    func `Elements that don't fill the shape are refused`(_ count: Int, _ shape: [Int]) {
        #expect(throws: ConvolutionError.elementCount(count: count, shape: shape)) {
            try Tensor([Float](repeating: 1, count: count), shape: shape)
        }
    }

    @Test(arguments: [[-1], [2, -3], [0, -1], [.min], [-1, .max, .max]])
    func `A negative extent is refused`(_ shape: [Int]) {
        let error = ConvolutionError.negativeExtent(tensor: "tensor", shape: shape)
        #expect(throws: error) { try Tensor([1], shape: shape) }
        #expect(throws: error) { try Tensor.zeros(shape) }
        #expect(throws: error) { try Tensor.ones(shape) }
        #expect(throws: error) { try Tensor.randn(shape, seed: 1) }
        #expect(error.description.contains("\(shape)"))
    }

    // The last of these has no elements, but its strides don't fit.
    @Test(arguments: [[.max, 2], [1 << 32, 1 << 32], [1 << 61], [.max], [1 << 31, 1 << 31, 2], [0, .max, .max]])
    func `A shape whose size overflows is refused`(_ shape: [Int]) {
        let error = ConvolutionError.sizeOverflow(
            quantity: "the number of elements of the tensor", values: shape)
        #expect(throws: error) { try Tensor([1], shape: shape) }
        #expect(throws: error) { try Tensor.zeros(shape) }
        #expect(throws: error) { try Tensor.randn(shape, seed: 1) }
        #expect(error.description.contains("\(shape)"))
    }

    @Test func `Memory that the system doesn't have is refused`() {
        #expect(throws: ConvolutionError.outOfMemory(bytes: 1 << 62)) { try Tensor.zeros([1 << 30, 1 << 30]) }
    }

    @Test(arguments: [[], [0], [1], [3], [17], [2, 3, 5], [1000]])
    func `Storage is aligned to 64 bytes`(_ shape: [Int]) throws {
        var tensor = try Tensor.zeros(shape)
        let shared = tensor
        func misalignment(_ tensor: Tensor) -> UInt {
            tensor.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) % 64 }
        }
        #expect(misalignment(tensor) == 0)
        tensor.withUnsafeMutableBufferPointer { _ in }
        #expect(misalignment(tensor) == 0)
        #expect(misalignment(shared) == 0)
    }

    // MARK: Equality

    @Test func `Tensors are equal by shape and elements`() throws {
        let tensor = try Tensor([1, 2, 3, 4], shape: [2, 2])
        #expect(try tensor == Tensor([1, 2, 3, 4], shape: [2, 2]))
        #expect(try tensor != Tensor([1, 2, 3, 5], shape: [2, 2]))
        #expect(try tensor != Tensor([1, 2, 3, 4], shape: [4]))
        #expect(try tensor != Tensor([1, 2, 3, 4], shape: [2, 2, 1]))
        #expect(try Tensor([0], shape: [1]) == Tensor([-0.0], shape: [1]))
        #expect(try Tensor([.nan], shape: [1]) != Tensor([.nan], shape: [1]))
    }

    // MARK: Views

    @Test(
        arguments: [
            ([6], [6]), ([-1], [6]), ([3, 2], [3, 2]), ([2, -1], [2, 3]), ([-1, 2], [3, 2]), ([1, -1, 1], [1, 6, 1]),
            ([6, -1], [6, 1]),
        ])
    func `A view has the same elements in another shape`(_ shape: [Int], _ expected: [Int]) throws {
        let tensor = try Tensor.arange(6)
        let view = try tensor.view(shape)
        #expect(view.shape == expected)
        #expect(view.elements == tensor.elements)
        let base = tensor.withUnsafeBufferPointer { $0.baseAddress }
        #expect(view.withUnsafeBufferPointer { $0.baseAddress } == base, "a view shares the memory")
    }

    @Test func `A view's shape is a list or a number of integers`() throws {
        let tensor = try Tensor.arange(6)
        let rows = 2
        #expect(try tensor.view(1, 1, 6) == tensor.view([1, 1, 6]))
        #expect(try tensor.view(rows, -1).shape == [2, 3])
        #expect(try tensor.reshape(3, 2) == tensor.view([3, 2]))
        #expect(try tensor.reshape([-1, rows]).shape == [3, 2])
        #expect(try tensor.view(-1) == tensor)
        let error = ConvolutionError.elementCount(count: 6, shape: [4, -1])
        #expect(throws: error) { try tensor.view(4, -1) }
        #expect(throws: error) { try tensor.reshape(4, -1) }
        #expect(throws: error) { try tensor.reshape([4, -1]) }
    }

    @Test func `A view of one or no elements`() throws {
        #expect(try Tensor([7], shape: [1, 1]).view([]).shape == [])
        #expect(try Tensor([7], shape: []).view([-1]).shape == [1])
        #expect(try Tensor.zeros([2, 0]).view([0, 5]).shape == [0, 5])
        #expect(try Tensor.zeros([2, 0]).view([-1, 5]).shape == [0, 5])
    }

    @Test(arguments: [[5], [7], [], [0], [4, -1], [-1, 0], [0, -1], [-1, 7], [2, 2]])
    func `A view of another number of elements is refused`(_ shape: [Int]) throws {
        let tensor = try Tensor.arange(6)
        let error = ConvolutionError.elementCount(count: 6, shape: shape)
        #expect(throws: error) { try tensor.view(shape) }
        #expect(error.description == "shape '\(shape)' is invalid for input of size 6")
    }

    @Test func `The free extent of a view without elements is refused if it could be any`() throws {
        let tensor = try Tensor.zeros([0])
        #expect(throws: ConvolutionError.elementCount(count: 0, shape: [-1, 0])) { try tensor.view([-1, 0]) }
    }

    @Test(arguments: [[-1, -1], [-2, -3], [2, -1, -1], [-6], [-1, -6]])
    func `A view has at most one free extent and no negative one`(_ shape: [Int]) throws {
        let tensor = try Tensor.arange(6)
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: shape)) { try tensor.view(shape) }
    }

    @Test(arguments: [[.max, 2], [.max, -1, 2], [1 << 32, 1 << 32]])
    func `A view whose size overflows is refused`(_ shape: [Int]) throws {
        let tensor = try Tensor.arange(6)
        let error = ConvolutionError.sizeOverflow(quantity: "the number of elements of the tensor", values: shape)
        #expect(throws: error) { try tensor.view(shape) }
    }
}
