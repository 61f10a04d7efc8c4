// SPDX-License-Identifier: Apache-2.0

/// A function of elements, eight at a time. The elements at the end of a tensor are computed as all others, so that the
/// bits of an answer do not depend on where an element lies.
protocol VectorFunction {
    /// The function of each lane.
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float>
}

extension VectorFunction {
    /// Computes `count` elements; `output` may be `input`.
    func apply(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int) {
        var index = 0
        while index + 8 <= count {
            Vector.store(self(Vector.load(input + index)), output + index)
            index += 8
        }
        guard index < count else { return }
        var last = SIMD8<Float>.zero
        for lane in 0..<(count - index) { last[lane] = input[index + lane] }
        last = self(last)
        for lane in 0..<(count - index) { output[index + lane] = last[lane] }
    }
}

/// Eight floats in memory, at any address.
enum Vector {
    @inline(__always)
    static func load(_ address: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(address).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    static func store(_ value: SIMD8<Float>, _ address: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(address).storeBytes(of: value, as: SIMD8<Float>.self)
    }
}

extension SIMD8<Float> {
    /// exp(x) of x <= 0 to a relative 2e-7; 0 below -87.3, where the numbers that are left are denormal. A NaN stays one.
    ///
    /// x = n ln 2 + r with |r| <= ln 2 / 2, and exp(x) = 2^n exp(r), exp(r) by the polynomial of Cephes' `expf`.
    @inline(__always)
    var exponentialOfNonPositive: SIMD8<Float> {
        let smallest: Float = -87.3
        let x = replacing(with: smallest, where: self .< smallest)
        // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
        let shift = SIMD8<Float>(repeating: 12_582_912)
        let shifted = x * 1.442_695_04 + shift
        let n = shifted - shift
        let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
        var p = r * 1.987_569_15e-4 + 1.398_199_950_7e-3
        p = p * r + 8.333_451_907_3e-3
        p = p * r + 4.166_579_589_4e-2
        p = p * r + 1.666_666_545_9e-1
        p = p * r + 0.5
        p = p * r * r + r + 1
        let bits =
            SIMD8<UInt32>(
                truncatingIfNeeded: unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
                    &- unsafeBitCast(
                        shift, to: SIMD8<UInt32>.self) &+ 127) &<< 23
        let power = unsafeBitCast(bits, to: SIMD8<Float>.self)
        return (p * power).replacing(with: 0, where: self .< smallest).replacing(with: self, where: self .!= self)
    }

    /// |x|
    @inline(__always)
    var magnitude: SIMD8<Float> {
        unsafeBitCast(unsafeBitCast(self, to: SIMD8<UInt32>.self) & 0x7fff_ffff, to: SIMD8<Float>.self)
    }

    /// 1 / (1 + exp(-x)) from the exponential of -|x|, which never overflows.
    @inline(__always)
    var logistic: SIMD8<Float> {
        let e = (-magnitude).exponentialOfNonPositive
        let one = SIMD8<Float>(repeating: 1)
        return e.replacing(with: one, where: self .>= 0) / (one + e)
    }
}
