// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// How an FFT kernel cuts the rows of a case into segments, and the sizes that follow: those of CK_FFT in the header,
/// derived on their own.
struct Segments {
    let hop: Int
    let packed: Int
    let scratch: Int

    /// Columns of the output as regions count them: with a dilation whole spans, each of as many segments as the dilation
    /// or as the output has columns.
    let columns: Int

    private let spanSegments: Int
    private let parts: Int
    private let planes: Int
    private let bins: Int
    private let lineCount: (Int) -> Int

    init(_ kernel: ListedKernel, _ shape: KernelCase) {
        let points = shape.transformPoints
        let taps = (shape.kernel.width + shape.stride.width - 1) / shape.stride.width
        let isCut = 4 * taps > 3 * points
        parts = isCut ? kernel.roundUp(2 * taps, points) / points : 1
        hop = isCut ? points / 2 : points - taps + 1
        let dilation = shape.kernel.width > 1 ? shape.dilation.width : 1
        let width = shape.output.width
        spanSegments = min(dilation, width)
        columns = dilation == 1 ? width : (width + hop * dilation - 1) / (hop * dilation) * spanSegments * hop
        bins = points / 2 + 1
        planes = shape.channels * shape.stride.width
        let padded = kernel.roundUp(shape.outputChannels, kernel.lanes)
        let isPadded = Double(padded) <= 1.5 * Double(shape.outputChannels)
        let outputChannels = isPadded ? padded : shape.outputChannels
        let rows =
            isPadded
            ? kernel.tilePixels * (points > 512 ? 2 : 4) / (points > 2048 ? 4 : 2)
            : min(shape.outputChannels, kernel.lanes)
        packed =
            2 * points + 16 + outputChannels * ((points + 2) * planes * shape.kernel.height * parts + 1) + shape
            .outputChannels
            * shape.channels * shape.kernel.height * shape.kernel.width
        lineCount = { $0 + (shape.kernel.height - 1) * shape.dilation.height }
        scratch = points * kernel.lanes + bins * (2 * rows * kernel.lanes + 16)
    }

    func prepared(_ block: ck_region) -> Int {
        let segments =
            block.images.count * lineCount(block.rows.count)
            * ((block.columns.count + hop - 1) / hop + (parts - 1) * spanSegments)
        return bins * ((2 * planes * segments + 15) / 16 * 16 + 16) + 16
    }
}
