// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The range `0..<extent` cut into `count` pieces as even as can be, each beginning at a multiple of `unit`.
struct Split: Sendable, Equatable {
    let extent: Int
    let unit: Int
    let count: Int

    /// Cuts into at most `pieces` pieces; fewer when there are fewer units.
    init(_ extent: Int, unit: Int = 1, pieces: Int) {
        self.extent = extent
        self.unit = unit
        self.count = max(1, min(pieces, Split.units(extent, unit)))
    }

    /// Cuts into as few pieces as have at most `most` elements each (at least one unit).
    init(_ extent: Int, unit: Int = 1, most: Int) {
        let units = Split.units(extent, unit)
        // The last unit may be ragged.
        let unitsAPiece = most >= extent ? max(1, units) : max(1, most / unit)
        self.init(extent, unit: unit, pieces: Split.units(units, unitsAPiece))
    }

    func range(_ index: Int) -> ck_range {
        let units = Split.units(extent, unit)
        // Not `units * index / count`: on a pathological extent the product could overflow.
        let (size, extra) = units.quotientAndRemainder(dividingBy: count)
        let begin = index * size + min(index, extra)
        let end = begin + size + (index < extra ? 1 : 0)
        return ck_range(begin: min(begin * unit, extent), end: min(end * unit, extent))
    }

    /// Elements in the largest piece.
    var largest: Int {
        let range = self.range(0)
        return range.end - range.begin
    }

    /// How many units, the last one perhaps ragged, an extent is.
    static func units(_ extent: Int, _ unit: Int) -> Int {
        extent / unit + (extent % unit == 0 ? 0 : 1)
    }
}

/// A box of the output cut into boxes, numbered images outermost, columns innermost.
struct RegionSplit: Sendable, Equatable {
    let images: Split
    let rows: Split
    let columns: Split

    var count: Int { images.count * rows.count * columns.count }

    func region(_ index: Int) -> ck_region {
        let (outer, column) = index.quotientAndRemainder(dividingBy: columns.count)
        let (image, row) = outer.quotientAndRemainder(dividingBy: rows.count)
        return ck_region(images: images.range(image), rows: rows.range(row), columns: columns.range(column))
    }

    /// The whole region, in one piece.
    static func whole(images: Int, rows: Int, columns: Int) -> RegionSplit {
        RegionSplit(
            images: Split(images, pieces: 1), rows: Split(rows, pieces: 1), columns: Split(columns, pieces: 1))
    }
}
