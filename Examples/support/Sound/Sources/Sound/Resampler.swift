// SPDX-License-Identifier: Apache-2.0

/// Brings a sound that arrives in pieces to another sample rate.
///
/// ```swift
/// var resampler = try Resampler(from: 44_100, to: 16_000)
/// let ready = resampler.feed(samples)  // what is complete by then
/// let rest = resampler.finish()
/// ```
///
/// Output n lies between the samples at n * from / to, and is the sum of those around it, weighted by a low-pass filter.
/// Where the filter falls between the samples depends on the remainder of the division alone, its phase, of which there
/// are to / gcd(from, to): 160 from 44,100 to 16,000 Hz. Each has its weights, a row, and an output is the product of a row
/// with the samples.
public struct Resampler: Sendable {
    /// The rates that are read, in Hz.
    public static let rates = 1000...768_000

    /// Samples on either side that an output depends on: it comes so many samples after its own.
    public let latency: Int

    /// Outputs and samples in a period, without a common divisor.
    private let (up, down): (Int, Int)
    private let filter = KaiserSinc()
    /// The rows of all phases, end to end; empty if they are too many, and each is made when it is used.
    private var rows: [Float] = []
    /// The samples from number `first` on.
    private var samples: [Float]
    private var first: Int
    private var received = 0
    private var given = 0

    // Rates without a common divisor have up to 16,000 phases of thousands of samples.
    private static let mostWeights = 1 << 20

    /// - Parameters:
    ///   - rate: The rate of the sound in Hz.
    ///   - target: The rate that it is brought to.
    /// - Throws: `SoundError.sampleRate` if one of them is not in ``rates``.
    public init(from rate: Int, to target: Int) throws(SoundError) {
        for rate in [rate, target] where !Self.rates.contains(rate) {
            throw .sampleRate(rate, least: Self.rates.lowerBound, most: Self.rates.upperBound)
        }
        let divisor = greatestCommonDivisor(rate, target)
        up = target / divisor
        down = rate / divisor
        // The filter passes what the lower rate holds. Rows are of whole vectors of 8.
        let width = KaiserSinc.width * max(rate, target) / target
        latency = rate == target ? 0 : (width / 4 + 1) * 4
        samples = [Float](repeating: 0, count: max(0, latency - 1))
        first = 1 - latency
        guard rate != target, up * 2 * latency <= Self.mostWeights else { return }
        rows = [Float](unsafeUninitializedCapacity: up * 2 * latency) { rows, count in
            for phase in 0..<up { fill(row: rows.baseAddress! + phase * 2 * latency, phase: phase) }
            count = rows.count
        }
    }

    /// Takes the next samples, and gives the outputs that they complete.
    public mutating func feed(_ samples: [Float]) -> [Float] {
        guard latency > 0 else { return samples }
        received += samples.count
        return outputs(appending: samples, until: .max)
    }

    /// Ends the sound: gives the other outputs, so many in all as the sound is long. The next samples are those of another.
    public mutating func finish() -> [Float] {
        let end = received * up / down
        let rest = outputs(appending: [Float](repeating: 0, count: latency), until: end)
        samples = [Float](repeating: 0, count: max(0, latency - 1))
        (first, received, given) = (1 - latency, 0, 0)
        return rest
    }

    private mutating func outputs(appending more: [Float], until end: Int) -> [Float] {
        guard latency > 0 else { return [] }
        samples += more
        // Output n depends on the samples up to n * down / up + latency.
        let complete = max(given, min(end, ((first + samples.count - latency) * up + down - 1) / down))
        var row = [Float](repeating: 0, count: rows.isEmpty ? 2 * latency : 0)
        let outputs = (given..<complete).map { output in
            let (middle, phase) = (output * down).quotientAndRemainder(dividingBy: up)
            let start = middle - latency + 1 - first
            if rows.isEmpty {
                row.withUnsafeMutableBufferPointer { fill(row: $0.baseAddress!, phase: phase) }
                return product(row, at: 0, samples, at: start, count: 2 * latency)
            }
            return product(rows, at: phase * 2 * latency, samples, at: start, count: 2 * latency)
        }
        given = complete
        let needed = given * down / up - latency + 1
        samples.removeFirst(min(samples.count, max(0, needed - first)))
        first = max(first, needed)
        return outputs
    }

    /// The weights of the samples from `latency - 1` before the middle to `latency` behind it.
    private func fill(row: UnsafeMutablePointer<Float>, phase: Int) {
        let scale = min(1, Double(up) / Double(down))
        for index in 0..<2 * latency {
            let distance = Double(index - latency + 1) - Double(phase) / Double(up)
            row[index] = Float(scale) * filter(distance * scale)
        }
    }
}

/// The sum of the products of two rows; the count is a multiple of 8.
private func product(_ a: [Float], at first: Int, _ b: [Float], at second: Int, count: Int) -> Float {
    precondition(first + count <= a.count && second >= 0 && second + count <= b.count, "a row beyond its samples")
    return a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
            var sum = SIMD8<Float>.zero
            for index in stride(from: 0, to: count, by: 8) {
                let weights = a.loadUnaligned(fromByteOffset: (first + index) * 4, as: SIMD8<Float>.self)
                let samples = b.loadUnaligned(fromByteOffset: (second + index) * 4, as: SIMD8<Float>.self)
                sum += weights * samples
            }
            return sum.sum()
        }
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}
