// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// A Winograd kernel of the list that this processor can run.
struct WinogradKernel: Sendable, CustomTestStringConvertible {
    // A constant of the C library.
    nonisolated(unsafe) let descriptor: UnsafePointer<ck_kernel>

    var m: Int { descriptor.pointee.winograd_tile }
    var alpha: Int { m + 2 }
    var lanes: Int { descriptor.pointee.lanes }
    var tileChannels: Int { descriptor.pointee.tile_channels }
    var testDescription: String { String(cString: descriptor.pointee.name) }

    static var runnable: [WinogradKernel] {
        var count = 0
        let list = ck_kernel_list(&count)
        let isas = ck_cpu_isas()
        return (0..<count).compactMap { index in
            guard let kernel = list?[index], kernel.pointee.algorithm == CK_WINOGRAD,
                isas & (1 << UInt32(kernel.pointee.isa.rawValue)) != 0
            else { return nil }
            return WinogradKernel(descriptor: kernel)
        }
    }

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

    // The sizes of ck_kernels.h.

    func packedCount(_ geometry: ck_geometry) -> Int {
        roundUp(geometry.out_channels, tileChannels) * alpha * alpha * geometry.channels
    }

    func preparedCount(_ geometry: ck_geometry, tiles: Int) -> Int {
        alpha * alpha * (tiles * roundUp(geometry.channels, 16) + 16)
    }

    func scratchCount(tiles: Int) -> Int {
        let most = min(tiles, descriptor.pointee.winograd_tiles)
        return max(
            alpha * alpha * (roundUp(most * tileChannels, 16) + 16) + 48 * m * lanes,
            alpha * (115 + 2 * lanes) * lanes)
    }

    private func roundUp(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
}
