// SPDX-License-Identifier: Apache-2.0

/// Whether the times can be trusted, from the spread of their repetitions and from how the peak moved meanwhile.
struct NoiseVerdict: Equatable {
    enum Level: String, Encodable, Equatable {
        /// The times repeat.
        case steady
        /// A few rows scatter.
        case someScatter = "some_scatter"
        /// Too many scatter, or the processor's speed changed under way.
        case untrustworthy
        /// Too few repetitions to tell.
        case unknown
    }

    /// Of more than this share of scattering rows no comparison is left.
    static let tooMany = 0.25
    /// A peak that falls by more than this between two layers makes them incomparable.
    static let steadyPeak = 1.10

    let rows: Int
    /// Rows with repetitions enough to have a spread.
    let judged: Int
    let unsteady: Int
    let worst: BenchRow?
    /// The highest peak that was measured over the lowest, of one instruction set.
    let peakDrift: Double

    init(_ results: [LayerResult], peakDrift: Double) {
        let all = results.flatMap(\.rows)
        let judged = all.filter { $0.repetitions >= BenchRow.fewestForSpread }
        rows = all.count
        self.judged = judged.count
        unsteady = judged.count(where: \.isUnsteady)
        worst = judged.max { $0.spread < $1.spread }
        self.peakDrift = peakDrift
    }

    var level: Level {
        if peakDrift > NoiseVerdict.steadyPeak { return .untrustworthy }
        if judged * 2 < rows || judged == 0 { return .unknown }
        if Double(unsteady) > NoiseVerdict.tooMany * Double(judged) { return .untrustworthy }
        return unsteady > 0 ? .someScatter : .steady
    }

    /// The verdict, and what to do about it.
    var sentences: [String] {
        let limit = "\(fixed((BenchRow.steadySpread - 1) * 100, 0))%"
        let worstText = worst.map {
            "worst \(fixed(($0.spread - 1) * 100, 0))%, \($0.resolved) on \(clipped(singleLine($0.layer), 24))"
        }
        switch level {
        case .steady:
            return ["The times repeat: no row scatters by more than \(limit) (\(worstText ?? ""))."]
        case .someScatter:
            return [
                "\(unsteady) of \(judged) rows, marked ~, scatter by more than \(limit) (\(worstText ?? "")).",
                "Trust the others. For those, time the layer alone and longer: --filter LAYER --min-time 2.",
            ]
        case .untrustworthy:
            var sentences = ["These times are too noisy to trust."]
            if unsteady > 0 {
                sentences.append("\(unsteady) of \(judged) rows scatter by more than \(limit) (\(worstText ?? "")).")
            }
            if peakDrift > NoiseVerdict.steadyPeak {
                let moved = "\(fixed((peakDrift - 1) * 100, 0))%"
                sentences.append("The peak itself moved by \(moved): the clock changed, or others share the cores.")
            }
            return sentences + [
                """
                Close what else computes (see top), leave a core free (--threads), use mains power and a fixed clock \
                (cpupower frequency-set -g performance), and time longer (--min-time 1).
                """
            ]
        case .unknown:
            return [
                "Most rows were timed fewer than \(BenchRow.fewestForSpread) times, too few to know how they scatter.",
                "Time longer: --min-time 2, or --repetitions 5.",
            ]
        }
    }

    func text(style: Style) -> String {
        guard rows > 0 else { return "" }
        let lines = sentences.map { style.paragraph($0, indent: 2) }.joined()
        return style.bold("Noise") + "\n" + (level == .steady ? lines : style.yellow(lines))
    }

    var markdown: String { rows > 0 ? "Noise: " + sentences.joined(separator: " ") + "\n" : "" }
}
