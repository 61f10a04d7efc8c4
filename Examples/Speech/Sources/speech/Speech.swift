// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import Foundation
import Sound
import SpeechNetwork

@main
struct SpeechCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "speech",
        abstract: "Tells where somebody speaks in a sound.",
        discussion: """
            Reads a .wav file or a pipe of any sample rate, and says when speech begins and ends as soon as it is heard. \
            The network is Silero VAD, whose weights ./weights.py brings.

            Exit codes: 1 if --check finds another answer, 64 for wrong usage, 65 for bad data, 74 if the system would not.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, csv }

    @Argument(help: "The sound, a .wav file; - is the standard input.")
    var file: String

    @Option(help: "The folder of the weights.")
    var weights = ".weights"

    @Option(
        help: ArgumentHelp(
            "What to print.",
            discussion: "csv: seconds, the probability of speech, and the time that took; a line for each 32 ms."))
    var format = Format.text

    @Option(
        help: ArgumentHelp(
            "Samples of 16 bits without a header, one channel, at this rate.", valueName: "Hz"))
    var raw: Int?

    @Option(help: ArgumentHelp("The probability from which on a chunk is speech.", valueName: "0-1"))
    var threshold: Float = 0.5

    @Option(help: ArgumentHelp("The pause that ends speech, in seconds.", valueName: "seconds"))
    var pause = 0.1

    @Option(
        help: ArgumentHelp(
            "Compares with the answers of silero-vad in a file of make_goldens.py.", valueName: "file.safetensors"))
    var check: String?

    func validate() throws {
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold \(threshold) is not from 0 to 1") }
        guard (0...60).contains(pause) else { throw ValidationError("--pause \(pause) is not from 0 to 60 seconds") }
    }

    func run() throws {
        try reportingErrors {
            let listener = try listen()
            if let check { try listener.check(goldens: check) }
        }
    }

    private func listen() throws -> Listener {
        let path = "\(weights)/silero_vad_16k.safetensors"
        try requireWeights(path)
        var thresholds = SpeechDetector.Thresholds()
        thresholds.begin = threshold
        thresholds.end = max(0, threshold - 0.15)
        thresholds.pause = pause
        var reader = try SoundReader(contentsOf: file, raw: raw.map { SampleFormat.signed16(sampleRate: $0) })
        // Nobody else keeps the network: its first chunk would have to copy what it shares.
        var listener = try Listener(
            SpeechDetector(SileroVAD(weights: path), thresholds: thresholds), rate: reader.format.sampleRate,
            prints: format == .csv ? .chunks : .events)
        while let samples = try reader.next() { try listener.hear(samples) }
        try listener.finish()
        if format == .text { print(listener.summary(of: file)) }
        return listener
    }
}
