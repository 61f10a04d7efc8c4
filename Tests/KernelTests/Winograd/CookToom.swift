// SPDX-License-Identifier: Apache-2.0

/// The matrices of the minimal filter F(m, 3), derived from the interpolation points: Toom and Cook's multiplication of
/// polynomials, transposed.
///
/// A filter of `m` outputs and `3` taps reads alpha = m + 2 inputs and needs alpha - 1 points and the point at infinity.
struct CookToom {
    /// B^T: alpha rows of alpha.
    let input: [[Fraction]]
    /// A^T: m rows of alpha.
    let output: [[Fraction]]
    /// G: alpha rows of 3.
    let weights: [[Fraction]]

    init(points: [Fraction]) {
        let alpha = points.count + 1
        let m = alpha - 2
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
                return powers(point, 3).map { $0 / divisor }
            } + [[.zero, .zero, .one]]
        output = (0..<m).map { row in
            points.map { powers($0, m)[row] } + [row == m - 1 ? .one : .zero]
        }
    }

    /// The points of the kernels for F(m, 3), in the order of the rows of B^T.
    static func points(m: Int) -> [Fraction]? {
        func pairs(_ positive: [Fraction]) -> [Fraction] {
            [.zero] + positive.flatMap { [$0, Fraction.zero - $0] }
        }
        switch m {
        case 2: return pairs([Fraction(1)])
        case 4: return pairs([Fraction(5, 8), Fraction(3, 2)])
        case 6: return pairs([Fraction(1, 2), Fraction(1), Fraction(7, 4)])
        default: return nil
        }
    }

    static func multiply(_ matrix: [[Fraction]], _ vector: [Fraction]) -> [Fraction] {
        matrix.map { row in zip(row, vector).reduce(Fraction.zero) { $0 + $1.0 * $1.1 } }
    }
}
