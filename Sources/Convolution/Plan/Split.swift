// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The range `0..<extent` cut into `count` pieces as even as can be, each beginning at a multiple of `unit`. The larger
/// ones, of which the first is one, are spread among the others, so that neighbours make even shares.
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
        // Without the divisions: with those of a task's other ranges they would take as long as a tiny layer.
        if count == 1 { return ck_range(begin: 0, end: extent) }
        let units = Split.units(extent, unit)
        // Not `units * index / count`: on a pathological extent the product could overflow.
        let (size, extra) = units.quotientAndRemainder(dividingBy: count)
        let begin = index * size + larger(before: index, extra)
        let end = (index + 1) * size + larger(before: index + 1, extra)
        return ck_range(begin: min(begin * unit, extent), end: min(end * unit, extent))
    }

    /// Of the first `index` pieces, those with a unit more than others: extra * index / count, rounded up.
    private func larger(before index: Int, _ extra: Int) -> Int {
        if count < 1 << 31 { return (extra * index + count - 1) / count }
        let (high, low) = extra.multipliedFullWidth(by: index)
        let (quotient, remainder) = count.dividingFullWidth((high, low))
        return quotient + (remainder > 0 ? 1 : 0)
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
        if count == 1 { return ck_region(images: images.range(0), rows: rows.range(0), columns: columns.range(0)) }
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
