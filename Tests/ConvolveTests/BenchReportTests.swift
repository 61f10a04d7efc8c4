// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import Testing

@testable import ConvolveCommands

@Suite struct BenchReportTests {
    private func report(_ format: BenchFormat, style: Style = .plain, showsExecutor: Bool = false) -> BenchReport {
        BenchReport(
            format: format, style: style, title: "Net: 2 layers", machine: Canned.machine, showsExecutor: showsExecutor)
    }

    @Test func fastestAndSpeedAreFound() {
        let result = Canned.result()
        #expect(result.fastest(in: result.rows[0].setting) == result.rows[2])
        #expect(result.speedOverIm2col(result.rows[1]) == 2)
        #expect(result.speedOverIm2col(Canned.row("net.conv", "gemm", 2, threads: 2)) == nil)
        #expect(result.rows.map(\.timesFastest) == [8, 4, 1])
        #expect(LayerResult(layer: Canned.layer("a"), rows: [Canned.row("a", "gemm", 1)]).rows[0].timesFastest == nil)
    }

    @Test func tableMarksItsRowsAndHasTheFastestFirst() {
        let table = BenchTable(style: .plain, showsExecutor: false)
        #expect(
            table.header + table.lines(Canned.result(count: 3)) == """
                    algorithm   isa    thr       ms   GFLOP/s  % peak x im2col max error

                net.conv  (1, 1, 8, 8) * (1, 1, 3, 3), padding same; 0.001152 MFLOP; 3 times in the network
                  * winograd4<  avx512   1    0.500     200.0   100.0     8.00   1.5e-06
                    gemm        avx512   1    2.000~    50.00    25.0     2.00   1.5e-06
                    im2col      avx512   1    4.000     25.00    12.5     1.00   1.5e-06

                """)
        #expect(table.legend([Canned.result()]).contains("~ times scatter"))
        #expect(table.legend([Canned.result()]).contains("< what auto takes"))
        let plain = LayerResult(layer: Canned.layer("a"), rows: [Canned.row("a", "gemm", 1)])
        #expect(!table.legend([plain]).contains("~"))
        #expect(!table.legend([plain]).contains("<"))
    }

    @Test func eachSettingHasAWinner() {
        let result = LayerResult(
            layer: Canned.layer("a"),
            rows: [
                Canned.row("a", "gemm", 2), Canned.row("a", "direct", 3), Canned.row("a", "gemm", 1.5, threads: 2),
                Canned.row("a", "direct", 1, threads: 2),
            ])
        let lines = BenchTable(style: .plain, showsExecutor: false).lines(result).split(separator: "\n").dropFirst()
        #expect(
            lines.map { String($0.prefix(27)) } == [
                "  * gemm        avx512   1 ", "    direct      avx512   1 ", "  * direct      avx512   2 ",
                "    gemm        avx512   2 ",
            ])
    }

    @Test func terminalsGetColoursAndBars() {
        let table = BenchTable(style: Style(isColoured: true, bars: .blocks, columns: 100), showsExecutor: false)
        let lines = table.lines(Canned.result()).split(separator: "\n")
        #expect(lines[1].hasPrefix("\u{1B}[32m  * winograd4<"))
        #expect(lines[1].hasSuffix(String(repeating: "█", count: 26) + "\u{1B}[0m"))
        // A quarter of the fastest: 6.5 of 26 columns.
        #expect(lines[2].hasSuffix("  ██████▌"))
    }

    @Test(arguments: [40, 80, 100, 200], [(false, Style.Bars.none), (true, .signs), (true, .blocks)])
    func everyTableFitsItsTerminal(columns: Int, look: (showsExecutor: Bool, bars: Style.Bars)) throws {
        let name = String(repeating: "x", count: 220)
        var report = report(
            .table, style: Style(isColoured: false, bars: look.bars, columns: columns),
            showsExecutor: look.showsExecutor)
        var text = report.header()
        text += report.add(Canned.widest(name))
        text += report.add(Canned.widest("short\nname"))
        text += try report.footer(peakDrift: 1.5)
        for section in ["Sum of", "Roofline", "Calls around", "Choice", "Noise", "Next"] {
            #expect(text.contains(section), "\(section)")
        }
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        #expect(text.contains("…"))
        #expect(text.contains("(not shown in \(columns) columns: ") == (columns < 200))
        #expect(text.contains("short name"))
        #expect(!text.contains("\u{1B}"))
    }

    /// Whatever reads a pipe or a file gets all there is.
    @Test func outsideOfTerminalsNothingIsLeftOut() throws {
        let name = String(repeating: "x", count: 220)
        var report = report(.table, showsExecutor: true)
        let text = try report.header() + report.add(Canned.widest(name)) + report.footer()
        #expect(!text.contains("not shown"))
        #expect(text.components(separatedBy: name).count == 5)
        for title in ["max error", "x im2col", "flop/B", "x prepared", "setting"] {
            #expect(text.contains(title), "\(title)")
        }
    }

    @Test func columnsLeaveInTheirOrder() {
        func header(_ columns: Int) -> String {
            BenchTable(style: Style(isColoured: false, columns: columns), showsExecutor: true).header
        }
        #expect(header(81).contains("x im2col max error"))
        #expect(!header(80).contains("x im2col"))
        #expect(header(80).contains("% peak max error"))
        #expect(header(62).hasSuffix("% peak\n"))
        #expect(header(61).hasSuffix("GFLOP/s\n"))
    }

    @Test func namesAreClippedInTheMiddle() {
        #expect(clipped("abcdefgh", 8) == "abcdefgh")
        #expect(clipped("abcdefghi", 8) == "abcd…ghi")
        #expect(clipped("abc", 1) == "…")
        #expect(clipped("abc", 0) == "")
    }

    @Test func jsonHasThePromisedFields() throws {
        var report = report(.json)
        #expect(report.header() == "")
        #expect(report.add(Canned.result()) == "")
        let json = try JSONSerialization.jsonObject(with: Data(report.footer(peakDrift: 1.3).utf8))
        let document = try #require(json as? [String: Any])
        #expect(Set(document.keys) == ["version", "title", "machine", "verdict", "rows"])
        #expect(document["version"] as? String == toolVersion)
        let machine = try #require(document["machine"] as? [String: Any])
        let fields: Set = ["processor", "architecture", "cores", "isas_available", "peaks", "bandwidths"]
        #expect(Set(machine.keys) == fields)
        #expect((machine["peaks"] as? [[String: Any]])?.map { $0["gflops"] as? Double } == [12345.6, 12345.6, 12345.6])
        #expect((machine["bandwidths"] as? [[String: Any]])?.first?["gb_s"] as? Double == 12345.6)
        let verdict = try #require(document["verdict"] as? [String: Any])
        #expect(verdict["level"] as? String == "untrustworthy")
        #expect(verdict["peak_drift"] as? Double == 1.3)
        #expect(verdict["rows_unsteady"] as? Int == 1)
        let rows = try #require(document["rows"] as? [[String: Any]])
        #expect(rows.count == 3)
        let promised = [
            "layer", "algorithm", "resolved", "isa", "executor", "threads", "min_ms", "median_ms", "gflops",
            "peak_fraction", "max_error", "workspace_bytes", "spread", "repetitions", "count", "automatic_choice",
            "times_fastest",
        ]
        // What was not measured is not there.
        #expect(Set(rows[0].keys) == Set(promised))
        #expect(rows[2]["resolved"] as? String == "winograd4")
        #expect(rows[2]["median_ms"] as? Double == 0.5)
    }

    @Test func jsonHasWhatWasMeasuredBesides() throws {
        var report = report(.json)
        _ = report.add(Canned.widest("a"))
        let json = try JSONSerialization.jsonObject(with: Data(report.footer().utf8))
        let row = try #require(((json as? [String: Any])?["rows"] as? [[String: Any]])?.first)
        for field in [
            "arithmetic_intensity", "attainable_gflops", "bandwidth_gb_s", "plan_ms", "first_run_ms", "functional_ms",
        ] {
            #expect(row[field] is Double, "\(field)")
        }
    }

    @Test func rowsSayWhatTheyComputed() throws {
        var row = Canned.row("a", "gemm", 2)
        row.note(
            try ConvolutionProblem(
                inputShape: [1, 9, 8, 4], weightShape: [6, 2, 3, 2], rank: 2, stride: [2, 1],
                padding: .pairs([AxisPadding(before: 1, after: 0), AxisPadding(before: 2, after: 3)]), groups: 2,
                layout: .channelsLast))
        let text = try encodeJSON(row, pretty: false)
        for part in [
            #""op":"conv2d""#, #""input_shape":[1,9,8,4]"#, #""weight_shape":[6,2,3,2]"#, #""output_shape":[1,4,12,6]"#,
            #""stride":[2,1]"#, #""pads":[1,0,2,3]"#, #""dilation":[1,1]"#, #""groups":2"#, #""layout":"nhwc""#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(try decodeJSON(BenchRow.self, from: Data(text.utf8), named: "row") == row)
    }

    /// Rows that another version wrote are read.
    @Test func rowsWithoutTheNewFieldsAreRead() throws {
        let text = try encodeJSON(Canned.row("a", "gemm", 2), pretty: false)
        #expect(!text.contains("plan_ms"))
        #expect(try decodeJSON(BenchRow.self, from: Data(text.utf8), named: "row") == Canned.row("a", "gemm", 2))
    }

    @Test func csvQuotesWhatNeedsIt() {
        #expect(CommaSeparatedTable.quoted("a,\"b\"") == "\"a,\"\"b\"\"\"")
        #expect(CommaSeparatedTable.quoted("a\nb") == "\"a\nb\"")
        #expect(CommaSeparatedTable.quoted("a\r\nb") == "\"a\r\nb\"")
        #expect(CommaSeparatedTable.quoted("conv1") == "conv1")
    }

    @Test func csvRowsHaveTheHeadersFields() {
        let header = CommaSeparatedTable.header.dropLast().split(separator: ",").map(String.init)
        #expect(header.prefix(3) == ["layer", "algorithm", "resolved"])
        for result in [Canned.result(), Canned.widest("a")] {
            for line in CommaSeparatedTable.lines(result).split(separator: "\n") {
                #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == header.count)
            }
        }
        let first = CommaSeparatedTable.lines(Canned.result()).split(separator: "\n")[0]
        #expect(
            first == "net.conv,im2col,im2col,avx512,dispatch,1,4,4,25,0.125,1.5e-06,1024,1,5,1,false,8,,,,,,,,,,,,,,,")
    }

    @Test func markdownRowsHaveTheHeadersColumns() {
        let lines = (MarkdownTable.header + MarkdownTable.lines(Canned.result("a|b"))).split(separator: "\n")
        #expect(
            lines[4] == "| a\\|b | **winograd4** | avx512 | dispatch | 1 | 0.500 | 200.0 | 100.0 | 8.00 | 1.5e-06 |")
        #expect(Set(lines.map { $0.replacing("\\|", with: "").filter { $0 == "|" }.count }) == [11])
    }

    @Test func markdownHasEverySection() throws {
        var report = report(.markdown)
        _ = report.add(Canned.widest("a"))
        _ = report.add(Canned.widest("b"))
        let text = try report.footer()
        for section in ["Sum of the 2000 convolutions", "Roofline.", "Calls around", "Choice: ", "Noise: "] {
            #expect(text.contains("\n\(section)"), "\(section)")
        }
    }

    @Test func totalsCountEachLayerAsOftenAsTheNetwork() {
        let other = LayerResult(
            layer: Canned.layer("net.last"),
            rows: [Canned.row("net.last", "im2col", 1), Canned.row("net.last", "gemm", 3, chosen: true)])
        let totals = NetworkTotals([Canned.result(count: 3), other])
        // winograd4 was not timed on every layer.
        #expect(totals.totals.map(\.name) == ["fastest of each", "auto's choice", "gemm", "im2col"])
        #expect(totals.totals.map(\.milliseconds) == [2.5, 4.5, 9, 13])
        let lines = totals.text(style: .plain).split(separator: "\n")
        #expect(lines[0] == "Sum of the 4 convolutions (2 shapes), 0.00 GFLOP; avx512, 1 thread, dispatch")
        #expect(lines[1] == "  algorithm           ms   GFLOP/s  x im2col")
        #expect(lines[2] == "  fastest of each  2.500  0.001843      5.20")
        #expect(NetworkTotals([Canned.result()]).text(style: .plain) == "")
    }

    @Test func numbersAreCompact() {
        #expect(
            [1234.5, 123.45, 12.345, 1.2345, 0.12345, 0.012345, 0.00012345, 0].map(compact)
                == ["1234", "123.5", "12.35", "1.234", "0.123", "0.0123", "0.000123", "0"])
        #expect(shortReal(2) == "2.0")
        #expect(shortReal(0.8) == "0.8")
        #expect(shortReal(-3) == "-3.0")
        #expect(shortReal(.nan) == "nan")
        #expect(tuple([3]) == "(3,)")
        #expect(tuple([5, 14, 4, 4]) == "(5, 14, 4, 4)")
        #expect(scientific(0) == "0")
    }
}
