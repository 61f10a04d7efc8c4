// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Convolution

@Suite struct TensorMakingTests {
    @Test(arguments: [[], [0], [5], [2, 3], [1, 0, 4]])
    func `Zeros, ones and a repeated value`(_ shape: [Int]) throws {
        let count = shape.reduce(1, *)
        #expect(try Tensor.zeros(shape).elements == [Float](repeating: 0, count: count))
        #expect(try Tensor.ones(shape).elements == [Float](repeating: 1, count: count))
        let tensor = try Tensor(shape: shape, repeating: -2.5)
        #expect(tensor.elements == [Float](repeating: -2.5, count: count))
        #expect(tensor.shape == shape)
    }

    @Test func `A shape is a list or a number of integers`() throws {
        let n = 3
        #expect(try Tensor.ones(3) == Tensor.ones([3]))
        #expect(try Tensor.ones(n, n - 1) == Tensor.ones([3, 2]))
        #expect(try Tensor.zeros(2, 3) == Tensor.zeros([2, 3]))
        #expect(try Tensor.full(2, 3, value: -1.5) == Tensor.full([2, 3], -1.5))
        #expect(try Tensor.full([2, 3], -1.5) == Tensor(shape: [2, 3], repeating: -1.5))
        #expect(try Tensor.randn(2, 3, seed: 4) == Tensor.randn([2, 3], seed: 4))
        #expect(try Tensor.randn(2, 3).shape == [2, 3])
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [2, -3])) { try Tensor.ones(2, -3) }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [-n])) { try Tensor.zeros(-n) }
        #expect(throws: ConvolutionError.negativeExtent(tensor: "tensor", shape: [-1])) { try Tensor.randn(-1) }
        #expect(throws: ConvolutionError.self) { try Tensor.full(.max, .max, value: 1) }
    }

    // MARK: Ranges

    @Test(
        arguments: [
            (0, 4, 1, [0, 1, 2, 3]), (0, 2.5, 1, [0, 1, 2]), (1, 2, 0.25, [1, 1.25, 1.5, 1.75]),
            (5, 0, -2, [5, 3, 1]), (-1, 1, 1, [-1, 0]), (3, 3, 1, []), (3, 3, -1, []), (0, 1, 5, [0]),
            // The step leads away from the end.
            (0, -3, 1, []), (0, 3, -1, []), (0, 3e38, -1e-3, []), (-3e38, 3e38, -1e-38, []),
        ] as [(Float, Float, Float, [Float])])
    func `A range steps up to the end`(_ start: Float, _ end: Float, _ step: Float, _ expected: [Float]) throws {
        let tensor = try Tensor.arange(start, end, step: step)
        #expect(tensor.elements == expected)
        #expect(tensor.shape == [expected.count])
    }

    @Test func `The elements of a range aren't sums of rounded steps`() throws {
        let tensor = try Tensor.arange(0, 1000, step: 0.1)
        #expect(tensor.count == 10000)
        #expect(tensor[9999] == Float(0.1 * 9999))
    }

    // As in PyTorch: as floats, the third range would have 4 elements and the last 3.
    @Test(
        arguments: [(0, 1, 0.1, 10), (0, 0.3, 0.1, 3), (0, 0.6, 0.2, 3), (1, 2.2, 0.4, 4), (0, 1e18, 1e17, 10)]
            as [(Double, Double, Double, Int)])
    func `A range has as many elements as in double precision`(
        _ start: Double, _ end: Double, _ step: Double, _ count: Int
    ) throws {
        #expect(try Tensor.arange(start, end, step: step).count == count)
    }

    @Test func `The ends of a range are literals or values of any type of number`() throws {
        let (whole, single, double) = (5, Float(5), Double(5))
        let expected: [Float] = [0, 1, 2, 3, 4]
        #expect(try Tensor.arange(5).elements == expected)
        #expect(try Tensor.arange(5.0).elements == expected)
        #expect(try Tensor.arange(whole).elements == expected)
        #expect(try Tensor.arange(single).elements == expected)
        #expect(try Tensor.arange(double).elements == expected)
        #expect(try Tensor.arange(UInt8(5)).elements == expected)
        #expect(try Tensor.arange(0, whole).elements == expected)
        #expect(try Tensor.arange(-whole, 0, step: 2).elements == [-5, -3, -1])
        #expect(try Tensor.arange(0, single, step: 2).elements == [0, 2, 4])
        #expect(try Tensor.arange(0, 1, step: 0.5).elements == [0, 0.5])
    }

    @Test(
        arguments: [
            (0, 1, 0, "step must be nonzero"), (0, 0, 0, "step must be nonzero"), (1, 0, -0.0, "step must be nonzero"),
            (0, 5, .nan, "step must be finite but got nan"), (0, 5, .infinity, "step must be finite but got inf"),
            (0, 5, -.infinity, "step must be finite but got -inf"), (.nan, 1, 1, "unsupported range: nan -> 1.0"),
            (0, .nan, 1, "unsupported range: 0.0 -> nan"), (0, .infinity, 1, "unsupported range: 0.0 -> inf"),
            (-.infinity, 0, 1, "unsupported range: -inf -> 0.0"),
            (.infinity, .infinity, 1, "unsupported range: inf -> inf"),
        ] as [(Double, Double, Double, String)])
    func `A range without an end or with no step to it is refused`(
        _ start: Double, _ end: Double, _ step: Double, _ text: String
    ) throws {
        let error = try #require(
            #expect(throws: ConvolutionError.self) { try Tensor.arange(start, end, step: step) })
        #expect(error.description == "\(text), in arange(\(start), \(end), step: \(step))")
        guard error.code == .unsupportedRange else {
            Issue.record("another error: \(error)")
            return
        }
    }

    @Test(
        arguments: [
            (0, 3e38, 1e-38), (-3e38, 3e38, 1e-45), (0, 3e38, 1), (0, 5, .leastNonzeroMagnitude),
            (-.greatestFiniteMagnitude, .greatestFiniteMagnitude, 1),
        ] as [(Double, Double, Double)])
    func `A range of too many elements is refused`(_ start: Double, _ end: Double, _ step: Double) {
        let error = ConvolutionError.sizeOverflow(
            quantity: "the elements of arange(\(start), \(end), step: \(step))", values: [])
        #expect(throws: error) { try Tensor.arange(start, end, step: step) }
    }

    @Test func `A range that the system has no memory for is refused`() {
        #expect(throws: ConvolutionError.outOfMemory(bytes: 4 * 1_000_000_000_000_000_000)) { try Tensor.arange(1e18) }
    }

    // MARK: Random numbers

    @Test func `SplitMix64 gives the numbers of its authors' program`() {
        var generator = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.indices.map { _ in generator.next() } == expected)
    }

    @Test func `The same seed gives the same bits`() throws {
        let tensor = try Tensor.randn([6], seed: 42)
        // Computed elsewhere from the generator's definition and Box and Muller's formula.
        let expected: [UInt32] = [
            0x3ED4_5626, 0x3F27_161E, 0xBF64_52A8, 0x3FA9_D5AF, 0x3FDD_634E, 0xBFF1_13CD,
        ]
        #expect(tensor.elements.map(\.bitPattern) == expected)
        #expect(try tensor == Tensor.randn([6], seed: 42))
        #expect(try tensor != Tensor.randn([6], seed: 43))
        #expect(try Tensor.randn([2, 3], seed: 42).elements == tensor.elements)
        // An odd count ends in half a pair.
        #expect(try Tensor.randn([5], seed: 42).elements == Array(tensor.elements.prefix(5)))
    }

    @Test func `Without a seed the elements are others each time`() throws {
        #expect(try Tensor.randn([8]) != Tensor.randn([8]))
        #expect(try Tensor.randn([8]).elements.allSatisfy { $0.isFinite })
    }

    @Test func `A generator goes on where the last tensor left it`() throws {
        var generator = SplitMix64(seed: 42)
        let first = try Tensor.randn([2], using: &generator)
        let second = try Tensor.randn([4], using: &generator)
        #expect(try first.elements + second.elements == Tensor.randn([6], seed: 42).elements)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `Normal numbers have the moments of their distribution`(_ seed: UInt64) throws {
        let count = 50_000
        let numbers = try Tensor.randn([count], seed: seed).elements.map(Double.init)
        let root = Double(count).squareRoot()
        func moment(_ power: Double) -> Double { numbers.reduce(0) { $0 + pow($1, power) } / Double(count) }
        // Within five standard errors; E x^2k = (2k - 1)!!, so the variance of x^k is (2k - 1)!! - (E x^k)^2.
        #expect(abs(moment(1)) < 5 * 1 / root)
        #expect(abs(moment(2) - 1) < 5 * 2.0.squareRoot() / root)
        #expect(abs(moment(3)) < 5 * 15.0.squareRoot() / root)
        #expect(abs(moment(4) - 3) < 5 * 96.0.squareRoot() / root)
        // Neighbours, half of which come from the same pair, have nothing to do with each other.
        let product = zip(numbers, numbers.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count - 1)
        #expect(abs(product) < 5 / root)
        #expect(numbers.allSatisfy { $0.isFinite })
    }
}
