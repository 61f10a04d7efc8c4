// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Tensor {
    /// Normally distributed with mean 0 and variance 1.
    ///
    /// - Parameters:
    ///   - shape: The extent of each axis.
    ///   - seed: The same seed gives the same elements everywhere, though not PyTorch's; without one they are others each
    ///     time.
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large.
    public static func randn(_ shape: [Int], seed: UInt64? = nil) throws(ConvolutionError) -> Tensor {
        var generator = SplitMix64(seed)
        return try randn(shape, using: &generator)
    }

    /// Normally distributed with mean 0 and variance 1: `Tensor.randn(2, 3, seed: 1)`.
    public static func randn(_ extents: Int..., seed: UInt64? = nil) throws(ConvolutionError) -> Tensor {
        try randn(extents, seed: seed)
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

    /// Uniform in `-bound..<bound`.
    ///
    /// PyTorch draws the weight of a convolution by `kaiming_uniform_(a: sqrt(5))` and its bias by `uniform_`; with
    /// bound 1 / sqrt(fan in), both are this. The distribution is PyTorch's, the numbers drawn from a seed are not.
    static func uniform(
        _ shape: [Int], bound: Float, using generator: inout SplitMix64
    ) throws(ConvolutionError) -> Tensor {
        let tensor = try Tensor(uninitializedShape: shape)
        // A pointer, a loop and operations that are expanded in debug builds as well: there the 2.4 million weights of 512 x
        // 512 channels take 26 ms, and 3 ms in release.
        let (elements, count) = (tensor.storage.base, tensor.count)
        var index = 0
        while index < count {
            // 24 bits are a float's precision: each of these numbers in 0..<1 is exact.
            elements[index] = bound * (2 * (Float(Int64(bitPattern: generator.next() &>> 40)) * 0x1p-24) - 1)
            index &+= 1
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

    /// A generator with a seed, or else with one of the system's random numbers: to ask the system for each number takes a
    /// system call each.
    init(_ seed: UInt64?) {
        var system = SystemRandomNumberGenerator()
        self.init(seed: seed ?? system.next())
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }
}
