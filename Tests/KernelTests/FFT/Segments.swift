// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// How an FFT kernel cuts the rows of a case into segments: as CK_FFT in the header has it, derived on its own.
struct Segments {
    /// Output pixels of a segment.
    let hop: Int
    /// Columns of the output as regions count them: with a dilation whole spans, each of as many segments as the dilation
    /// or as the output has columns.
    let columns: Int

    init(_ shape: KernelCase) {
        let points = shape.transformPoints
        let taps = (shape.kernel.width + shape.stride.width - 1) / shape.stride.width
        hop = 4 * taps > 3 * points ? points / 2 : points - taps + 1
        let dilation = shape.kernel.width > 1 ? shape.dilation.width : 1
        let width = shape.output.width
        columns = dilation == 1 ? width : (width + hop * dilation - 1) / (hop * dilation) * min(dilation, width) * hop
    }
}
