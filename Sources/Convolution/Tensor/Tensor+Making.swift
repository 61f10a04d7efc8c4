// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Tensor {
    /// All zeros.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large, as all makers here do.
    public static func zeros(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        try Tensor(shape: shape, repeating: 0)
    }

    /// All ones.
    public static func ones(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        try Tensor(shape: shape, repeating: 1)
    }

    /// 0, 1, ... up to and without `end`, of shape (count).
    public static func arange(_ end: Float) throws(ConvolutionError) -> Tensor {
        try arange(0, end)
    }

    /// `start`, `start + step`, ... up to and without `end`, of shape (count). Empty if `step` leads away from `end`.
    public static func arange(_ start: Float, _ end: Float, step: Float = 1) throws(ConvolutionError) -> Tensor {
        let steps = ((Double(end) - Double(start)) / Double(step)).rounded(.up)
        guard steps.isFinite, steps < 0x1p60 else {
            throw .sizeOverflow(quantity: "the elements of arange(\(start), \(end), step: \(step))", values: [])
        }
        // Negative, and possibly far below any Int, if the step leads away from the end.
        var tensor = try Tensor(uninitializedShape: [Int(max(0, steps))])
        tensor.withUnsafeMutableBufferPointer { elements in
            for index in elements.indices {
                elements[index] = Float(Double(start) + Double(index) * Double(step))
            }
        }
        return tensor
    }

    /// Normally distributed with mean 0 and variance 1. The same seed gives the same elements everywhere, though not
    /// PyTorch's.
    public static func randn(_ shape: [Int], seed: UInt64) throws(ConvolutionError) -> Tensor {
        var generator = SplitMix64(seed: seed)
        return try randn(shape, using: &generator)
    }

    /// Normally distributed with mean 0 and variance 1, by the transform of Box and Muller (1958).
    public static func randn(
        _ shape: [Int], using generator: inout some RandomNumberGenerator
    ) throws(ConvolutionError) -> Tensor {
        var tensor = try Tensor(uninitializedShape: shape)
        tensor.withUnsafeMutableBufferPointer { elements in
            var index = 0
            while index < elements.count {
                // In 0 < u <= 1, so that the logarithm is finite.
                let u = (Double(generator.next() >> 11) + 1) * 0x1p-53
                let angle = Double(generator.next() >> 11) * 0x1p-53 * 2 * Double.pi
                let radius = (-2 * log(u)).squareRoot()
                elements[index] = Float(radius * cos(angle))
                if index + 1 < elements.count {
                    elements[index + 1] = Float(radius * sin(angle))
                }
                index += 2
            }
        }
        return tensor
    }
}

/// A small, fast generator with a seed: SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014, figure 17). For initial weights and test data, not for secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator whose numbers are determined by `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
