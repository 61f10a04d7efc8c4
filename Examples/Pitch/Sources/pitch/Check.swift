// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import PitchNetwork
import Sound

/// Compares with what torchcrepe answered, as make_goldens.py has written it.
struct Check {
    private let goldens: [String: Tensor]
    private let path: String

    init(goldens path: String) throws {
        self.path = path
        goldens = try SafetensorsFile(contentsOf: path).tensors()
    }

    private func golden(_ name: String) throws -> [Float] {
        guard let tensor = goldens[name] else { throw FileError.missingTensor(path: path, key: name) }
        return tensor.elements
    }

    /// - Throws: `ExitCode.failure` if an answer is another.
    func run(_ full: Crepe, _ tiny: Crepe) throws {
        let samples = try golden("samples")
        var isSame = try resampling()
        for (name, network) in [("full", full), ("tiny", tiny)] {
            let likelihoods = try PitchTracker(network).likelihoods(samples)
            isSame = try isRight("\(name).likelihoods", likelihoods, golden("\(name).likelihoods")) && isSame
            let bins = stride(from: 0, to: likelihoods.count, by: Crepe.binCount).map { start in
                (0..<Crepe.binCount).max { likelihoods[start + $0] < likelihoods[start + $1] } ?? 0
            }
            let others = try zip(bins, golden("\(name).bins")).filter { $0 != Int($1) }.count
            print("\(name).bins: another output is the largest in \(others) of \(bins.count) frames")
            isSame = isSame && others == 0
        }
        if !isSame { throw ExitCode.failure }
    }

    private func resampling() throws -> Bool {
        var resampler = try Resampler(from: 44_100, to: Crepe.sampleRate)
        let samples = try golden("resampling.samples")
        // In pieces of all lengths up to a few hundred.
        var resampled: [Float] = []
        var (first, length) = (0, 0)
        while first < samples.count {
            length = (length * 5 + 1) % 311
            let piece = samples[first..<min(samples.count, first + length)]
            resampled += resampler.feed(Array(piece))
            first += piece.count
        }
        resampled += resampler.finish()
        return try isRight("resampling.resampled", resampled, golden("resampling.resampled"))
    }
}
