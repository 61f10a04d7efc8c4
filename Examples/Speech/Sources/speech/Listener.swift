// SPDX-License-Identifier: Apache-2.0

import CommandSupport
import Foundation
import Sound
import SpeechNetwork

/// Hears a sound of any sample rate, says what it finds, and keeps what a summary tells.
struct Listener {
    /// What is printed while the sound is heard.
    enum Lines { case events, chunks }

    /// The probability of each chunk, and the microseconds that it took.
    private(set) var probabilities: [Float] = []
    private var latencies: [Float] = []
    private(set) var events: [SpeechDetector.Event] = []
    private var detector: SpeechDetector
    private var resampler: Resampler
    private let rate: Int
    private let lines: Lines
    /// Samples at the network's rate.
    private var heard = 0

    init(_ detector: SpeechDetector, rate: Int, prints lines: Lines) throws(SoundError) {
        self.detector = detector
        self.rate = rate
        self.lines = lines
        resampler = try Resampler(from: rate, to: SileroVAD.sampleRate)
        if lines == .chunks { print("seconds,probability,microseconds") }
    }

    mutating func hear(_ samples: [Float]) throws {
        try detect(resampler.feed(samples))
    }

    mutating func finish() throws {
        try detect(resampler.finish())
        try say(detector.finish { Self.keep($0, lines, &probabilities, &latencies) })
    }

    private mutating func detect(_ samples: [Float]) throws {
        heard += samples.count
        try say(detector.feed(samples) { Self.keep($0, lines, &probabilities, &latencies) })
    }

    private static func keep(
        _ chunk: SpeechDetector.Chunk, _ lines: Lines, _ probabilities: inout [Float], _ latencies: inout [Float]
    ) {
        let microseconds = chunk.latency / .microseconds(1)
        probabilities.append(chunk.probability)
        latencies.append(Float(microseconds))
        if lines == .chunks {
            print("\(chunk.start.text(3)),\(Double(chunk.probability).text(4)),\(microseconds.text(1))")
        }
    }

    private mutating func say(_ more: [SpeechDetector.Event]) throws {
        events += more
        if lines == .events {
            for event in more {
                switch event {
                case .begin(let time): print("\(time.text(2).leftPadded(to: 8)) s  speech")
                case .end(let time): print("\(time.text(2).leftPadded(to: 8)) s  pause")
                }
            }
        }
        // Whoever reads a pipe wants to know now.
        if lines == .chunks || !more.isEmpty { try flushOutput() }
    }

    /// The sound at a glance, and how long the network took.
    func summary(of name: String) -> String {
        let seconds = Double(heard) / Double(SileroVAD.sampleRate)
        let marks = timeline(columns: 64)
        var lines = [
            "\(name): \(seconds.text(2)) s at \(rate) Hz",
            "|\(marks)|",
            " 0 " + "\(seconds.text(2)) s".leftPadded(to: marks.count - 2),
        ]
        let times = latencies.map(Double.init).sorted()
        if let most = times.last {
            let count = times.count
            let length = Double(count * SileroVAD.chunkLength) / Double(SileroVAD.sampleRate)
            let factor = times.reduce(0, +) / 1e6 / length
            lines += [
                "\(count) chunks of 32 ms: \(times[count / 2].text(0)) us each (median), "
                    + "\(times[count * 99 / 100].text(0)) us (99 %), \(most.text(0)) us (most)",
                "real-time factor \(factor.text(4)): \((1 / factor).text(0)) times as fast as it sounds",
            ]
        }
        return lines.joined(separator: "\n")
    }

    /// The likeliest chunk of each column: # where it is speech, - where it may be.
    private func timeline(columns: Int) -> String {
        let (count, columns) = (probabilities.count, min(columns, probabilities.count))
        return String(
            (0..<columns).map { column in
                let most = probabilities[column * count / columns..<(column + 1) * count / columns].max() ?? 0
                return most >= 0.5 ? "#" : most >= 0.2 ? "-" : " "
            })
    }
}
