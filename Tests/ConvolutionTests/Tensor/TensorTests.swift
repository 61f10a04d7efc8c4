// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import Testing

@Suite struct TensorTests {
    @Test func elementsMustFillTheShape() throws {
        #expect(try Tensor([1, 2, 3, 4], shape: [2, 2])[1, 0] == 3)
        #expect(try Tensor([7], shape: []).elements == [7])
        #expect(try Tensor([], shape: [3, 0]).count == 0)
        for shape in [[3], [2, 3], [], [0], [5]] {
            let error = #expect(throws: ConvolutionError.self) { try Tensor([1, 2, 3, 4], shape: shape) }
            #expect(error?.description.contains("4") == true)
        }
    }

    @Test(arguments: [
        [-1], [2, -3], [Int.max, 2], [1 << 32, 1 << 32], [Int.min, 0], [1 << 62], [Int.max, 0, 3, Int.max],
        [1 << 40, 1 << 15],
    ])
    func shapesThatCannotBeAreErrors(shape: [Int]) {
        #expect(throws: ConvolutionError.self) { try Tensor(shape: shape, repeating: 0) }
        #expect(throws: ConvolutionError.self) { try Tensor.zeros(shape) }
        #expect(throws: ConvolutionError.self) { try Tensor.randn(shape, seed: 1) }
        if shape != [-1] {
            #expect(throws: ConvolutionError.self) { try Tensor.ones([4]).view(shape) }
        }
    }

    @Test func makers() throws {
        #expect(try Tensor.zeros([2, 2]).elements == [0, 0, 0, 0])
        #expect(try Tensor.ones([3]).elements == [1, 1, 1])
        #expect(try Tensor(shape: [2], repeating: -2.5).elements == [-2.5, -2.5])
        #expect(try Tensor.arange(4).elements == [0, 1, 2, 3])
        #expect(try Tensor.arange(2.5).elements == [0, 1, 2])
        #expect(try Tensor.arange(1, 2, step: 0.25).elements == [1, 1.25, 1.5, 1.75])
        #expect(try Tensor.arange(3, 0, step: -1).elements == [3, 2, 1])
        #expect(try Tensor.arange(0, 5, step: -1).shape == [0])
        #expect(try Tensor.arange(-3e38, 3e38, step: -0x1p-126).shape == [0])
    }

    @Test(arguments: [
        (Float(0), Float(1), Float(0)), (0, .infinity, 1), (0, .nan, 1), (0, 1, .nan), (0, 3e38, 0x1p-126),
    ])
    func rangesWithoutAnEndAreErrors(start: Float, end: Float, step: Float) {
        #expect(throws: ConvolutionError.self) { try Tensor.arange(start, end, step: step) }
    }

    @Test func randomTensorsRepeat() throws {
        let tensor = try Tensor.randn([50, 401], seed: 3)
        #expect(try Tensor.randn([50, 401], seed: 3) == tensor)
        #expect(try Tensor.randn([50, 401], seed: 4) != tensor)
        let count = Double(tensor.count)
        let mean = tensor.elements.reduce(0) { $0 + Double($1) } / count
        let variance = tensor.elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        // Six standard deviations of either.
        #expect(abs(mean) < 6 / count.squareRoot())
        #expect(abs(variance - 1) < 6 * (2 / count).squareRoot())
        #expect(tensor.elements.allSatisfy { $0.isFinite })
    }

    @Test func viewsKeepTheElements() throws {
        let tensor = try Tensor.arange(24)
        #expect(try tensor.view([2, 3, 4])[1, 2, 3] == 23)
        #expect(try tensor.view([-1, 6]).shape == [4, 6])
        #expect(try tensor.view([2, -1, 2]).shape == [2, 6, 2])
        #expect(try Tensor.zeros([0]).view([3, 0]).shape == [3, 0])
        #expect(try Tensor.ones([1]).view([]).shape == [])
        for shape in [[5], [-1, 5], [-1, -1], [-2, 12], [-1, 0], [25], []] {
            let error = #expect(throws: ConvolutionError.self) { try tensor.view(shape) }
            #expect(error?.description.contains("24") == true || shape.contains { $0 < -1 } || shape == [-1, -1])
        }
    }

    @Test func copiesDoNotShareWrites() throws {
        let original = try Tensor.arange(6).view([2, 3])
        var copy = original
        copy[1, 2] = -1
        #expect(original[1, 2] == 5)
        #expect(copy[1, 2] == -1)
        var third = copy
        write(9, to: &third)
        #expect(copy[0, 0] == 0)
        #expect(third[0, 0] == 9)
    }

    private func write(_ value: Float, to tensor: inout Tensor) {
        var span = tensor.mutableSpan
        span[0] = value
    }

    @Test func tensorsMayBeReadByManyThreads() throws {
        let tensor = try Tensor.arange(1000)
        let sums = UnsafeMutableBufferPointer<Float>.allocate(capacity: 8)
        defer { sums.deallocate() }
        nonisolated(unsafe) let results = sums
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            var own = tensor
            own[index] = 0
            results[index] = own.elements.reduce(0, +)
        }
        #expect((0..<8).allSatisfy { sums[$0] == 499_500 - Float($0) })
        #expect(tensor[7] == 7)
    }

    @Test(arguments: [1, 3, 15, 16, 17, 1000])
    func elementsAreAligned(count: Int) throws {
        let tensor = try Tensor.zeros([count])
        let address = tensor.span.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        #expect(address % 64 == 0)
    }

    @Test func equalityIsOfShapeAndElements() throws {
        #expect(try Tensor.zeros([2, 3]) != Tensor.zeros([3, 2]))
        #expect(try Tensor([0, -0.0], shape: [2]) == Tensor.zeros([2]))
        let nan = try Tensor([.nan], shape: [1])
        #expect(nan != nan)
    }
}
