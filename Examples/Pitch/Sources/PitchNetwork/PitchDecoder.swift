// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The pitches of the network's outputs: 360 of them, 20 cents apart, from 31.7 Hz on.
public enum PitchScale {
    // A cent is a hundredth of a semitone; they are counted from 10 Hz.
    private static let firstCents = 1997.3794084376191
    private static let centsPerBin = 20.0

    /// The frequency in Hz of an output, or of a place between two.
    public static func frequency(of bin: Double) -> Double {
        10 * exp2((firstCents + centsPerBin * bin) / 1200)
    }

    /// The place of a frequency among the outputs, which may lie beyond them.
    public static func bin(of frequency: Double) -> Double {
        (1200 * log2(frequency / 10) - firstCents) / centsPerBin
    }

    /// The mean of the outputs next to one of them, weighted by their likelihoods: a tone between two outputs raises both.
    static func center(_ likelihoods: ArraySlice<Float>, near bin: Int) -> Double {
        let reach = 4
        let bins = max(0, bin - reach)...min(likelihoods.count - 1, bin + reach)
        let weights = bins.map { Double(likelihoods[likelihoods.startIndex + $0]) }
        let sum = weights.reduce(0, +)
        return sum > 0 ? zip(bins, weights).reduce(0) { $0 + Double($1.0) * $1.1 } / sum : Double(bin)
    }
}

/// The most likely path through the network's answers, by Viterbi's algorithm: a pitch stays near the one before, up to
/// 11 outputs away, the nearer the likelier.
///
/// The likelihoods are torchcrepe's but for one thing. There the steps away from an output near the end of the range, of
/// which there are fewer, are each the likelier, and where the network is less than sure the path ends up there and stays.
struct PitchDecoder {
    private let bins: Range<Int>

    private static let reach = 11
    /// The logarithms of the likelihoods of the steps -11 to 11.
    private static let stepLogs = (-reach...reach).map { step in
        log(Double(reach + 1 - abs(step)) / Double((reach + 1) * (reach + 1)))
    }
    /// What is taken for the logarithm of zero, so that any leap is possible where nothing else is.
    private static let zeroLog = log(Double(Float.leastNormalMagnitude))

    init(range: ClosedRange<Double>) {
        let lowest = min(max(0, PitchScale.bin(of: range.lowerBound).rounded(.down)), Double(Crepe.binCount))
        let highest = min(max(lowest, PitchScale.bin(of: range.upperBound).rounded(.up)), Double(Crepe.binCount))
        bins = Int(lowest)..<Int(highest)
    }

    /// - Parameter likelihoods: (frames, 360).
    /// - Returns: An output for each frame.
    func path(_ likelihoods: [Float]) -> [Int] {
        let count = Crepe.binCount
        let frames = likelihoods.count / count
        guard frames > 0 else { return [] }
        var values = logs(likelihoods[..<count])
        var origins: [Int16] = []
        origins.reserveCapacity((frames - 1) * count)
        for frame in 1..<max(1, frames) {
            let emissions = logs(likelihoods[frame * count..<(frame + 1) * count])
            // The best of all outputs is where a leap would come from.
            let best = values.indices.max { values[$0] < values[$1] } ?? 0
            values = (0..<count).map { bin in
                var (origin, value) = (best, values[best] + Self.zeroLog)
                for from in max(0, bin - Self.reach)...min(count - 1, bin + Self.reach) {
                    let candidate = values[from] + Self.stepLogs[bin - from + Self.reach]
                    if candidate > value { (origin, value) = (from, candidate) }
                }
                origins.append(Int16(origin))
                return value + emissions[bin]
            }
        }
        var path = [values.indices.max { values[$0] < values[$1] } ?? 0]
        for frame in (1..<max(1, frames)).reversed() {
            path.append(Int(origins[(frame - 1) * count + path[path.count - 1]]))
        }
        return path.reversed()
    }

    /// The logarithms of the softmax of a frame's outputs; those beyond the range have none.
    private func logs(_ likelihoods: ArraySlice<Float>) -> [Double] {
        let row = Array(likelihoods)
        let exponentials = row.indices.map { bins.contains($0) ? exp(row[$0]) : 0 }
        let sum = exponentials.reduce(0, +)
        guard sum > 0 else { return row.map { _ in Self.zeroLog } }
        return exponentials.map { log(Double($0 / sum + Float.leastNormalMagnitude)) }
    }
}
