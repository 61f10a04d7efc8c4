// SPDX-License-Identifier: Apache-2.0

import PNG

/// The sizes that an image goes through on its way into the network, and the way back, as rapidocr has them: a long
/// side of over 2000 pixels is reduced, a short one of under 30 enlarged, black is put above and below what is low or
/// more than 8 times as wide as high, and then the shorter side is enlarged to 736. What has been scaled has
/// sides that are multiples of 32.
struct Preparation: Equatable {
    /// Of the image.
    let width, height: Int
    /// After the long and the short side have been looked at.
    let fittedWidth, fittedHeight: Int
    /// Rows of black above, and below.
    let blackRows: Int
    /// Of the network's input.
    let inputWidth, inputHeight: Int

    private static let longest = 2000
    private static let shortest = 30
    private static let widest = 8
    private static let inputShortest = 736
    /// More would take over 2 GB.
    static let mostPixels = 1 << 24

    var boxedHeight: Int { fittedHeight + 2 * blackRows }

    /// - Throws: `TextError.tooNarrow`.
    init(width: Int, height: Int) throws(TextError) {
        self.width = width
        self.height = height
        var (w, h) = (width, height)
        if max(w, h) > Self.longest { (w, h) = Self.scaled(w, h, Double(Self.longest) / Double(max(w, h))) }
        if min(w, h) < Self.shortest { (w, h) = Self.scaled(w, h, Double(Self.shortest) / Double(min(w, h))) }
        (fittedWidth, fittedHeight) = (w, h)
        let isLow = h <= Self.shortest || w > Self.widest * h
        blackRows = isLow ? abs(max(w / Self.widest, Self.shortest) * 2 - h) / 2 : 0
        let boxed = h + 2 * blackRows
        let ratio = min(w, boxed) < Self.inputShortest ? Double(Self.inputShortest) / Double(min(w, boxed)) : 1
        (inputWidth, inputHeight) = Self.scaled(w, boxed, ratio)
        guard inputHeight <= Self.mostPixels / inputWidth, w <= Self.mostPixels / h else {
            throw .tooNarrow(
                width: width, height: height, neededWidth: max(w, inputWidth), neededHeight: max(h, inputHeight),
                mostPixels: Self.mostPixels)
        }
    }

    /// The nearest multiples of 32, at least one; a side half way between two becomes the even one.
    private static func scaled(_ width: Int, _ height: Int, _ ratio: Double) -> (Int, Int) {
        func multiple(_ extent: Int) -> Int {
            let units = (Double(Int(Double(extent) * ratio)) / Double(Detector.sizeUnit)).rounded(.toNearestOrEven)
            return max(1, Int(units)) * Detector.sizeUnit
        }
        return (multiple(width), multiple(height))
    }

    /// What the network takes.
    func input(of image: PNGImage) -> Picture {
        Picture(image).resized(width: fittedWidth, height: fittedHeight).letterboxed(rows: blackRows)
            .resized(width: inputWidth, height: inputHeight)
    }

    /// The place in the image of a place in the fitted one with its black rows.
    func original(_ point: Point) -> Point {
        let x = point.x * Double(width) / Double(fittedWidth)
        let y = (point.y - Double(blackRows)) * Double(height) / Double(fittedHeight)
        return Point(x: min(max(x, 0), Double(width)), y: min(max(y, 0), Double(height)))
    }
}
