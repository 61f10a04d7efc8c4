// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import SpeechNetwork

extension Listener {
    /// Compares with what silero-vad said of the same sound, as make_goldens.py has written it.
    ///
    /// - Throws: `ExitCode.failure` if an answer is another, `FileError` if the goldens can't be read.
    func check(goldens path: String) throws {
        let goldens = try SafetensorsFile(contentsOf: path)
        let isClose = try isRight("probabilities", probabilities, goldens.tensor("probabilities").elements)

        let begins = try goldens.tensor("begins").elements.map { SpeechDetector.Event.begin(seconds($0)) }
        let ends = try goldens.tensor("ends").elements.map { SpeechDetector.Event.end(seconds($0)) }
        let isSame = events == zip(begins, ends).flatMap { [$0, $1] }
        print("\(begins.count) stretches of speech are \(isSame ? "the same" : "others: \(events)")")
        guard isClose, isSame else { throw ExitCode.failure }
    }

    private func seconds(_ sample: Float) -> Double { Double(sample) / Double(SileroVAD.sampleRate) }
}
