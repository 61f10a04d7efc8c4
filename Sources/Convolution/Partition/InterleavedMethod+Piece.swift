// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension InterleavedMethod.Piece {
    /// As much of a block as has at most so many sums, `each` of them for each element of the output's columns: all pixels of
    /// some channels first, or, where `fewestPixels` is not nil, all channels as long as so many pixels are left.
    init(
        of block: ck_region, channels split: Split, rowUnit: Int, columnUnit: Int, each: Int, most: Int,
        fewestPixels: Int?
    ) {
        func units(_ room: Int, _ unit: Int, of extent: Int) -> Int { min(extent, max(unit, room / unit * unit)) }
        channels = min(split.largest, split.unit)
        if let fewestPixels {
            channels = units(most / max(1, each * fewestPixels), split.unit, of: split.largest)
        }
        var room = max(1, most / max(1, each * channels))
        columns = units(room / min(rowUnit, block.rows.end), columnUnit, of: block.columns.end)
        room /= InterleavedMethod.rowStride(columns)
        rows = columns < block.columns.end ? min(rowUnit, block.rows.end) : units(room, rowUnit, of: block.rows.end)
        guard columns == block.columns.end, rows == block.rows.end else { return }
        room /= rows
        let before = channels
        channels = min(split.largest, max(1, room) * channels)
        room = room * before / max(1, channels)
        if channels == split.largest { images = units(room, 1, of: block.images.end) }
    }
}
