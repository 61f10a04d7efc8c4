// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What `convolve bench --format json` prints: the rows, and what they have to be read with.
struct BenchDocument: Encodable {
    let version = toolVersion
    /// What the layers are of.
    let title: String
    let machine: BenchMachine
    let verdict: BenchVerdict
    let rows: [BenchRow]
}

/// The machine that a benchmark ran on, with what it reached in that very run.
struct BenchMachine: Encodable, Equatable {
    /// Of main memory, read or updated in place.
    struct Bandwidth: Encodable, Equatable {
        let threads: Int
        /// In 10^9 bytes a second.
        let gigabytes: Double

        enum CodingKeys: String, CodingKey {
            case threads
            case gigabytes = "gb_s"
        }
    }

    let processor: String
    let architecture: String
    let cores: Int
    let instructionSets: [String]
    /// Of one thread, of each instruction set that was measured, weakest first.
    let peaks: [MachineRecord.Peak]
    /// Empty where it was not measured.
    let bandwidths: [Bandwidth]

    enum CodingKeys: String, CodingKey {
        case processor, architecture, cores, peaks, bandwidths
        case instructionSets = "isas_available"
    }

    init(peaks: [MachineRecord.Peak], bandwidths: [Bandwidth]) {
        processor = Processor.name
        architecture = Processor.architecture
        cores = Processor.cores
        instructionSets = InstructionSet.available.map(\.rawValue)
        self.peaks = peaks
        self.bandwidths = bandwidths
    }

    /// The same for people.
    var lines: [String] {
        let rates = peaks.map { "\(compact($0.gflops)) (\($0.isa))" }.joined(separator: ", ")
        var lines = [
            "\(processor), \(Processor.coresInWords)", "FMA peak of one thread, GFLOP/s: \(rates)",
        ]
        if !bandwidths.isEmpty {
            let rates = bandwidths.map {
                "\(compact($0.gigabytes)) (\($0.threads == 1 ? "1 thread" : "\($0.threads) threads"))"
            }
            lines.append("Memory, read or updated in place, GB/s: " + rates.joined(separator: ", "))
        }
        return lines
    }
}

/// Whether the times can be trusted, for programs.
struct BenchVerdict: Encodable, Equatable {
    /// steady, some_scatter, untrustworthy, or unknown where rows were timed too few times to tell.
    let level: NoiseVerdict.Level
    let text: String
    /// Rows that were timed often enough to have a spread, and those of them that scatter.
    let rowsJudged: Int
    let rowsUnsteady: Int
    /// The largest spread among them; nil without one.
    let worstSpread: Double?
    /// The highest peak that was measured over the lowest.
    let peakDrift: Double

    enum CodingKeys: String, CodingKey {
        case level, text
        case rowsJudged = "rows_judged"
        case rowsUnsteady = "rows_unsteady"
        case worstSpread = "worst_spread"
        case peakDrift = "peak_drift"
    }

    init(_ noise: NoiseVerdict) {
        level = noise.level
        text = noise.sentences.joined(separator: " ")
        rowsJudged = noise.judged
        rowsUnsteady = noise.unsteady
        worstSpread = noise.worst?.spread
        peakDrift = noise.peakDrift
    }
}
