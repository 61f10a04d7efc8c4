// SPDX-License-Identifier: Apache-2.0

/// The matrices of the minimal filter F(m, r), derived from the interpolation points: Toom and Cook's multiplication of
/// polynomials, transposed.
///
/// A filter of `m` outputs and `r` taps reads alpha = m + r - 1 inputs and needs alpha - 1 points and the point at
/// infinity.
struct CookToom {
    /// B^T: alpha rows of alpha.
    let input: [[Fraction]]
    /// A^T: m rows of alpha.
    let output: [[Fraction]]
    /// G: alpha rows of r.
    let weights: [[Fraction]]

    init(points: [Fraction], taps: Int) {
        let m = points.count + 2 - taps
        // The coefficients, lowest first, of the product of x - a over the points but the one left out.
        func product(leavingOut skipped: Int?) -> [Fraction] {
            var polynomial = [Fraction.one]
            for (index, point) in points.enumerated() where index != skipped {
                var next = [Fraction.zero] + polynomial
                for degree in polynomial.indices {
                    next[degree] = next[degree] - point * polynomial[degree]
                }
                polynomial = next
            }
            return polynomial
        }
        func powers(_ point: Fraction, _ count: Int) -> [Fraction] {
            var powers = [Fraction.one]
            while powers.count < count {
                powers.append(powers[powers.count - 1] * point)
            }
            return powers
        }

        input = points.indices.map { product(leavingOut: $0) + [.zero] } + [product(leavingOut: nil)]
        weights =
            points.enumerated().map { index, point in
                let divisor = points.enumerated().reduce(Fraction.one) { divisor, other in
                    other.offset == index ? divisor : divisor * (point - other.element)
                }
                return powers(point, taps).map { $0 / divisor }
            } + [[Fraction](repeating: .zero, count: taps - 1) + [.one]]
        output = (0..<m).map { row in
            points.map { powers($0, m)[row] } + [row == m - 1 ? .one : .zero]
        }
    }

    /// The points of the kernels with alpha inputs, in the order of the rows of B^T.
    static func points(alpha: Int) -> [Fraction]? {
        func pairs(_ positive: [Fraction]) -> [Fraction] {
            (alpha % 2 == 0 ? [.zero] : []) + positive.flatMap { [$0, Fraction.zero - $0] }
        }
        switch alpha {
        case 3, 4: return pairs([Fraction(1)])
        case 5: return pairs([Fraction(3, 8), Fraction(5, 4)])
        case 6: return pairs([Fraction(5, 8), Fraction(3, 2)])
        case 7: return pairs([Fraction(3, 8), Fraction(7, 8), Fraction(7, 4)])
        case 8: return pairs([Fraction(1, 2), Fraction(1), Fraction(7, 4)])
        case 9: return pairs([Fraction(1, 4), Fraction(11, 16), Fraction(9, 8), Fraction(2)])
        case 10: return pairs([Fraction(1, 2), Fraction(3, 4), Fraction(5, 4), Fraction(2)])
        default: return nil
        }
    }

    static func multiply(_ matrix: [[Fraction]], _ vector: [Fraction]) -> [Fraction] {
        matrix.map { row in zip(row, vector).reduce(Fraction.zero) { $0 + $1.0 * $1.1 } }
    }
}
