// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import Convolution
import PNG
import UpscaleNetwork

/// Compares with what ncnn answered, as make_goldens.py has written it, and tiles with the whole.
struct Check {
    private let folder: String

    // Of full intensity.
    private static let tolerance: Float = 1e-4

    init(goldens folder: String) {
        self.folder = folder
    }

    /// - Throws: `ExitCode.failure` if an answer is another.
    func run(_ network: Upconv7) throws {
        let tensors = try SafetensorsFile(contentsOf: folder + "/goldens.safetensors")
        let input = try tensors.tensor("input")
        let context = 2 * Upconv7.context
        guard input.rank == 4, input.shape[2] > context, input.shape[3] > context else {
            throw ConvolutionError.shapeMismatch(tensor: "input", expected: [1, 3, 28, 28], got: input.shape)
        }
        var session = try network.session(height: input.shape[2] - context, width: input.shape[3] - context)
        var isSame = try isRight("network", session(input).elements, tensors.tensor("output").elements)

        let image = try PNGImage(contentsOf: folder + "/cat.png")
        let upscaler = Upscaler(network)
        isSame = try compare("cat", upscaler.upscale(image), PNGImage(contentsOf: folder + "/cat-2x.png")) && isSame
        let icon = try PNGImage(contentsOf: folder + "/icon.png")
        let doubledIcon = try upscaler.upscale(icon)
        isSame = try compare("icon", doubledIcon, PNGImage(contentsOf: folder + "/icon-2x.png")) && isSame
        // Black in the pixels that nobody sees, as many programs leave it, shines through nowhere.
        let onBlack = try upscaler.upscale(visible(icon))
        isSame = compare("icon on black", visible(onBlack), visible(doubledIcon)) && isSame
        isSame = try compareTiles(network, image) && isSame
        isSame = try otherKinds(upscaler, image) && isSame
        if !isSame { throw ExitCode.failure }
    }

    /// The image with black in the pixels that are transparent.
    private func visible(_ image: PNGImage) -> PNGImage {
        var image = image
        for at in stride(from: 0, to: image.samples.count, by: image.channels)
        where image.hasAlpha && image.samples[at + image.channels - 1] == 0 {
            for colour in 0..<image.colours { image.samples[at + colour] = 0 }
        }
        return image
    }

    /// A seam would be a difference along the edges of tiles; what rounding leaves is less than a level.
    private func compareTiles(_ network: Upconv7, _ image: PNGImage) throws -> Bool {
        let fine = PNGImage(
            width: image.width, height: image.height, channels: 3, depth: 16, samples: image.samples.map { $0 * 257 })
        let whole = try Upscaler(network, tileSize: max(image.width, image.height)).upscale(fine)
        var isSame = true
        for size in [1, 17, 40] {
            // Tiles of a pixel, of which each sees nothing but its context, are slow: a corner will do.
            let part = size == 1 ? fine.cropped(width: 9, height: 6) : fine
            let expected = size == 1 ? try Upscaler(network).upscale(part) : whole
            let tiled = try Upscaler(network, tileSize: size).upscale(part)
            let most = zip(tiled.samples, expected.samples).map { abs(Int($0) - Int($1)) }.max() ?? 0
            let levels = Float(most) / 65535
            print("tiles of \(size): within \(levels) of the whole image")
            isSame = isSame && levels <= Check.tolerance
        }
        return isSame
    }

    /// Grey, 16 bits and alpha give the same colours.
    private func otherKinds(_ upscaler: Upscaler, _ image: PNGImage) throws -> Bool {
        let small = image.cropped(width: 21, height: 13)
        let expected = try upscaler.upscale(small)
        func pixels(_ image: PNGImage, _ map: (ArraySlice<UInt16>) -> [UInt16]) -> [UInt16] {
            stride(from: 0, to: image.samples.count, by: image.channels).flatMap {
                map(image.samples[$0..<$0 + image.channels])
            }
        }
        let opaque = try upscaler.upscale(
            PNGImage(width: 21, height: 13, channels: 4, samples: pixels(small) { $0 + [255] }))
        let fine = try upscaler.upscale(
            PNGImage(width: 21, height: 13, channels: 3, depth: 16, samples: small.samples.map { $0 * 257 }))
        let grey = pixels(small) { [$0[$0.startIndex]] }
        let single = try upscaler.upscale(PNGImage(width: 21, height: 13, channels: 1, samples: grey))
        let triple = try upscaler.upscale(
            PNGImage(width: 21, height: 13, channels: 3, samples: grey.flatMap { [$0, $0, $0] }))
        let means = pixels(triple) { [UInt16(($0.reduce(0) { $0 + Int($1) } + 1) / 3)] }
        let answers = [
            ("opaque", opaque.samples == pixels(expected) { $0 + [255] }),
            ("16 bits", zip(fine.samples, expected.samples).allSatisfy { abs(Int($0) - Int($1) * 257) <= 129 }),
            ("grey", zip(single.samples, means).allSatisfy { abs(Int($0) - Int($1)) <= 1 }),
        ]
        for (name, isSame) in answers { print("\(name): \(isSame ? "the same" : "other") colours") }
        return answers.allSatisfy(\.1)
    }

    /// What lies half way between two levels may be rounded to either.
    private func compare(_ name: String, _ answer: PNGImage, _ expected: PNGImage) -> Bool {
        guard (answer.width, answer.height, answer.channels) == (expected.width, expected.height, expected.channels)
        else {
            print("\(name): \(answer.width) x \(answer.height) instead of \(expected.width) x \(expected.height)")
            return false
        }
        let differences = zip(answer.samples, expected.samples).map { abs(Int($0) - Int($1)) }
        let others = differences.filter { $0 > 0 }.count
        print("\(name): \(others) of \(differences.count) samples differ, by \(differences.max() ?? 0) at most")
        return differences.allSatisfy { $0 <= 1 } && others * 1000 <= differences.count
    }
}

extension PNGImage {
    /// The upper left corner.
    fileprivate func cropped(width: Int, height: Int) -> PNGImage {
        PNGImage(
            width: width, height: height, channels: channels, depth: depth,
            samples: (0..<height).flatMap { y in
                samples[y * self.width * channels..<(y * self.width + width) * channels]
            })
    }
}
