// SPDX-License-Identifier: Apache-2.0

/// What becomes of the elements of a window.
protocol PoolingReduction {
    /// What changes nothing: the value of padding, and of a window without elements.
    static var identity: Float { get }
    /// Whether the result is divided by the number of elements.
    static var isDivided: Bool { get }
    static func combined(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> SIMD8<Float>
    static func combined(_ left: Float, _ right: Float) -> Float
}

enum Sum: PoolingReduction {
    static var identity: Float { 0 }
    static var isDivided: Bool { true }

    @inline(__always)
    static func combined(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> SIMD8<Float> { left + right }

    @inline(__always)
    static func combined(_ left: Float, _ right: Float) -> Float { left + right }
}

/// The largest, or NaN if there is one, as in PyTorch.
enum Maximum: PoolingReduction {
    static var identity: Float { -.infinity }
    static var isDivided: Bool { false }

    @inline(__always)
    static func combined(_ left: SIMD8<Float>, _ right: SIMD8<Float>) -> SIMD8<Float> {
        // One instruction, which keeps a NaN of the left; a NaN of the right sets all bits, which is one too.
        let larger = left.replacing(with: right, where: right .> left)
        let isNaN = unsafeBitCast(right .!= right, to: SIMD8<UInt32>.self)
        return unsafeBitCast(unsafeBitCast(larger, to: SIMD8<UInt32>.self) | isNaN, to: SIMD8<Float>.self)
    }

    @inline(__always)
    static func combined(_ left: Float, _ right: Float) -> Float { right > left || right.isNaN ? right : left }
}
