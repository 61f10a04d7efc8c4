// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Finds the stretches of speech in a sound that arrives in pieces of any length, as silero-vad's `VADIterator` does: one
/// begins with a likely chunk, and ends where none has come for a while.
///
/// ```swift
/// var detector = SpeechDetector(network)
/// let events = try detector.feed(samples)  // .begin(0.61), ...
/// ```
public struct SpeechDetector: Sendable {
    /// What the detector has found, in seconds from the beginning of the sound.
    public enum Event: Sendable, Equatable {
        case begin(Double)
        case end(Double)
    }

    /// How speech is told from pauses.
    public struct Thresholds: Sendable {
        /// The probability from which on a chunk is speech.
        public var begin: Float = 0.5
        /// The probability below which it is none.
        public var end: Float = 0.35
        /// How long a pause ends a stretch, in seconds.
        public var pause = 0.1
        /// Seconds that are added to a stretch on either side.
        public var margin = 0.03

        /// Those of silero-vad.
        public init() {}
    }

    /// A chunk that has been heard.
    public struct Chunk: Sendable {
        /// Seconds from the beginning of the sound to that of the chunk.
        public let start: Double
        /// The probability that it is speech.
        public let probability: Float
        /// How long it took the network to say so.
        public let latency: Duration
    }

    private var network: SileroVAD
    private let thresholds: Thresholds
    private var pending: [Float] = []
    /// Samples in whole chunks so far.
    private var heard = 0
    private var isSpeech = false
    private var pauseStart: Int?

    /// - Parameter network: As new, or as it has heard what comes before.
    public init(_ network: SileroVAD, thresholds: Thresholds = .init()) {
        self.network = network
        self.thresholds = thresholds
        pending.reserveCapacity(SileroVAD.chunkLength)
    }

    /// Takes the next samples, at 16 kHz.
    ///
    /// - Parameter onChunk: Is told of each chunk that they complete.
    /// - Returns: What they decide.
    /// - Throws: `ConvolutionError.outOfMemory`.
    public mutating func feed(
        _ samples: [Float], onChunk: (Chunk) -> Void = { _ in }
    ) throws(ConvolutionError) -> [Event] {
        var events: [Event] = []
        var rest = samples[...]
        while !rest.isEmpty {
            let taken = rest.prefix(SileroVAD.chunkLength - pending.count)
            pending += taken
            rest = rest.dropFirst(taken.count)
            guard pending.count == SileroVAD.chunkLength else { break }
            let begin = ContinuousClock.now
            let probability = try network.feed(pending)
            let latency = ContinuousClock.now - begin
            pending.removeAll(keepingCapacity: true)
            onChunk(Chunk(start: seconds(heard), probability: probability, latency: latency))
            if let event = decide(probability) { events.append(event) }
        }
        return events
    }

    /// Ends the sound, with zeros up to a whole chunk: speech that goes on ends there.
    public mutating func finish(onChunk: (Chunk) -> Void = { _ in }) throws(ConvolutionError) -> [Event] {
        let length = heard + pending.count
        var events: [Event] = []
        if !pending.isEmpty {
            let zeros = [Float](repeating: 0, count: SileroVAD.chunkLength - pending.count)
            events = try feed(zeros, onChunk: onChunk)
        }
        if isSpeech { events.append(.end(seconds(length))) }
        network.reset()
        (heard, isSpeech, pauseStart) = (0, false, nil)
        return events
    }

    private mutating func decide(_ probability: Float) -> Event? {
        let start = heard
        heard += SileroVAD.chunkLength
        if probability >= thresholds.begin {
            pauseStart = nil
            guard !isSpeech else { return nil }
            isSpeech = true
            return .begin(seconds(max(0, start - samples(thresholds.margin))))
        }
        guard isSpeech, probability < thresholds.end else { return nil }
        let pause = pauseStart ?? start
        pauseStart = pause
        guard start - pause >= samples(thresholds.pause) else { return nil }
        (isSpeech, pauseStart) = (false, nil)
        return .end(seconds(pause + samples(thresholds.margin)))
    }

    private func samples(_ seconds: Double) -> Int { Int((seconds * Double(SileroVAD.sampleRate)).rounded()) }

    private func seconds(_ samples: Int) -> Double { Double(samples) / Double(SileroVAD.sampleRate) }
}
