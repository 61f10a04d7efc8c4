// SPDX-License-Identifier: Apache-2.0

@testable import ConvolveCommands

/// Results as a run might give them, the same in every test.
enum Canned {
    static func layer(_ name: String, count: Int = 1) -> Layer {
        Layer(
            name: name, op: nil, rank: 2, n: 1, c: 1, size: [8, 8], k: 1, kernel: [3, 3], stride: [1, 1],
            padding: .same,
            dilation: [1, 1], groups: 1, outputPadding: nil, count: count)
    }

    static func row(
        _ layer: String, _ algorithm: String, _ ms: Double, threads: Int = 1, spread: Double = 1, repetitions: Int = 5,
        chosen: Bool = false, count: Int = 1
    ) -> BenchRow {
        BenchRow(
            layer: layer, algorithm: algorithm, resolved: algorithm, isa: "avx512", executor: "dispatch",
            threads: threads, minMs: ms, medianMs: ms, spread: spread, repetitions: repetitions, gflops: 100 / ms,
            peakFraction: 0.5 / ms, maxError: 1.5e-6, workspaceBytes: 1024, count: count, isAutomaticChoice: chosen)
    }

    static let machine = BenchMachine(
        peaks: ["scalar", "avx2", "avx512"].map { MachineRecord.Peak(isa: $0, gflops: 12345.6) },
        bandwidths: [BenchMachine.Bandwidth(threads: 128, gigabytes: 12345.6)])

    /// im2col takes 4 ms, gemm 2 ms with scatter, winograd4, the pick, half a millisecond.
    static func result(_ name: String = "net.conv", count: Int = 1) -> LayerResult {
        LayerResult(
            layer: layer(name, count: count),
            rows: [
                row(name, "im2col", 4, count: count), row(name, "gemm", 2, spread: 1.3, count: count),
                row(name, "winograd4", 0.5, chosen: true, count: count),
            ])
    }

    /// A result with everything in it that can be measured, and with columns as wide as they get.
    static func widest(_ name: String) -> LayerResult {
        var rows = ["reference", "winograd4"].map { algorithm in
            row(name, algorithm, 123_456.7, threads: 128, spread: 2, chosen: algorithm == "reference", count: 1000)
        }
        rows.append(row(name, "fft", 99_999, threads: 128, count: 1000))
        for index in rows.indices {
            rows[index].intensity = 12_345.6
            rows[index].bandwidth = 12_345.6
            rows[index].attainableGflops = 123_456.7
            rows[index].planMs = 123_456.7
            rows[index].firstRunMs = 123_456.7
            rows[index].functionalMs = 9_123_456.7
        }
        return LayerResult(layer: layer(name, count: 1000), rows: rows)
    }
}
