// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// The one-dimensional transforms alone, against the matrices that their points define.
@Suite struct WinogradTransformTests {
    /// The derivation itself: the filter of the matrices is the plain one, exactly.
    @Test(arguments: [2, 4, 6])
    func theMatricesMakeAFilter(m: Int) throws {
        let matrices = CookToom(points: try #require(CookToom.points(m: m)))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let input = (0..<m + 2).map { _ in Fraction(Int.random(in: -9...9, using: &generator)) }
            let taps = (0..<3).map { _ in Fraction(Int.random(in: -9...9, using: &generator)) }
            let products = zip(
                CookToom.multiply(matrices.input, input), CookToom.multiply(matrices.weights, taps)
            ).map { $0 * $1 }
            let expected = (0..<m).map { k in
                (0..<3).reduce(Fraction.zero) { $0 + taps[$1] * input[k + $1] }
            }
            #expect(CookToom.multiply(matrices.output, products) == expected)
        }
    }

    /// All constants are dyadic: on small integers the transform is exact in fp32.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func inputTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = CookToom(points: try #require(CookToom.points(m: kernel.winogradTile)))
        try compareExactly(kernel, \.transform_input, matrices.input)
    }

    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func outputTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = CookToom(points: try #require(CookToom.points(m: kernel.winogradTile)))
        try compareExactly(kernel, \.transform_output, matrices.output)
    }

    /// The divisors are not dyadic: the result is that of double precision, rounded once.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD))
    func weightTransformIsItsMatrix(kernel: ListedKernel) throws {
        let matrices = CookToom(points: try #require(CookToom.points(m: kernel.winogradTile)))
        let columns = randomColumns(kernel, rows: 3)
        let transformed = try kernel.transform(
            \.transform_weights, columns.map { $0.map(Float.init) }, rows: kernel.winogradTile + 2)
        for (column, result) in zip(columns, transformed) {
            let expected = CookToom.multiply(matrices.weights, column.map { Fraction($0) }).map { Float($0) }
            for (value, reference) in zip(result, expected) {
                // Where the sum cancels, what is left is the rounding of its terms.
                #expect(abs(value - reference) <= max(reference.ulp, 1e-14))
            }
        }
    }

    private func compareExactly(
        _ kernel: ListedKernel, _ transform: KeyPath<ck_kernel, ListedKernel.Transform?>, _ matrix: [[Fraction]]
    ) throws {
        for _ in 0..<10 {
            let columns = randomColumns(kernel, rows: kernel.winogradTile + 2)
            let transformed = try kernel.transform(transform, columns.map { $0.map(Float.init) }, rows: matrix.count)
            let expected = columns.map { column in
                CookToom.multiply(matrix, column.map { Fraction($0) }).map { Float($0) }
            }
            #expect(transformed == expected)
        }
    }

    private func randomColumns(_ kernel: ListedKernel, rows: Int) -> [[Int]] {
        (0..<kernel.lanes).map { _ in (0..<rows).map { _ in Int.random(in: -15...15) } }
    }
}
