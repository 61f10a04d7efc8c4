// SPDX-License-Identifier: Apache-2.0

import Convolution
import PNG

/// A line of text in an image.
public struct TextBox: Equatable, Sendable {
    /// Around the text: the upper left corner, the upper right one, the lower right one and the lower left one, in
    /// pixels.
    public let corners: [Point]
    /// The mean likelihood of the pixels in the box, 0 to 1, before it was grown.
    public let score: Double
}

/// Finds lines of text in images of any size and kind: the network, and what rapidocr does before and after it.
///
/// The likelihoods are cut at a threshold. Around the border of each region that is left, and of each hole in one, the
/// smallest rectangle is laid, at any angle, and kept if the likelihoods in it are high. It is then grown by as much as
/// the network has learned to leave out around text (differentiable binarization, Liao, Wan, Yao, Chen, Bai 2019).
public struct TextFinder: Sendable {
    /// The likelihood from which on a pixel is one of a text's.
    public static let threshold: Float = 0.3
    /// How much a box is grown, of its area over its circumference.
    public static let growth = 1.6

    private let network: Detector
    private let leastScore: Double

    /// - Parameters:
    ///   - network: The network.
    ///   - leastScore: The least score of a box, 0 to 1.
    public init(_ network: Detector, leastScore: Double = 0.5) {
        self.network = network
        self.leastScore = leastScore
    }

    /// What the network takes of an image: (1, 3, height, width), blue, green and red from -1 to 1.
    ///
    /// - Throws: `TextError` if the image is too narrow, `ConvolutionError.outOfMemory`.
    public static func input(of image: PNGImage) throws -> Tensor {
        let picture = try Preparation(width: image.width, height: image.height).input(of: image)
        var input = try Tensor.zeros([1, 3, picture.height, picture.width])
        var planes = input.mutableSpan
        picture.write(into: &planes)
        return input
    }

    /// The lines of text in an image, from top to bottom and, where they are equally high, from left to right.
    ///
    /// - Throws: `TextError` if the image is too narrow, `ConvolutionError.outOfMemory`.
    public func find(in image: PNGImage) throws -> [TextBox] {
        let input = try TextFinder.input(of: image)
        var session = try network.session(height: input.shape[2], width: input.shape[3])
        return boxes(try session(input), try Preparation(width: image.width, height: image.height))
    }

    /// The boxes that the network's output has, in the image's pixels.
    func boxes(_ likelihoods: Tensor, _ preparation: Preparation) -> [TextBox] {
        let (width, height) = (preparation.inputWidth, preparation.inputHeight)
        let bitmap = Bitmap(likelihoods.span, width: width, height: height, threshold: TextFinder.threshold)
        // Regions of a pixel or two are nothing.
        let leastSide = 3.0
        var boxes: [TextBox] = []
        for border in bitmap.borders() where !border.isEmpty {
            let rectangle = Rectangle(around: border)
            guard rectangle.shorterSide >= leastSide else { continue }
            let corners = rectangle.ordered
            let score = mean(of: likelihoods.span, width: width, height: height, in: corners)
            guard score >= leastScore else { continue }
            let distance = corners.area * TextFinder.growth / corners.circumference
            let grown = Rectangle(around: corners.grown(by: distance))
            guard grown.shorterSide >= leastSide + 2 else { continue }
            if let corners = fitted(grown.ordered, preparation) {
                boxes.append(TextBox(corners: corners, score: score))
            }
        }
        return sorted(boxes).map { box in
            TextBox(corners: box.corners.map(preparation.original), score: box.score)
        }
    }

    /// The corners in whole pixels of the fitted image with its black rows, or nil if the box has less than four of
    /// them along a side.
    private func fitted(_ corners: [Point], _ preparation: Preparation) -> [Point]? {
        let (width, height) = (Double(preparation.fittedWidth), Double(preparation.boxedHeight))
        func place(_ value: Double, from extent: Int, to newExtent: Double) -> Double {
            min(max((value / Double(extent) * newExtent).rounded(.toNearestOrEven), 0), newExtent - 1)
        }
        let scaled = corners.map { corner in
            Point(
                x: place(corner.x, from: preparation.inputWidth, to: width),
                y: place(corner.y, from: preparation.inputHeight, to: height))
        }
        let isLarge = (scaled[0] - scaled[1]).length >= 4 && (scaled[0] - scaled[3]).length >= 4
        return isLarge ? scaled : nil
    }

    /// From top to bottom; boxes whose upper left corners are less than ten pixels higher or lower than each other are
    /// in one line, from left to right.
    private func sorted(_ boxes: [TextBox]) -> [TextBox] {
        var boxes = boxes.sorted { ($0.corners[0].y, $0.corners[0].x) < ($1.corners[0].y, $1.corners[0].x) }
        for index in boxes.indices.dropLast() {
            var at = index
            while at >= 0, abs(boxes[at + 1].corners[0].y - boxes[at].corners[0].y) < 10,
                boxes[at + 1].corners[0].x < boxes[at].corners[0].x
            {
                boxes.swapAt(at, at + 1)
                at -= 1
            }
        }
        return boxes
    }
}
