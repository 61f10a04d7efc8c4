// SPDX-License-Identifier: Apache-2.0

import CommandSupport
import Foundation
import PitchNetwork

/// The pitches of a sound, and which of them are any.
struct Track {
    let pitches: [Pitch]
    let threshold: Float
    let silence: Double

    func isVoiced(_ pitch: Pitch) -> Bool { pitch.periodicity >= threshold && pitch.level >= silence }

    /// A line for each frame: seconds, Hz or nothing, periodicity.
    func csv() -> String {
        pitches.reduce(into: "seconds,hertz,periodicity\n") { text, pitch in
            let frequency = isVoiced(pitch) ? pitch.frequency.text(2) : ""
            text += "\(pitch.time.text(2)),\(frequency),\(Double(pitch.periodicity).text(3))\n"
        }
    }

    /// The semitones that a plot shows, from that below the lowest pitch to that above the highest; at least an octave.
    var semitones: ClosedRange<Int> {
        let heard = pitches.filter(isVoiced).map { Semitone.number(of: $0.frequency) }
        let low = Int((heard.min() ?? 57).rounded(.down)) - 1
        let high = Int((heard.max() ?? 57).rounded(.up)) + 1
        let missing = max(0, 12 - (high - low))
        return low - missing / 2...high + (missing + 1) / 2
    }

    /// The stretches of frames whose pitches follow each other: a leap is the end of one tone and the beginning of another.
    var stretches: [ArraySlice<Pitch>] {
        var stretches: [ArraySlice<Pitch>] = []
        for (index, pitch) in pitches.enumerated() where isVoiced(pitch) {
            if let before = stretches.last?.last, stretches[stretches.count - 1].endIndex == index,
                abs(Semitone.number(of: pitch.frequency) - Semitone.number(of: before.frequency)) < 1
            {
                stretches[stretches.count - 1] = pitches[stretches[stretches.count - 1].startIndex...index]
            } else {
                stretches.append(pitches[index...index])
            }
        }
        return stretches
    }

    /// The pitch over time in letters: o where it is clear, . where it is less so.
    func plot(columns: Int = 64) -> String {
        let semitones = semitones
        // Two or more semitones share a row where there are many.
        let step = (semitones.count + 23) / 24
        let rows = (semitones.count + step - 1) / step
        let columns = min(columns, pitches.count)
        var canvas = [[Character]](repeating: [Character](repeating: " ", count: columns), count: rows)
        for column in 0..<columns {
            // The clearest frame of those that share the column.
            let frames = pitches[column * pitches.count / columns..<(column + 1) * pitches.count / columns]
            guard let pitch = frames.filter(isVoiced).max(by: { $0.periodicity < $1.periodicity }) else { continue }
            let semitone = Int(Semitone.number(of: pitch.frequency).rounded())
            let row = (min(max(semitone, semitones.lowerBound), semitones.upperBound) - semitones.lowerBound) / step
            canvas[row][column] = pitch.periodicity >= 0.7 ? "o" : "."
        }
        var lines = canvas.indices.reversed().map { row in
            let semitone = semitones.lowerBound + row * step
            let frequency = Semitone.frequency(of: Double(semitone)).text(1).leftPadded(to: 8)
            let name = Semitone.name(semitone).rightPadded(to: 3)
            return "\(frequency) \(name) |\(String(canvas[row]))".trimmingTrailingSpaces()
        }
        lines.append(String(repeating: " ", count: 13) + "+" + String(repeating: "-", count: columns))
        let end = "\((pitches.last?.time ?? 0).text(2)) s"
        lines.append("Hz".leftPadded(to: 8) + "      0 " + end.leftPadded(to: columns - 2))
        return lines.joined(separator: "\n")
    }
}

/// Semitones, numbered as the keys of MIDI are: 69 is the A of 440 Hz.
enum Semitone {
    static func number(of frequency: Double) -> Double { 69 + 12 * log2(frequency / 440) }

    static func frequency(of number: Double) -> Double { 440 * exp2((number - 69) / 12) }

    /// "A4"; the octaves are counted from C.
    static func name(_ number: Int) -> String {
        let names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
        let octave = Int((Double(number) / 12).rounded(.down))
        return "\(names[number - octave * 12])\(octave - 1)"
    }
}

extension String {
    fileprivate func rightPadded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    fileprivate func trimmingTrailingSpaces() -> String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
