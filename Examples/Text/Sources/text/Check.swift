// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import Foundation
import PNG
import TextNetwork

/// Compares with what ONNX Runtime and rapidocr answered, as make_goldens.py has written it.
struct Check {
    private let folder: String

    /// What rapidocr found in an image.
    private struct Golden: Codable {
        let image: String
        let boxes: [[[Double]]]
    }

    init(goldens folder: String) {
        self.folder = folder
    }

    /// - Throws: `ExitCode.failure` if an answer is another.
    func run(_ network: Detector) throws {
        let goldens = try SafetensorsFile(contentsOf: folder + "/goldens.safetensors")
        var isSame = true
        for name in ["wide", "high"] {
            let samples = try goldens.tensor("\(name).samples")
            let input = try Tensor(samples.elements.map { ($0 / 255 - 0.5) * 2 }, shape: samples.shape)
            var session = try network.session(height: input.shape[2], width: input.shape[3])
            let expected = try goldens.tensor("\(name).likelihoods").elements
            isSame = try isRight(name, session(input).elements, expected) && isSame
            // Nothing of a run is left in the session.
            isSame = try isRight("\(name) again", session(input).elements, expected) && isSame
        }
        let image = try PNGImage(contentsOf: folder + "/sign.png")
        let resized = try TextFinder.input(of: image).elements
        isSame =
            try isRight("sign resized", checksums(resized), goldens.tensor("sign.checksums").elements) && isSame
        let finder = TextFinder(network)
        let answers = try JSONDecoder().decode(
            [Golden].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/boxes.json")))
        for golden in answers {
            let boxes = try finder.find(in: PNGImage(contentsOf: "\(folder)/\(golden.image)"))
            isSame = compare(golden.image, boxes, golden.boxes) && isSame
        }
        if !isSame { throw ExitCode.failure }
    }

    /// The sums of 64 parts of an image.
    private func checksums(_ values: [Float]) -> [Float] {
        let count = values.count / 64
        return (0..<64).map { part in
            Float(values[part * count..<(part + 1) * count].reduce(0) { $0 + Double($1) } / Double(count))
        }
    }

    /// Corners may lie a pixel elsewhere: both round to whole pixels on the way.
    private func compare(_ name: String, _ boxes: [TextBox], _ expected: [[[Double]]]) -> Bool {
        guard boxes.count == expected.count else {
            print("\(name): \(boxes.count) boxes instead of \(expected.count)")
            return false
        }
        let distances = zip(boxes, expected).flatMap { box, corners in
            zip(box.corners, corners).map { max(abs($0.x - $1[0]), abs($0.y - $1[1])) }
        }
        print("\(name): \(boxes.count) boxes, corners within \(distances.max() ?? 0) pixels")
        return (distances.max() ?? 0) <= 1
    }
}
