// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

extension ListedKernel {
    typealias Transform = @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void

    /// Runs one of the descriptor's transforms on `lanes` columns, to columns of `rows` numbers.
    func transform(
        _ transform: KeyPath<ck_kernel, Transform?>, _ columns: [[Float]], rows: Int
    ) throws -> [[Float]] {
        let function = try #require(descriptor.pointee[keyPath: transform])
        let from = columns[0].indices.flatMap { row in columns.map { $0[row] } }
        var to = [Float](repeating: .nan, count: rows * lanes)
        function(from, &to)
        return (0..<lanes).map { lane in (0..<rows).map { to[$0 * lanes + lane] } }
    }
}
