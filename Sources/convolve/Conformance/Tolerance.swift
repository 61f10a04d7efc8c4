// SPDX-License-Identifier: Apache-2.0

/// How far an output may be from the expected one: |got - expected| <= atol + rtol * |expected|, in each element.
struct Tolerance: Codable, Equatable, Sendable {
    let rtol: Double
    let atol: Double
}

/// An element that is further from what is expected than the tolerance allows.
struct Mismatch: Equatable {
    let offset: Int
    let got: Float
    let expected: Float
    /// How many elements are wrong, this one among them.
    let count: Int

    /// What the element is, what it should be, and how far from that it may be.
    func text(_ tolerance: Tolerance) -> String {
        guard expected.isFinite else { return "is \(name(got)), expected \(name(expected))" }
        let allowed = tolerance.atol + tolerance.rtol * abs(Double(expected))
        return "is \(name(got)), expected \(expected) +- \(short(allowed, digits: 3))"
    }

    /// NaN has a sign that means nothing.
    private func name(_ value: Float) -> String { value.isNaN ? "nan" : "\(value)" }
}

/// Compares outputs element by element.
struct Comparison {
    let tolerance: Tolerance

    /// The wrong element with the largest error, nil if there is none.
    ///
    /// NaN must meet NaN, and an infinity the same infinity.
    func mismatch(_ got: Span<Float>, _ expected: Span<Float>) -> Mismatch? {
        precondition(got.count == expected.count, "\(got.count) elements compared with \(expected.count)")
        var worst = (offset: 0, error: -1.0)
        var count = 0
        for offset in expected.indices {
            let error = excess(got[offset], expected[offset])
            if error <= 0 { continue }
            count += 1
            if error > worst.error { worst = (offset, error) }
        }
        guard count > 0 else { return nil }
        return Mismatch(
            offset: worst.offset, got: got[worst.offset], expected: expected[worst.offset], count: count)
    }

    /// By how much the error is above the tolerance: 0 or less if it is not.
    private func excess(_ got: Float, _ expected: Float) -> Double {
        if expected.isNaN { return got.isNaN ? 0 : .infinity }
        if expected.isInfinite { return got == expected ? 0 : .infinity }
        if !got.isFinite { return .infinity }
        let expected = Double(expected)
        return abs(Double(got) - expected) - (tolerance.atol + tolerance.rtol * abs(expected))
    }
}
