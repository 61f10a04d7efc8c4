// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The pitch at one time.
public struct Pitch: Sendable, Equatable {
    /// Seconds from the beginning, of the frame's middle.
    public let time: Double
    /// The fundamental frequency in Hz.
    public let frequency: Double
    /// How sure the network is that there is one, from 0 to 1.
    public let periodicity: Float
    /// The level of the frame in dB, of a full-scale square wave 0.
    public let level: Double
    /// The network's output that the frequency is near.
    public let bin: Int
}

/// Follows the pitch of a sound: a frame every 10 ms, and the most likely path through the network's answers.
public struct PitchTracker: Sendable {
    /// Samples from one frame to the next.
    public static let hop = Crepe.sampleRate / 100

    /// The pitches that the network knows, in Hz.
    public static let knownRange =
        PitchScale.frequency(of: 0)...PitchScale.frequency(of: Double(Crepe.binCount - 1))

    /// What hears the pitch of a frame.
    public let network: Crepe
    /// The pitches that are looked for, in Hz.
    public let range: ClosedRange<Double>

    /// - Parameter range: In Hz; has to overlap ``knownRange``, beyond which nothing is found.
    public init(_ network: Crepe, range: ClosedRange<Double> = 50...2006) {
        precondition(range.overlaps(Self.knownRange), "no pitch of \(range) Hz is known")
        self.network = network
        self.range = range
    }

    /// The pitches of a sound.
    ///
    /// - Parameters:
    ///   - samples: At 16 kHz.
    ///   - progress: Is told how many of how many frames are done.
    /// - Returns: One for each 10 ms, and one for the beginning.
    /// - Throws: `ConvolutionError.outOfMemory`.
    public func track(
        _ samples: [Float], progress: (_ done: Int, _ frames: Int) -> Void = { _, _ in }
    ) throws(ConvolutionError) -> [Pitch] {
        let likelihoods = try likelihoods(samples, progress: progress)
        let path = PitchDecoder(range: range).path(likelihoods)
        return path.enumerated().map { index, bin in
            let row = likelihoods[index * Crepe.binCount..<(index + 1) * Crepe.binCount]
            return Pitch(
                time: Double(index * PitchTracker.hop) / Double(Crepe.sampleRate),
                frequency: PitchScale.frequency(of: PitchScale.center(row, near: bin)),
                periodicity: row[row.startIndex + bin], level: level(samples, frame: index), bin: bin)
        }
    }

    /// What the network says of each frame: (frames, 360).
    ///
    /// - Throws: `ConvolutionError.outOfMemory`.
    public func likelihoods(
        _ samples: [Float], progress: (_ done: Int, _ frames: Int) -> Void = { _, _ in }
    ) throws(ConvolutionError) -> [Float] {
        let count = 1 + samples.count / PitchTracker.hop
        var likelihoods: [Float] = []
        likelihoods.reserveCapacity(count * Crepe.binCount)
        let batch = min(count, Crepe.preparedFrames)
        var session = try network.session(frames: batch)
        for first in stride(from: 0, to: count, by: batch) {
            let frames = min(batch, count - first)
            if frames < batch { session = try network.session(frames: frames) }
            likelihoods += try session(self.frames(samples, first..<first + frames)).elements
            progress(first + frames, count)
        }
        return likelihoods
    }

    /// The samples around the middle of a frame, those before the beginning and behind the end being zeros.
    private func samples(_ samples: [Float], frame: Int) -> (before: Int, ArraySlice<Float>) {
        let start = frame * PitchTracker.hop - Crepe.frameLength / 2
        return (max(0, -start), samples[max(0, start)..<min(samples.count, start + Crepe.frameLength)])
    }

    /// Frames as the network was trained on them: each with the mean 0 and the standard deviation 1.
    private func frames(_ samples: [Float], _ numbers: Range<Int>) throws(ConvolutionError) -> Tensor {
        var frames = try Tensor.zeros([numbers.count, Crepe.frameLength])
        var elements = frames.mutableSpan
        for (index, number) in numbers.enumerated() {
            let (before, heard) = self.samples(samples, frame: number)
            let count = Float(Crepe.frameLength)
            let mean = heard.reduce(0, +) / count
            // The zeros around the sound are less the mean too.
            let silence = count - Float(heard.count)
            let squares = heard.reduce(silence * mean * mean) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = max(1e-10, (squares / (count - 1)).squareRoot())
            let start = index * Crepe.frameLength
            for offset in 0..<Crepe.frameLength { elements[start + offset] = -mean / deviation }
            for (offset, sample) in heard.enumerated() {
                elements[start + before + offset] = (sample - mean) / deviation
            }
        }
        return frames
    }

    private func level(_ samples: [Float], frame: Int) -> Double {
        let squares = self.samples(samples, frame: frame).1.reduce(0) { $0 + Double($1) * Double($1) }
        return 10 * log10(max(1e-12, squares / Double(Crepe.frameLength)))
    }
}
