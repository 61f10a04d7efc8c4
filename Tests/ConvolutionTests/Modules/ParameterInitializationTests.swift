// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ParameterInitializationTests {
    @Test(arguments: [1, 2, 4])
    func `Weight and bias are uniform within 1 over the root of the fan in`(_ groups: Int) throws {
        let layer = try Conv2d(32, 64, kernelSize: [3, 5], groups: groups, seed: 7)
        let bound = 1 / Double(32 / groups * 3 * 5).squareRoot()
        let weights = layer.weight.elements.map { Double($0) / bound }
        #expect(weights.allSatisfy { abs($0) <= 1 + 1e-6 })
        // A uniform variable on -1..<1 has mean 0, variance 1/3 and a fourth moment of 1/5; the limits are five standard
        // errors.
        let count = Double(weights.count)
        func moment(_ power: Int) -> Double {
            weights.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } } / count
        }
        #expect(abs(moment(1)) < 5 * (1.0 / 3 / count).squareRoot())
        #expect(abs(moment(2) - 1.0 / 3) < 5 * (4.0 / 45 / count).squareRoot())
        #expect(abs(moment(4) - 1.0 / 5) < 5 * ((1.0 / 9 - 1.0 / 25) / count).squareRoot())
        #expect(weights.contains { $0 > 0.99 } && weights.contains { $0 < -0.99 })
        let bias = try #require(layer.bias).elements.map { Double($0) / bound }
        #expect(bias.allSatisfy { abs($0) <= 1 + 1e-6 })
        #expect(bias.contains { $0 > 0.5 } && bias.contains { $0 < -0.5 })
    }

    @Test func `A seed makes the numbers the same, and no seed makes them others`() throws {
        func weight(_ seed: UInt64?) throws -> Tensor { try Conv1d(3, 4, kernelSize: 5, seed: seed).weight }
        #expect(try weight(1) == weight(1))
        #expect(try weight(1) != weight(2))
        #expect(try weight(nil) != weight(nil))
    }

    @Test func `A seed gives the numbers that it has always given`() throws {
        // Computed elsewhere from the generator's definition: the upper 24 bits of each number.
        var state: UInt64 = 7
        func unit() -> Float {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Float((z ^ (z >> 31)) >> 40) * 0x1p-24
        }
        let layer = try Conv1d(4, 3, kernelSize: 4, seed: 7)
        #expect(layer.weight.elements == (0..<48).map { _ in 0.25 * (2 * unit() - 1) })
        #expect(layer.bias?.elements == (0..<3).map { _ in 0.25 * (2 * unit() - 1) })
    }

    @Test func `Without input channels nothing is divided by zero`() throws {
        let layer = try Conv1d(0, 2, kernelSize: 3, seed: 1)
        #expect(layer.weight.shape == [2, 0, 3])
        #expect(layer.bias?.elements == [0, 0])
        #expect(try layer(Tensor([], shape: [1, 0, 4])).elements == [0, 0, 0, 0])
    }
}
