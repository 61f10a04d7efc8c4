// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// A tensor is a value: a change of one copy is seen in no other.
@Suite struct TensorCopyTests {
    @Test func `An element that is set changes one copy`() throws {
        let original = try Tensor.arange(6).view([2, 3])
        var copy = original
        copy[1, 0] = -1
        copy[0, 2] += 10
        #expect(copy.elements == [0, 1, 12, -1, 4, 5])
        #expect(original.elements == [0, 1, 2, 3, 4, 5])
    }

    @Test func `A view and its tensor are copies of each other`() throws {
        var tensor = try Tensor.arange(4)
        var view = try tensor.view([2, 2])
        view[0, 0] = 7
        tensor[3] = 9
        #expect(view.elements == [7, 1, 2, 3])
        #expect(tensor.elements == [0, 1, 2, 9])
    }

    @Test func `A span shows the elements in place`() throws {
        let tensor = try Tensor.arange(5)
        let span = tensor.span
        let sum = span.indices.reduce(Float(0)) { $0 + span[$1] }
        let address = span.withUnsafeBufferPointer { $0.baseAddress }
        #expect(sum == 10)
        #expect(address == tensor.withUnsafeBufferPointer { $0.baseAddress })
    }

    @Test func `A mutable span changes one copy`() throws {
        var tensor = try Tensor.arange(3)
        let copy = tensor
        var span = tensor.mutableSpan
        span[1] = 8
        #expect(tensor.elements == [0, 8, 2])
        #expect(copy.elements == [0, 1, 2])
    }

    @Test func `A mutable span of the first elements changes one copy`() throws {
        var tensor = try Tensor.arange(4)
        let copy = tensor
        var span = tensor.mutableSpan(first: 2)
        let count = span.count
        span[1] = 8
        #expect(count == 2)
        #expect(tensor.elements == [0, 8, 2, 3])
        #expect(copy.elements == [0, 1, 2, 3])
    }

    @Test func `A tensor that shares with none is changed in place`() throws {
        var tensor = try Tensor.arange(3)
        let before = tensor.withUnsafeBufferPointer { $0.baseAddress }
        tensor[0] = 4
        var span = tensor.mutableSpan
        span[1] = 5
        tensor.withUnsafeMutableBufferPointer { $0[2] = 6 }
        #expect(tensor.withUnsafeBufferPointer { $0.baseAddress } == before)
        #expect(tensor.elements == [4, 5, 6])
    }

    @Test func `The copy of elements is a copy`() throws {
        let tensor = try Tensor.arange(3)
        var elements = tensor.elements
        elements[0] = 5
        #expect(tensor[0] == 0)
    }

    @Test func `Copies that are changed at once in many threads are each their own`() async throws {
        let original = try Tensor.arange(1000)
        let intact = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<64 {
                group.addTask {
                    var copy = original
                    for index in stride(from: task % 7, to: copy.count, by: 7) {
                        copy[index] = -Float(task) - 1
                    }
                    return copy.elements.enumerated().allSatisfy { index, element in
                        element == (index % 7 == task % 7 ? -Float(task) - 1 : Float(index))
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(intact == 64)
        #expect(try original == Tensor.arange(1000))
    }
}
