// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// The one-dimensional transforms alone, against the matrices that their points define.
@Suite struct WinogradTransformTests {
    /// The derivation itself: the filter of the matrices is the plain one, exactly.
    @Test(arguments: 3...10, 2...7)
    func theMatricesMakeAFilter(alpha: Int, r: Int) throws {
        guard r < alpha else { return }
        let m = alpha + 1 - r
        let matrices = CookToom(points: try #require(CookToom.points(alpha: alpha)), taps: r)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let input = (0..<alpha).map { _ in Fraction(Int.random(in: -9...9, using: &generator)) }
            let taps = (0..<r).map { _ in Fraction(Int.random(in: -9...9, using: &generator)) }
            let products = zip(
                CookToom.multiply(matrices.input, input), CookToom.multiply(matrices.weights, taps)
            ).map { $0 * $1 }
            let expected = (0..<m).map { k in
                (0..<r).reduce(Fraction.zero) { $0 + taps[$1] * input[k + $1] }
            }
            #expect(CookToom.multiply(matrices.output, products) == expected)
        }
    }

    /// All constants are dyadic: on small integers the transforms are exact in fp32, but for the high powers of 9 and 10
    /// points.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func inputTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = try matrices(kernel)
        try compareExactly(kernel, \.transform_input, matrices.input)
    }

    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func outputTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = try matrices(kernel)
        try compareExactly(kernel, \.transform_output, matrices.output)
    }

    /// The divisors are not dyadic: the result is that of double precision, rounded once.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func weightTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = try matrices(kernel)
        let columns = randomColumns(kernel, rows: kernel.tileTaps)
        let transformed = try kernel.transform(
            \.transform_weights, columns.map { $0.map(Float.init) }, rows: kernel.tileOutputs + kernel.tileTaps - 1)
        for (column, result) in zip(columns, transformed) {
            let expected = CookToom.multiply(matrices.weights, column.map { Fraction($0) }).map { Float($0) }
            for (value, reference) in zip(result, expected) {
                // Where the sum cancels, what is left is the rounding of its terms.
                #expect(abs(value - reference) <= max(reference.ulp, 1e-14))
            }
        }
    }

    private func matrices(_ kernel: ListedKernel) throws -> CookToom {
        let points = CookToom.points(alpha: kernel.tileOutputs + kernel.tileTaps - 1)
        return CookToom(points: try #require(points), taps: kernel.tileTaps)
    }

    private func compareExactly(
        _ kernel: ListedKernel, _ transform: KeyPath<ck_kernel, ListedKernel.Transform?>, _ matrix: [[Fraction]]
    ) throws {
        for _ in 0..<10 {
            let columns = randomColumns(kernel, rows: kernel.tileOutputs + kernel.tileTaps - 1)
            let transformed = try kernel.transform(transform, columns.map { $0.map(Float.init) }, rows: matrix.count)
            let expected = columns.map { column in
                CookToom.multiply(matrix, column.map { Fraction($0) }).map { Float($0) }
            }
            guard kernel.tileOutputs + kernel.tileTaps - 1 > 8 else {
                #expect(transformed == expected)
                continue
            }
            for (column, (result, reference)) in zip(columns, zip(transformed, expected)) {
                for (row, (value, exact)) in zip(matrix, zip(result, reference)) {
                    let terms = zip(row, column).map { abs(Float($0 * Fraction($1))) }
                    #expect(abs(value - exact) <= 8 * terms.reduce(0, +).ulp)
                }
            }
        }
    }

    private func randomColumns(_ kernel: ListedKernel, rows: Int) -> [[Int]] {
        // Few enough bits that sums with the powers of many points stay exact.
        let most = kernel.tileOutputs + kernel.tileTaps - 1 > 6 ? 3 : 15
        return (0..<kernel.lanes).map { _ in (0..<rows).map { _ in Int.random(in: -most...most) } }
    }
}
