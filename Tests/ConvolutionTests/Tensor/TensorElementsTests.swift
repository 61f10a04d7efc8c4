// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Convolution

/// Tensors of elements that are there already, in whatever holds them.
@Suite struct TensorElementsTests {
    private let elements: [Float] = [1, -2, 3.5, .infinity, -0.0, 6]

    @Test func `Elements come from any collection`() throws {
        let expected = try Tensor(elements, shape: [2, 3])
        #expect(expected.elements == elements)
        let long = [0] + elements + [0]
        #expect(try Tensor(long[1..<7], shape: [2, 3]) == expected)
        #expect(try Tensor(ContiguousArray(elements), shape: [2, 3]) == expected)
        #expect(try Tensor(elements.lazy.map { $0 }, shape: [2, 3]) == expected)
        #expect(try Tensor(elements.reversed().reversed(), shape: [2, 3]) == expected)
        #expect(try Tensor(repeatElement(7, count: 3), shape: [3]).elements == [7, 7, 7])
        #expect(try Tensor(CollectionOfOne(7), shape: []).elements == [7])
        #expect(try Tensor(EmptyCollection(), shape: [2, 0]).shape == [2, 0])
    }

    @Test func `Elements come from a span`() throws {
        #expect(try Tensor(elements.span, shape: [6]).elements == elements)
        let tensor = try Tensor.arange(12).view(3, 4)
        #expect(try Tensor(tensor.span.extracting(4..<8), shape: [4]).elements == [4, 5, 6, 7])
        #expect(try Tensor(tensor.span.extracting(first: 0), shape: [0, 2]).shape == [0, 2])
    }

    @Test func `Elements that don't fill the shape are refused, whatever holds them`() {
        let error = ConvolutionError.elementCount(count: 6, shape: [2, 2])
        #expect(throws: error) { try Tensor(elements, shape: [2, 2]) }
        #expect(throws: error) { try Tensor(elements[...], shape: [2, 2]) }
        #expect(throws: error) { try Tensor(elements.lazy.map { $0 }, shape: [2, 2]) }
        #expect(throws: error) { try Tensor(elements.span, shape: [2, 2]) }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [-6])) {
            try Tensor(elements[...], shape: [-6])
        }
    }

    @Test func `Elements come from bytes, aligned or not`() throws {
        let bytes = elements.withUnsafeBytes { Array($0) }
        let expected = try Tensor(elements, shape: [2, 3])
        #expect(try Tensor(bytes: Data(bytes), shape: [2, 3]) == expected)
        #expect(try Tensor(bytes: bytes, shape: [2, 3]) == expected)
        #expect(try Tensor(bytes: elements.span.bytes, shape: [2, 3]) == expected)
        for offset in 1...5 {
            let shifted = [UInt8](repeating: 0, count: offset) + bytes
            #expect(try Tensor(bytes: shifted[offset...], shape: [2, 3]) == expected)
            #expect(try Tensor(bytes: Data(shifted)[offset...], shape: [2, 3]) == expected)
        }
        #expect(try Tensor(bytes: elements.withUnsafeBytes { Data($0) }.lazy.map { $0 }, shape: [2, 3]) == expected)
        #expect(try Tensor(bytes: Data(), shape: [0]).count == 0)
    }

    @Test(arguments: [0, 1, 23, 25, 28])
    func `Another number of bytes than the shape takes is refused`(_ count: Int) {
        let error = ConvolutionError.byteCount(expected: 24, got: count, shape: [2, 3])
        #expect(throws: error) { try Tensor(bytes: Data(count: count), shape: [2, 3]) }
        #expect(throws: error) { try Tensor(bytes: [UInt8](repeating: 0, count: count).span.bytes, shape: [2, 3]) }
        #expect(error.description == "Expected 24 bytes for a tensor of shape [2, 3], but got \(count) bytes")
    }

    @Test func `Bytes for an illegal shape are refused`() {
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [-1])) {
            try Tensor(bytes: Data(), shape: [-1])
        }
        #expect(throws: ConvolutionError.self) { try Tensor(bytes: Data(), shape: [.max, .max]) }
    }

    // MARK: In place

    @Test func `Elements are written where they will lie`() throws {
        let tensor = try Tensor(shape: [2, 3]) { span in
            for element in elements { span.append(element) }
        }
        #expect(try tensor == Tensor(elements, shape: [2, 3]))
        #expect(try Tensor(shape: [0]) { _ in }.count == 0)
        #expect(try Tensor(shape: []) { $0.append(3) }.elements == [3])
    }

    @Test func `A tensor of which elements were left out is refused`() {
        #expect(throws: ConvolutionError.elementCount(count: 1, shape: [2, 3])) {
            try Tensor(shape: [2, 3]) { $0.append(1) }
        }
        #expect(throws: ConvolutionError.elementCount(count: 0, shape: [1])) { try Tensor(shape: [1]) { _ in } }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [-1])) {
            try Tensor(shape: [-1]) { _ in }
        }
    }

    @Test func `An error of whoever writes the elements is passed on`() {
        #expect(throws: ConvolutionError.nonPositiveGroups(0)) {
            try Tensor(shape: [2]) { span throws(ConvolutionError) in
                span.append(1)
                throw .nonPositiveGroups(0)
            }
        }
    }
}
