// SPDX-License-Identifier: Apache-2.0

import Convolution

extension Tensor {
    /// Small whole numbers, -3...3, the same for each seed: their sums are exact in any order.
    public static func integers(_ shape: [Int], seed: UInt64) throws -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return try Tensor((0..<shape.reduce(1, *)).map { _ in generator.integer(upTo: 3) }, shape: shape)
    }

    /// Numbers in -1..<1 with all bits of their significands in use, the same for each seed.
    public static func reals(_ shape: [Int], seed: UInt64) throws -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return try Tensor((0..<shape.reduce(1, *)).map { _ in generator.real() }, shape: shape)
    }
}
