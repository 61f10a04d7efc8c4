// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
        do {
            if let check {
                try Check(goldens: check).run(network())
            } else if let input, let output {
                try upscale(input, output)
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(isSystemFailure(error) ? 74 : 65)
        }
    }

    private func network() throws -> Upconv7 {
        let path = "\(weights)/\(model.rawValue)\(noise.map { "-noise\($0)" } ?? "").safetensors"
        guard FileManager.default.fileExists(atPath: path) else { throw MissingWeights(path: path) }
        return try Upconv7(weights: path, options: .init(threads: threads))
    }

    private func upscale(_ input: String, _ output: String) throws {
        let image: PNGImage
        do {
            image = try PNGImage(contentsOf: input)
        } catch {
            throw BadImage(path: input, error: error)
        }
        // Known before the work, and not after it.
        let folder = URL(fileURLWithPath: output).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw PNGError.unwritable(
                path: output, reason: "the folder is not there, or nothing can be written into it")
        }
        let upscaler = Upscaler(try network(), tileSize: tile)
        var progress = Progress()
        let doubled = try upscaler.upscale(image) { progress.show(done: $0, of: $1) }
        progress.finish()
        try doubled.write(to: output)
        let megapixels = Double(doubled.width * doubled.height) / 1e6
        print(
            "\(input): \(image.width) x \(image.height) -> \(output): \(doubled.width) x \(doubled.height),",
            "\(progress.seconds.text(2)) s, \((megapixels / progress.seconds).text(2)) megapixels a second")
    }
}

struct MissingWeights: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) is not there; ./weights.py brings it" }
}

struct BadImage: Error, CustomStringConvertible {
    let path: String
    let error: PNGError

    var description: String {
        if case .unreadable = error { "\(error)" } else { "\(path): \(error)" }
    }
}

/// Whether the error may go away by itself, for want of memory or of space.
private func isSystemFailure(_ error: any Error) -> Bool {
    switch error {
    case let error as FileError: error.isSystemFailure
    case let error as ConvolutionError: error.isSystemFailure
    case PNGError.unwritable: true
    default: false
    }
}
