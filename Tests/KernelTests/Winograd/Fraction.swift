// SPDX-License-Identifier: Apache-2.0

/// An exact rational number in lowest terms, the denominator positive. Overflow traps: the matrices are small, but the
/// products of ten points are beyond 64 bits.
struct Fraction: Equatable {
    let numerator: Int128
    let denominator: Int128

    init(_ value: Int) {
        self.init(Int128(value), 1)
    }

    init(_ numerator: Int128, _ denominator: Int128) {
        var (a, b) = (abs(numerator), abs(denominator))
        while b != 0 {
            (a, b) = (b, a % b)
        }
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / max(a, 1)
        self.denominator = sign * denominator / max(a, 1)
    }

    static let zero = Fraction(0)
    static let one = Fraction(1)

    static func + (a: Fraction, b: Fraction) -> Fraction {
        Fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
    }
    static func - (a: Fraction, b: Fraction) -> Fraction { a + Fraction(-b.numerator, b.denominator) }
    static func * (a: Fraction, b: Fraction) -> Fraction {
        Fraction(a.numerator * b.numerator, a.denominator * b.denominator)
    }
    static func / (a: Fraction, b: Fraction) -> Fraction {
        Fraction(a.numerator * b.denominator, a.denominator * b.numerator)
    }
}

extension Float {
    /// The nearest float, but for the roundings of double precision.
    init(_ fraction: Fraction) {
        self = Float(Double(fraction.numerator) / Double(fraction.denominator))
    }
}
