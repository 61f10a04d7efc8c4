// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import convolve

@Suite struct BenchReportTests {
    private func layer(_ name: String, count: Int = 1) -> Layer {
        Layer(
            name: name, rank: 2, n: 1, c: 1, size: [8, 8], k: 1, kernel: [3, 3], stride: [1, 1], padding: .same,
            dilation: [1, 1], groups: 1, count: count)
    }

    private func row(
        _ layer: String, _ algorithm: String, _ ms: Double, threads: Int = 1, spread: Double = 1, chosen: Bool = false,
        count: Int = 1
    ) -> BenchRow {
        BenchRow(
            layer: layer, algorithm: algorithm, resolved: algorithm, isa: "avx512", executor: "dispatch",
            threads: threads, minMs: ms, medianMs: ms, spread: spread, repetitions: 5, gflops: 100 / ms,
            peakFraction: 0.5 / ms, maxError: 1.5e-6, workspaceBytes: 1024, count: count, isAutomaticChoice: chosen)
    }

    private func result(_ name: String = "net.conv", count: Int = 1) -> LayerResult {
        LayerResult(
            layer: layer(name, count: count),
            rows: [
                row(name, "im2col", 4, count: count), row(name, "gemm", 2, spread: 1.3, count: count),
                row(name, "winograd4", 0.5, chosen: true, count: count),
            ])
    }

    @Test func fastestAndSpeedAreFound() {
        let result = result()
        #expect(result.fastest == 2)
        #expect(result.speedOverIm2col(result.rows[1]) == 2)
        #expect(result.speedOverIm2col(row("net.conv", "gemm", 2, threads: 2)) == nil)
    }

    @Test func tableMarksItsRows() {
        let table = BenchTable(style: Style(isColoured: false), layers: ["net.conv"], showsExecutor: false)
        #expect(
            table.header + table.lines(result()) == """
                  layer    algorithm  isa    thr       ms   GFLOP/s  % peak x im2col max error
                  net.conv im2col     avx512   1    4.000     25.00    12.5     1.00   1.5e-06
                  net.conv gemm       avx512   1    2.000~    50.00    25.0     2.00   1.5e-06
                * net.conv winograd4< avx512   1    0.500     200.0   100.0     8.00   1.5e-06

                """)
        #expect(table.legend([result()]).contains("~ times scatter"))
        #expect(!table.legend([LayerResult(layer: layer("a"), rows: [row("a", "gemm", 1)])]).contains("~"))
    }

    @Test(arguments: [false, true])
    func linesFitInAHundredColumns(showsExecutor: Bool) {
        let name = String(repeating: "x", count: 90)
        let table = BenchTable(style: Style(isColoured: false), layers: [name], showsExecutor: showsExecutor)
        let slow = LayerResult(
            layer: layer(name), rows: [row(name, "winograd4", 123_456, threads: 128, spread: 2, chosen: true)])
        let text = table.header + table.lines(slow) + table.legend([slow])
        for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        #expect(table.lines(slow).contains("…"))
    }

    @Test func coloursAreForTerminals() {
        #expect(Style.allowsColour(isTerminal: true, [:]))
        #expect(Style.allowsColour(isTerminal: true, ["NO_COLOR": ""]))
        #expect(!Style.allowsColour(isTerminal: true, ["NO_COLOR": "1"]))
        #expect(!Style.allowsColour(isTerminal: false, [:]))
        let table = BenchTable(style: Style(isColoured: true), layers: ["net.conv"], showsExecutor: false)
        #expect(table.lines(result()).contains("\u{1B}[32m* net.conv winograd4"))
    }

    @Test func namesAreClippedInTheMiddle() {
        #expect(BenchTable.clipped("abcdefgh", 8) == "abcdefgh")
        #expect(BenchTable.clipped("abcdefghi", 8) == "abcd…ghi")
    }

    @Test func jsonHasThePromisedFields() throws {
        var report = BenchReport(
            format: .json, style: Style(isColoured: false), layers: [layer("net.conv")], showsExecutor: false)
        #expect(report.header(peaks: [(.scalar, 1)]) == "")
        #expect(report.add(result()) == "")
        let json = try JSONSerialization.jsonObject(with: Data(report.footer().utf8))
        let rows = try #require(json as? [[String: Any]])
        #expect(rows.count == 3)
        let promised = [
            "layer", "algorithm", "resolved", "isa", "executor", "threads", "min_ms", "median_ms", "gflops",
            "peak_fraction", "max_error", "workspace_bytes",
        ]
        for field in promised { #expect(rows[0][field] != nil, "\(field)") }
        #expect(rows[2]["resolved"] as? String == "winograd4")
        #expect(rows[2]["median_ms"] as? Double == 0.5)
    }

    @Test func csvQuotesWhatNeedsIt() {
        #expect(CommaSeparatedTable.quoted("a,\"b\"") == "\"a,\"\"b\"\"\"")
        #expect(CommaSeparatedTable.quoted("conv1") == "conv1")
        let fields = CommaSeparatedTable.header.split(separator: ",").count
        for line in CommaSeparatedTable.lines(result()).split(separator: "\n") {
            #expect(line.split(separator: ",").count == fields)
        }
    }

    @Test func markdownRowsHaveTheHeadersColumns() {
        let lines = (MarkdownTable.header + MarkdownTable.lines(result("a|b"))).split(separator: "\n")
        #expect(
            lines[4] == "| a\\|b | **winograd4** | avx512 | dispatch | 1 | 0.500 | 200.0 | 100.0 | 8.00 | 1.5e-06 |")
        #expect(Set(lines.map { $0.replacing("\\|", with: "").filter { $0 == "|" }.count }) == [11])
    }

    @Test func totalsCountEachLayerAsOftenAsTheNetwork() {
        let other = LayerResult(
            layer: layer("net.last"), rows: [row("net.last", "im2col", 1), row("net.last", "gemm", 3, chosen: true)])
        let totals = NetworkTotals([result(count: 3), other])
        let sums = Dictionary(uniqueKeysWithValues: totals.totals.map { ($0.name, $0.milliseconds) })
        // winograd4 was not timed on every layer.
        #expect(sums == ["fastest of each": 2.5, "auto's choice": 4.5, "im2col": 13, "gemm": 9])
        #expect(totals.text.hasPrefix("All 4 convolutions (2 shapes"))
        #expect(NetworkTotals([result()]).text == "")
    }

    @Test func numbersAreCompact() {
        #expect(
            [1234.5, 123.45, 12.345, 1.2345, 0.12345, 0.012345].map(compact)
                == ["1234", "123.5", "12.35", "1.234", "0.123", "0.0123"])
        #expect(shortReal(2) == "2.0")
        #expect(shortReal(0.8) == "0.8")
        #expect(shortReal(-3) == "-3.0")
        #expect(shortReal(.nan) == "nan")
        #expect(tuple([3]) == "(3,)")
        #expect(tuple([5, 14, 4, 4]) == "(5, 14, 4, 4)")
        #expect(scientific(0) == "0")
    }
}
