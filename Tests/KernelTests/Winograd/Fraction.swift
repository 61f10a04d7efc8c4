// SPDX-License-Identifier: Apache-2.0

/// An exact rational number in lowest terms, the denominator positive. Overflow traps: the matrices are small.
struct Fraction: Equatable {
    let numerator: Int
    let denominator: Int

    init(_ numerator: Int, _ denominator: Int = 1) {
        var (a, b) = (abs(numerator), abs(denominator))
        while b != 0 {
            (a, b) = (b, a % b)
        }
        let sign = denominator < 0 ? -1 : 1
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
    /// The nearest float, up to one rounding more: numerator and denominator are exact in double precision.
    init(_ fraction: Fraction) {
        self = Float(Double(fraction.numerator) / Double(fraction.denominator))
    }
}
