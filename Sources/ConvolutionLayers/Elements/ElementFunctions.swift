// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// What an ElementFunction stands for. A NaN stays one, as in PyTorch.

struct Clamp: VectorFunction {
    let low, high: Float

    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> {
        x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
    }
}

struct LeakyReLU: VectorFunction {
    let slope: Float

    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> {
        (x * slope).replacing(with: x, where: x .>= 0)
    }
}

struct Sigmoid: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> { x.logistic }
}

struct SiLU: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> { x * x.logistic }
}

/// By a polynomial of x^2 up to 0.625, where the other formula cancels (both are those of Cephes' `tanhf`).
struct HyperbolicTangent: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let size = x.magnitude
        let e = (-2 * size).exponentialOfNonPositive
        let far = (1 - e) / (1 + e)
        let z = x * x
        var p = z * -5.704_988_727_45e-3 + 2.063_908_887_954e-2
        p = p * z - 5.373_971_555_31e-2
        p = p * z + 1.333_144_189_61e-1
        p = p * z - 3.333_328_194_22e-1
        let near = p * z * x + x
        return far.replacing(with: -far, where: x .< 0).replacing(with: near, where: size .<= 0.625)
    }
}

struct HardSigmoid: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> { Clamp(low: 0, high: 6)(x + 3) / 6 }
}

struct HardSwish: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> { x * Clamp(low: 0, high: 6)(x + 3) / 6 }
}

/// x Phi(x) by the complementary error function of the C library, which does not cancel where x is negative.
struct GELU: VectorFunction {
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> {
        var y = x
        for lane in 0..<8 { y[lane] = 0.5 * x[lane] * erfcf(x[lane] * -0.707_106_78) }
        return y
    }
}
