// SPDX-License-Identifier: Apache-2.0

import PitchNetwork

extension Track {
    /// The pitch over time as a picture: a line for each stretch without a pause, the darker the clearer the pitch is.
    func svg() -> String {
        let (width, height, left, right, top, bottom) = (860.0, 320.0, 78.0, 14.0, 14.0, 38.0)
        let semitones = semitones
        let end = max(0.01, pitches.last?.time ?? 0)
        func x(_ time: Double) -> Double { left + (width - left - right) * time / end }
        func y(_ semitone: Double) -> Double {
            let part = (semitone - Double(semitones.lowerBound)) / Double(semitones.count - 1)
            return height - bottom - (height - top - bottom) * part
        }

        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" "#
                + #"font-family="sans-serif" font-size="12">"#,
            ##"<rect width="100%" height="100%" fill="#fff"/>"##,
        ]
        // Every key of the scale of C where there is room for them, else every C.
        let isWide = semitones.count > 40
        for semitone in semitones where isWide ? semitone % 12 == 0 : [0, 2, 4, 5, 7, 9, 11].contains(semitone % 12) {
            let (line, name) = (y(Double(semitone)), Semitone.name(semitone))
            let frequency = Semitone.frequency(of: Double(semitone)).text(0)
            lines += [
                ##"<path d="M\##(left.text(1)) \##(line.text(1))H\##((width - right).text(1))" stroke="#ddd"/>"##,
                ##"<text x="\##((left - 8).text(1))" y="\##((line + 4).text(1))" text-anchor="end" fill="#555">"##
                    + "\(frequency) Hz \(name)</text>",
            ]
        }
        for mark in 0...5 {
            let time = end * Double(mark) / 5
            lines.append(
                ##"<text x="\##(x(time).text(1))" y="\##((height - 12).text(1))" text-anchor="middle" fill="#555">"##
                    + "\(time.text(1)) s</text>")
        }
        for (before, pitch) in zip(pitches, pitches.dropFirst()) where isVoiced(before) && isVoiced(pitch) {
            let (from, to) = (Semitone.number(of: before.frequency), Semitone.number(of: pitch.frequency))
            // A leap is the end of one tone and the beginning of another.
            guard abs(to - from) < 1 else { continue }
            let opacity = Double(min(before.periodicity, pitch.periodicity))
            lines.append(
                ##"<path d="M\##(x(before.time).text(1)) \##(y(from).text(1))L\##(x(pitch.time).text(1)) "##
                    + ##"\##(y(to).text(1))" stroke="#0b63ce" stroke-width="3" stroke-linecap="round" "##
                    + #"stroke-opacity="\#(opacity.text(2))"/>"#)
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }
}
