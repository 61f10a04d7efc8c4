// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import Foundation
import PNG
import UpscaleNetwork

@main
struct Upscale: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upscale",
        abstract: "Doubles the size of an image.",
        discussion: """
            Reads a .png file of any kind and writes one of twice the width and twice the height. The network is \
            waifu2x's upconv_7, whose weights ./weights.py brings.

            Exit codes: 1 if --check finds another answer, 64 for wrong usage, 65 for bad data, 74 if the system would \
            not.
            """)

    enum Model: String, ExpressibleByArgument, CaseIterable { case photo, drawing }

    @Argument(help: "The image.")
    var input: String?

    @Argument(help: "The file to write.")
    var output: String?

    @Option(help: "What the network was trained on.")
    var model = Model.photo

    @Option(help: ArgumentHelp("How much noise to remove, as JPEG leaves it; none if left out.", valueName: "0-3"))
    var noise: Int?

    @Option(help: "The folder of the weights.")
    var weights = ".weights"

    @Option(help: ArgumentHelp("The most pixels of a tile along each axis.", valueName: "pixels"))
    var tile = Upconv7.preparedSize

    @Option(help: "The threads to use; one for each core if left out.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Compares with ncnn's answers in a folder of make_goldens.py instead.", valueName: "folder"))
    var check: String?

    func validate() throws {
        guard check != nil ? input == nil : output != nil else {
            throw ValidationError("an image and a file to write are needed, or --check alone")
        }
        guard 0...3 ~= noise ?? 0 else { throw ValidationError("--noise \(noise ?? 0) is not 0 to 3") }
        guard tile > 0 else { throw ValidationError("--tile \(tile) is less than 1") }
        guard threads ?? 1 > 0 else { throw ValidationError("--threads \(threads ?? 0) is less than 1") }
    }

    func run() throws {
        try reportingErrors {
            if let check {
                try Check(goldens: check).run(network())
            } else if let input, let output {
                try upscale(input, output)
            }
        }
    }

    private func network() throws -> Upconv7 {
        let path = "\(weights)/\(model.rawValue)\(noise.map { "-noise\($0)" } ?? "").safetensors"
        try requireWeights(path)
        return try Upconv7(weights: path, options: .init(threads: threads))
    }

    private func upscale(_ input: String, _ output: String) throws {
        let image = try PNGImage(contentsOf: input)
        let file = try OutputFile(output)
        let upscaler = Upscaler(try network(), tileSize: tile)
        var progress = WorkProgress(unit: "tiles")
        let doubled = try upscaler.upscale(image) { progress.show(done: $0, of: $1) }
        progress.finish()
        try file.write(doubled.encoded())
        let megapixels = Double(doubled.width * doubled.height) / 1e6
        print(
            "\(input): \(image.width) x \(image.height) -> \(output): \(doubled.width) x \(doubled.height),",
            "\(progress.seconds.text(2)) s, \((megapixels / progress.seconds).text(2)) megapixels a second")
    }
}
