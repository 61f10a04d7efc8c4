// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import Foundation
import PitchNetwork
import Sound

@main
struct PitchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pitch",
        abstract: "Follows the pitch of a sound.",
        discussion: """
            Reads a .wav file of any sample rate and shows its pitch over time, in Hz, a frame every 10 ms. The network \
            is CREPE, whose weights ./weights.py brings.

            Exit codes: 1 if --check finds another answer, 64 for wrong usage, 65 for bad data, 74 if the system would not.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case plot, csv }
    enum Model: String, ExpressibleByArgument, CaseIterable { case full, tiny }

    @Argument(help: "The sound, a .wav file; - is the standard input.")
    var file: String?

    @Option(help: "The size of the network.")
    var model = Model.full

    @Option(help: "The folder of the weights.")
    var weights = ".weights"

    @Option(
        help: ArgumentHelp(
            "What to print.", discussion: "csv: seconds, Hz, or nothing where there is no pitch, and periodicity."))
    var format = Format.plot

    @Option(help: ArgumentHelp("A file to draw the plot into.", valueName: "file.svg"))
    var svg: String?

    @Option(help: ArgumentHelp("The lowest pitch that is looked for, in Hz.", valueName: "Hz"))
    var lowest = 50.0

    @Option(help: ArgumentHelp("The highest.", valueName: "Hz"))
    var highest = 2006.0

    @Option(help: ArgumentHelp("The least periodicity of a pitch, 0 to 1.", valueName: "0-1"))
    var threshold = 0.21

    @Option(help: ArgumentHelp("The level in dB below which there is none.", valueName: "dB"))
    var silence = -60.0

    @Option(help: "The threads to use; one for each core if left out.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Compares with the answers of torchcrepe in a file of make_goldens.py instead.",
            valueName: "file.safetensors"))
    var check: String?

    func validate() throws {
        guard (file == nil) != (check == nil) else { throw ValidationError("a sound is needed, or --check") }
        guard lowest > 0, lowest < highest, highest.isFinite else {
            throw ValidationError("--lowest \(lowest) is not below --highest \(highest)")
        }
        guard (lowest...highest).overlaps(PitchTracker.knownRange) else {
            let (first, last) = (PitchTracker.knownRange.lowerBound, PitchTracker.knownRange.upperBound)
            throw ValidationError(
                "no pitch from \(lowest) to \(highest) Hz is known; those from \(first.text(1)) to \(last.text(1)) Hz are"
            )
        }
        guard 0...1 ~= threshold else { throw ValidationError("--threshold \(threshold) is not 0 to 1") }
        guard !silence.isNaN else { throw ValidationError("--silence \(silence) is no level") }
        guard threads ?? 1 > 0 else { throw ValidationError("--threads \(threads ?? 0) is less than 1") }
    }

    func run() throws {
        try reportingErrors {
            if let check {
                try Check(goldens: check).run(network(.full), network(.tiny))
            } else if let file {
                try follow(file)
            }
        }
    }

    private func network(_ model: Model) throws -> Crepe {
        let path = "\(weights)/crepe-\(model.rawValue).safetensors"
        try requireWeights(path)
        return try Crepe(weights: path, options: .init(threads: threads))
    }

    private func follow(_ file: String) throws {
        var reader = try SoundReader(contentsOf: file)
        let rate = reader.format.sampleRate
        let drawing = try svg.map(OutputFile.init)
        let samples = try reader.all(at: Crepe.sampleRate)
        let network = try network(model)
        let tracker = PitchTracker(network, range: lowest...highest)

        let begin = ContinuousClock.now
        var progress = WorkProgress(unit: "frames")
        let pitches = try tracker.track(samples) { progress.show(done: $0, of: $1) }
        progress.finish()
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        let track = Track(pitches: pitches, threshold: Float(threshold), silence: silence)

        if let drawing { try drawing.write(Data(track.svg().utf8)) }
        switch format {
        case .csv: print(track.csv(), terminator: "")
        case .plot:
            let length = Double(samples.count) / Double(Crepe.sampleRate)
            print(
                """
                \(file): \(length.text(2)) s at \(rate) Hz, \(pitches.count) frames
                \(model.rawValue) model: \(seconds.text(2)) s, \((length / seconds).text(1)) times as fast as it sounds

                \(track.plot())
                """)
        }
    }
}
