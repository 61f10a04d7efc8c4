// SPDX-License-Identifier: Apache-2.0

import PitchNetwork

extension Track {
    /// The pitch over time as a picture: a line for each tone, the darker the clearer its pitch is.
    func svg() -> String {
        let (width, height, left, right, top, bottom) = (860.0, 320.0, 78.0, 20.0, 14.0, 38.0)
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
        // Round times, eight at most.
        let step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300].first { $0 * 8 >= end } ?? end / 8
        for time in stride(from: 0, through: end, by: step) {
            lines.append(
                ##"<text x="\##(x(time).text(1))" y="\##((height - 12).text(1))" text-anchor="middle" fill="#555">"##
                    + "\(time.text(step < 1 ? 1 : 0)) s</text>")
        }
        for stretch in stretches {
            let points = stretch.map { "\(x($0.time).text(1)),\(y(Semitone.number(of: $0.frequency)).text(1))" }
            let opacity = stretch.reduce(0) { $0 + Double($1.periodicity) } / Double(stretch.count)
            lines.append(
                ##"<polyline fill="none" stroke="#0b63ce" stroke-width="3" stroke-linecap="round" "##
                    + #"stroke-linejoin="round" stroke-opacity="\#(opacity.text(2))" points=""#
                    + points.joined(separator: " ") + #""/>"#)
        }
        return lines.joined(separator: "\n") + "\n</svg>\n"
    }
}
