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
        // 0.1 as a Float is a little more than a tenth.
        #expect(tensor.count == 10000)
        #expect(tensor[9999] == Float(Double(Float(0.1)) * 9999))
    }

    @Test(
        arguments: [
            (0, 1, 0), (0, 0, 0), (1, 0, -0.0), (.nan, 1, 1), (0, .nan, 1), (0, 1, .nan), (0, .infinity, 1),
            (-.infinity, 0, 1), (.infinity, .infinity, 1), (0, 3e38, 1e-38), (-3e38, 3e38, .leastNonzeroMagnitude),
            (0, 3e38, 1),
        ] as [(Float, Float, Float)])
    func `A range without a number of elements is refused`(_ start: Float, _ end: Float, _ step: Float) {
        let error = ConvolutionError.sizeOverflow(
            quantity: "the elements of arange(\(start), \(end), step: \(step))", values: [])
        #expect(throws: error) { try Tensor.arange(start, end, step: step) }
    }

    @Test func `A range that the system has no memory for is refused`() {
        #expect(throws: ConvolutionError.outOfMemory(bytes: 4 * Int(Float(1e18)))) { try Tensor.arange(1e18) }
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
