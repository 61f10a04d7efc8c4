// SPDX-License-Identifier: Apache-2.0

/// Numbers that are the same in every run: a test that fails can be run again (SplitMix64: Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators", 2014).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A generator whose numbers follow from the seed.
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

    /// A whole number in `-most...most`, as a float.
    public mutating func integer(upTo most: Int) -> Float {
        Float(Int(truncatingIfNeeded: next() >> 33) % (2 * most + 1) - most)
    }

    /// A float in -1..<1 with all bits of its significand in use.
    public mutating func real() -> Float {
        Float(Int32(truncatingIfNeeded: next() >> 32)) * 0x1p-31
    }
}
