// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import ConvolveCommands

@Suite struct ConformanceTests {
    private func comparison(atol: Double = 0.01, rtol: Double = 0.001) -> Comparison {
        Comparison(tolerance: Tolerance(rtol: rtol, atol: atol))
    }

    @Test func toleranceIsAbsolutePlusRelative() {
        let expected: [Float] = [0, 100, -100, 0, 0, 0, 0, 0]
        #expect(comparison().mismatch([0.009, 100.1, -100.1, 0, 0, 0, 0, 0], expected) == nil)
        let wrong = comparison().mismatch([0.011, 100.2, -100, 0, 0, 0, 0, 0], expected)
        #expect(wrong == Mismatch(offset: 1, got: 100.2, expected: 100, count: 2))
    }

    @Test func mismatchesSayWhatIsAllowed() {
        let tolerance = Tolerance(rtol: 0.001, atol: 0.01)
        let mismatch = Mismatch(offset: 1, got: 100.2, expected: 100, count: 2)
        #expect(mismatch.text(tolerance) == "is 100.2, expected 100.0 +- 0.11")
        let infinite = Mismatch(offset: 1, got: -.nan, expected: .infinity, count: 1)
        #expect(infinite.text(tolerance) == "is nan, expected inf")
    }

    @Test func nonFiniteMeetsTheSame() {
        let zeros = [Float](repeating: 0, count: 6)
        #expect(comparison().mismatch([.nan, .infinity] + zeros, [.nan, .infinity] + zeros) == nil)
        #expect(comparison().mismatch([.infinity, 0] + zeros, [.nan, 0] + zeros)?.offset == 0)
        #expect(comparison().mismatch([-.infinity, 0] + zeros, [.infinity, 0] + zeros)?.offset == 0)
        #expect(comparison().mismatch([.nan, 0] + zeros, [0, 0] + zeros)?.offset == 0)
        #expect(comparison().mismatch([0, 0] + zeros, [.nan, 0] + zeros)?.offset == 0)
    }

    @Test func manifestIsDecoded() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "manifest.json",
            """
            [{"id": "a", "source": "sweep", "op": "conv2d", "unbatched": false, "has_bias": true,
              "input_shape": [1, 2, 4, 3], "weight_shape": [2, 2, 1, 3], "bias_shape": [2], "stride": [1, 2],
              "dilation": [1, 1], "groups": 1, "padding": [0, 0], "pads": [1, 0, 2, 3], "padding_mode": "zeros",
              "expected": "ok", "output_shape": [1, 2, 4, 1], "tol": {"rtol": 1e-05, "atol": 2e-06},
              "nonfinite": true, "torch_fp32_error": 1e-7, "file": "a.safetensors"},
             {"id": "b", "op": "conv1d", "has_bias": false, "input_shape": [1, 1, 4], "weight_shape": [1, 2],
              "bias_shape": null, "stride": [1], "dilation": [1], "groups": 0, "padding": "same",
              "padding_mode": "zeros", "expected": "error", "error_type": "RuntimeError", "error_text": "no",
              "file": "b.safetensors"}]
            """)
        let manifest = try Manifest(contentsOf: path)
        let first = manifest.cases[0]
        #expect(
            first.geometry == Geometry(stride: [1, 2], padding: .pairs([1, 0, 2, 3]), dilation: [1, 1], groups: 1))
        #expect(first.tol == Tolerance(rtol: 1e-5, atol: 2e-6))
        #expect(manifest.cases[1].expected == .error)
        #expect(manifest.cases[1].padding == .same)
        #expect(manifest.path(of: "a.safetensors") == folder.path + "/a.safetensors")
        #expect(try manifest.selected(["b"]).map(\.id) == ["b"])
        #expect(try manifest.selected(nil).count == 2)
        #expect(throws: Failure.badData("no case 'c' among the 2 of the manifest")) { try manifest.selected(["c"]) }
    }

    @Test(arguments: ["", "{}", "[{}]", "[", "[{\"id\": 3}]"])
    func malformedManifestIsBadData(text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("manifest.json", text)
        let failure = #expect(throws: Failure.self) { try Manifest(contentsOf: path) }
        #expect(failure?.status == .badData)
        #expect(failure?.message?.contains(path) == true)
    }

    @Test func talliesCountAndNameWhatIsSkipped() {
        var tally = CaseTally()
        for outcome: CaseOutcome in [.passed, .skipped("conv4d"), .failed("x"), .passed, .skipped("conv4d")] {
            tally.add(outcome)
        }
        #expect(tally.summary == "2 passed, 1 failed, 2 skipped")
        #expect(tally.reasons.map(\.reason) == ["conv4d"])
        #expect(tally.reasons.map(\.count) == [2])
    }

    @Test func offsetsAndIndicesAreInverse() {
        let shape = [2, 3, 4]
        for position in 0..<24 {
            #expect(offset(of: index(of: position, in: shape), in: shape) == position)
        }
        #expect(index(of: 23, in: shape) == [1, 2, 3])
    }
}

extension Comparison {
    fileprivate func mismatch(_ got: [Float], _ expected: [Float]) -> Mismatch? {
        mismatch(got.span, expected.span)
    }
}
