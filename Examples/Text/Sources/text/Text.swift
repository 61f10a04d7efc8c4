// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import Foundation
import PNG
import TextNetwork

@main
struct Text: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "text",
        abstract: "Finds the lines of text in an image.",
        discussion: """
            Reads a .png file of any kind, prints the boxes around lines of text as JSON, and draws them into a copy. \
            The network is the detector of PP-OCRv4, whose weights ./weights.py brings.

            Exit codes: 1 if --check finds another answer, 64 for wrong usage, 65 for bad data, 74 if the system would \
            not.
            """)

    @Argument(help: "The image.")
    var input: String?

    @Argument(help: "The file to draw the boxes into; none if left out.")
    var output: String?

    @Option(help: ArgumentHelp("The least score of a box.", valueName: "0-1"))
    var score = 0.5

    @Option(help: "The folder of the weights.")
    var weights = ".weights"

    @Option(help: "The threads to use; one for each core if left out.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Compares with the answers of ONNX Runtime and rapidocr in a folder of make_goldens.py instead.",
            valueName: "folder"))
    var check: String?

    func validate() throws {
        guard (check != nil) != (input != nil) else { throw ValidationError("an image is needed, or --check alone") }
        guard 0...1 ~= score else { throw ValidationError("--score \(score) is not 0 to 1") }
        guard threads ?? 1 > 0 else { throw ValidationError("--threads \(threads ?? 0) is less than 1") }
    }

    func run() throws {
        try reportingErrors {
            if let check {
                try Check(goldens: check).run(network())
            } else if let input {
                try find(input)
            }
        }
    }

    private func network() throws -> Detector {
        let path = "\(weights)/detector.safetensors"
        try requireWeights(path)
        return try Detector(weights: path, options: .init(threads: threads))
    }

    private func find(_ input: String) throws {
        let image = try PNGImage(contentsOf: input)
        let drawn = try output.map(OutputFile.init)
        let begin = ContinuousClock.now
        let network = try network()
        let ready = ContinuousClock.now
        let boxes = try TextFinder(network, leastScore: score).find(in: image)
        let seconds = ((ready - begin) / .seconds(1), (ContinuousClock.now - ready) / .seconds(1))
        if let drawn { try drawn.write(drawing(boxes, on: image).encoded()) }
        let answer = Answer(
            image: input, width: image.width, height: image.height,
            boxes: boxes.map { box in
                Answer.Box(
                    score: (box.score * 1000).rounded() / 1000,
                    corners: box.corners.map { [($0.x * 10).rounded() / 10, ($0.y * 10).rounded() / 10] })
            })
        print(try answer.text())
        let text =
            "\(boxes.count) lines of text, in \(milliseconds(seconds.1)); the weights in \(milliseconds(seconds.0))\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    private func milliseconds(_ seconds: Double) -> String {
        "\((seconds * 1000).text(0)) ms"
    }
}

/// What is printed.
struct Answer: Codable {
    struct Box: Codable {
        let score: Double
        /// The upper left one, the upper right one, the lower right one and the lower left one: x and y.
        let corners: [[Double]]
    }

    let image: String
    let width: Int
    let height: Int
    let boxes: [Box]

    /// A box in a line.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let lines = try boxes.map { "  " + (try json($0)) }.joined(separator: ",\n")
        return """
            {"image": \(try json(image)), "width": \(width), "height": \(height), "boxes": [\
            \(boxes.isEmpty ? "" : "\n\(lines)\n")]}
            """
    }
}
