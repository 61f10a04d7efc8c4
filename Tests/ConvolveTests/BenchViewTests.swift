// SPDX-License-Identifier: Apache-2.0

import Convolution
import Testing

@testable import ConvolveCommands

/// What is printed under the rows: the roofline, the choice, the noise, and the tables that they are in.
@Suite struct BenchViewTests {
    // MARK: Choice

    @Test func regretIsThePicksTimeOverTheBest() throws {
        let poor = LayerResult(
            layer: Canned.layer("net.poor"),
            rows: [Canned.row("net.poor", "gemm", 2.5, chosen: true), Canned.row("net.poor", "direct", 2)])
        let good = LayerResult(
            layer: Canned.layer("net.good"),
            rows: [Canned.row("net.good", "gemm", 2, chosen: true), Canned.row("net.good", "direct", 2.2)])
        let choice = ChoiceSummary([good, poor])
        #expect(choice.picks.map(\.ratio) == [1, 1.25])
        #expect(choice.worst?.layer == "net.poor")
        #expect(abs(choice.geometricMeanRatio - 1.25.squareRoot()) < 1e-12)
        #expect(
            choice.summary
                == "auto is within 3.0% of the fastest on 1 of 2 layers; geometric mean +11.8%, worst +25.0%")
        let lines = choice.text(style: .plain).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[3] == "  net.poor  avx512, 1 thread, dispatch  gemm        2.500  direct   2.000      25.0%")
    }

    /// Nothing is said of what cannot be compared: a pick that was not timed, or that was timed alone, even twice.
    @Test func picksWithoutAnAlternativeDoNotCount() {
        let alone = LayerResult(
            layer: Canned.layer("a"),
            rows: [Canned.row("a", "gemm", 2, chosen: true), Canned.row("a", "gemm", 3, chosen: true)])
        let missing = LayerResult(
            layer: Canned.layer("b"), rows: [Canned.row("b", "gemm", 2), Canned.row("b", "direct", 3)])
        #expect(ChoiceSummary([alone, missing]).picks.isEmpty)
        #expect(ChoiceSummary([alone, missing]).text(style: .plain) == "")
    }

    @Test func settingsAreComparedApart() {
        let result = LayerResult(
            layer: Canned.layer("a"),
            rows: [
                Canned.row("a", "gemm", 2, chosen: true), Canned.row("a", "direct", 4),
                Canned.row("a", "gemm", 1.5, threads: 2), Canned.row("a", "direct", 1, threads: 2, chosen: true),
            ])
        #expect(ChoiceSummary([result]).picks.map(\.ratio) == [1, 1])
    }

    // MARK: Noise

    private func results(spreads: [Double], repetitions: Int = 5) -> [LayerResult] {
        spreads.enumerated().map { index, spread in
            LayerResult(
                layer: Canned.layer("l\(index)"),
                rows: [Canned.row("l\(index)", "gemm", 1, spread: spread, repetitions: repetitions)])
        }
    }

    @Test func noiseIsJudgedBySpreadsAndPeak() {
        func level(_ spreads: [Double], repetitions: Int = 5, drift: Double = 1) -> NoiseVerdict.Level {
            NoiseVerdict(results(spreads: spreads, repetitions: repetitions), peakDrift: drift).level
        }
        #expect(level([1.01, 1.15, 1.1, 1]) == .steady)
        #expect(level([1.01, 1.16, 1.1, 1]) == .someScatter)
        #expect(level([1.01, 1.16, 1.2, 1]) == .untrustworthy)
        #expect(level([1, 1, 1, 1], drift: 1.2) == .untrustworthy)
        // Of two times a spread says nothing, however small or large it is.
        #expect(level([1, 9, 1, 1], repetitions: 2) == .unknown)
        #expect(level([]) == .unknown)
    }

    @Test func verdictsNameTheRowAndTheRemedy() {
        let noisy = NoiseVerdict(results(spreads: [1, 1.5, 1.2]), peakDrift: 1.3)
        let text = noisy.sentences.joined(separator: " ")
        #expect(text.hasPrefix("These times are too noisy to trust."))
        #expect(text.contains("2 of 3 rows scatter by more than 15% (worst 50%, gemm on l1)."))
        #expect(text.contains("moved by 30%"))
        #expect(text.contains("--min-time"))
        let some = NoiseVerdict(results(spreads: [1, 1.5, 1, 1]), peakDrift: 1).sentences
        #expect(some[0] == "1 of 4 rows, marked ~, scatter by more than 15% (worst 50%, gemm on l1).")
    }

    // MARK: Roofline

    @Test func theRoofIsTheLowerOfPeakAndBandwidth() {
        let roof = Roofline(peak: 100, bandwidth: 20)
        #expect(roof.attainable(intensity: 2) == 40)
        #expect(roof.attainable(intensity: 5) == 100)
        #expect(roof.attainable(intensity: 50) == 100)
    }

    @Test func intensityCountsEachTensorOnce() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 2, 4, 4], weightShape: [3, 2, 1, 1], rank: 2)
        // 3 * 2 * 16 multiplications; 32 + 6 + 48 floats.
        #expect(Roofline.tensorBytes(problem) == 4 * 86)
        let (operations, bytes) = (2.0 * 96, 4.0 * 86)
        #expect(Roofline.intensity(problem) == operations / bytes)
    }

    @Test func theViewSaysWhatLimitsALayer() {
        var row = Canned.row("net.dw", "depthwise", 2)
        row.intensity = 2
        row.bandwidth = 20
        row.attainableGflops = 40
        let result = LayerResult(layer: Canned.layer("net.dw"), rows: [row])
        let lines = RooflineView([result]).text(style: .plain).split(separator: "\n")
        #expect(lines[2] == "  net.dw  avx512, 1  depthwise     2.0  memory  40.00    50.00        125")
        #expect(RooflineView([Canned.result()]).text(style: .plain) == "")
    }

    // MARK: Calls

    @Test func callsAreOfThePick() {
        var pick = Canned.row("a", "gemm", 2, chosen: true)
        pick.planMs = 1
        pick.functionalMs = 3
        let result = LayerResult(layer: Canned.layer("a"), rows: [Canned.row("a", "direct", 1), pick])
        let lines = CallsView([result]).text(style: .plain).split(separator: "\n")
        #expect(lines[2] == "  a      avx512, 1  gemm          2.000  1.000          -     3.000        1.50")
        #expect(CallsView([Canned.result()]).text(style: .plain) == "")
    }

    @Test func callsAreTimedAsAsked() throws {
        let layer = Layer(
            name: "small", op: nil, rank: 1, n: 1, c: 2, size: [9], k: 3, kernel: [3], stride: [2],
            padding: .pairs([1, 0]),
            dilation: [1], groups: 1, outputPadding: nil, count: nil)
        let benchmark = try LayerBenchmark(layer)
        let candidate = Candidate(
            algorithm: .auto, isa: .auto, executor: .serial, threads: 1, precision: .standard)
        let prepared = try benchmark.prepare(candidate)
        func times(_ calls: Set<TimedCall>) throws -> [Bool] {
            let times = try benchmark.measureCalls(
                prepared, TimedCalls(calls: calls), minimumTime: 0, repetitions: 2)
            return [times.plan, times.first, times.functional].map { $0 != nil }
        }
        #expect(try times([.prepared]) == [false, false, false])
        #expect(try times([.first]) == [false, true, false])
        #expect(try times([.plan, .functional]) == [true, false, true])
        #expect(try times(Set(TimedCall.allCases)) == [true, true, true])
    }

    // MARK: Tables and bars

    @Test func columnsAreAsWideAsTheirCells() {
        var table = TextTable([TextTable.Column("layer"), TextTable.Column("ms", .right)])
        table.add(["conv1", "12.5"])
        table.add(["a", "3"])
        #expect(table.text(style: .plain) == "layer    ms\nconv1  12.5\na         3\n")
        #expect(table.markdown == "| layer | ms |\n|---|---:|\n| conv1 | 12.5 |\n| a | 3 |\n")
    }

    @Test func markdownReadsNoMarkupInACell() {
        #expect(TextTable.markdownEscaped("a|b*c_d`e<f>") == "a\\|b\\*c\\_d\\`e\\<f\\>")
        #expect(TextTable.markdownEscaped("a\nb\r\nc") == "a b c")
    }

    @Test func barsAreToAnEighth() {
        let style = Style(isColoured: false, bars: .blocks)
        #expect(style.bar(1, width: 4) == "████")
        #expect(style.bar(0.5, width: 3) == "█▌")
        #expect(style.bar(1e-9, width: 4) == "▏")
        #expect(style.bar(7, width: 2) == "██")
        #expect(style.bar(0, width: 4) == "")
        #expect(style.bar(.nan, width: 4) == "")
        #expect(Style(isColoured: false, bars: .signs).bar(0.5, width: 4) == "##")
        #expect(Style.plain.bar(1, width: 4) == "")
    }

    @Test func coloursAndBarsAreForTerminals() {
        #expect(Style.allowsColour(isTerminal: true, [:]))
        #expect(Style.allowsColour(isTerminal: true, ["NO_COLOR": ""]))
        #expect(!Style.allowsColour(isTerminal: true, ["NO_COLOR": "1"]))
        #expect(!Style.allowsColour(isTerminal: true, ["TERM": "dumb"]))
        #expect(!Style.allowsColour(isTerminal: false, [:]))
        #expect(Style.forTerminal(columns: nil, ["LANG": "C.UTF-8"]).bars == .none)
        #expect(Style.forTerminal(columns: nil, [:]).columns == nil)
        #expect(Style.forTerminal(columns: 80, [:]).columns == 80)
        #expect(Style.forTerminal(columns: 80, ["LANG": "C.UTF-8", "NO_COLOR": "1"]).bars == .blocks)
        #expect(Style.forTerminal(columns: 80, ["LANG": "C.UTF-8", "LC_ALL": "C"]).bars == .signs)
        #expect(Style.forTerminal(columns: 80, [:]).bars == .signs)
    }

    @Test func columnsLeaveANarrowTerminalAndTheTableSaysSo() {
        var table = TextTable([
            TextTable.Column("layer"), TextTable.Column("setting", dispensable: 2),
            TextTable.Column("ms", .right, dispensable: 1), TextTable.Column("verdict"),
        ])
        table.add(["resnet50.s1.1x1a", "avx512, 1", "12.5", "pass"])
        func text(_ columns: Int?) -> String { table.text(style: Style(isColoured: false, columns: columns)) }
        #expect(text(nil) == text(42))
        #expect(text(42).hasPrefix("layer             setting      ms  verdict\n"))
        #expect(
            text(41) == """
                layer               ms  verdict
                resnet50.s1.1x1a  12.5  pass
                (not shown in 41 columns: setting)

                """)
        #expect(
            text(20) == """
                layer        verdict
                resne….1x1a  pass
                (not shown in 20
                columns: setting,
                ms)

                """)
    }

    @Test func sentencesBreakBetweenWords() {
        #expect(wrapped("one two three", width: 7) == ["one two", "three"])
        #expect(wrapped("incomprehensible word", width: 4) == ["incomprehensible", "word"])
        #expect(wrapped("", width: 4).isEmpty)
        #expect(Style(isColoured: false, columns: 9).paragraph("one two three", indent: 2) == "  one two\n  three\n")
    }
}
