// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The comparison itself: what it must not let pass.
@Suite struct ConformanceComparisonTests {
    private func passes(_ got: Float, _ expected: Float) throws -> Bool {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let row = """
            {"id": "row", "op": "conv1d", "stride": [1], "dilation": [1], "groups": 1, "padding_mode": "zeros",
             "has_bias": false, "expected": "ok", "output_shape": [1, 1, 1], "tol": {"rtol": 0.01, "atol": 0.5},
             "file": "row.safetensors", "padding": [0]}
            """
        let conformanceCase = try decoder.decode(ConformanceCase.self, from: Data(row.utf8))
        return conformanceCase.mismatch(got: [got], expected: [expected]) == nil
    }

    @Test func `An element may be off by the absolute and the relative tolerance together`() throws {
        #expect(try passes(101.25, 100))
        #expect(try !passes(101.75, 100))
        #expect(try passes(-98.75, -100))
        #expect(try !passes(-98.25, -100))
    }

    @Test func `NaN meets NaN and an infinity the same infinity`() throws {
        #expect(try passes(.nan, .nan))
        #expect(try passes(.infinity, .infinity))
        #expect(try !passes(.infinity, -.infinity))
        #expect(try !passes(.nan, .infinity))
        #expect(try !passes(1, .nan))
        #expect(try !passes(.nan, 1))
        #expect(try !passes(.infinity, 1))
    }
}
