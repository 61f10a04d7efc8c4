// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The range `0..<extent` cut into `count` pieces as even as can be, each beginning at a multiple of `unit`. The larger
/// ones, of which the first is one, are spread among the others, so that neighbours make even shares.
struct Split: Sendable, Equatable {
    let extent: Int
    let unit: Int
    /// The last one may be ragged.
    let units: Int
    let count: Int

    /// Cuts into at most `pieces` pieces; fewer when there are fewer units.
    ///
    /// - Parameter joining: So many elements beyond whole units make no unit of their own, but belong to the last.
    init(_ extent: Int, unit: Int = 1, joining: Int = 0, pieces: Int) {
        self.extent = extent
        self.unit = unit
        units = extent >= unit && extent % unit <= joining ? extent / unit : Split.units(extent, unit)
        count = max(1, min(pieces, units))
    }

    /// Cuts into as few pieces as have at most `most` elements each (at least one unit), but for those that join.
    init(_ extent: Int, unit: Int = 1, joining: Int = 0, most: Int) {
        let uncut = Split(extent, unit: unit, joining: joining, pieces: 1)
        let unitsAPiece = most >= extent ? max(1, uncut.units) : max(1, most / unit)
        self = uncut.cut(into: Split.units(uncut.units, unitsAPiece))
    }

    private init(_ other: Split, pieces: Int) {
        (extent, unit, units) = (other.extent, other.unit, other.units)
        count = max(1, min(pieces, units))
    }

    /// The same range in another number of pieces.
    func cut(into pieces: Int) -> Split { Split(self, pieces: pieces) }

    func range(_ index: Int) -> ck_range {
        // Without the divisions: with those of a task's other ranges they would take as long as a tiny layer.
        if count == 1 { return ck_range(begin: 0, end: extent) }
        let (begin, end) = (firstUnit(of: index), firstUnit(of: index + 1))
        return ck_range(begin: min(begin * unit, extent), end: end == units ? extent : min(end * unit, extent))
    }

    /// Units in a piece.
    func units(of index: Int) -> Int { firstUnit(of: index + 1) - firstUnit(of: index) }

    private func firstUnit(of index: Int) -> Int {
        // Not `units * index / count`: on a pathological extent the product could overflow.
        let (size, extra) = units.quotientAndRemainder(dividingBy: count)
        return index * size + larger(before: index, extra)
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
        // The first, or the last with what joins it.
        let (first, last) = (range(0), range(count - 1))
        return max(first.end - first.begin, last.end - last.begin)
    }

    /// Units in the largest piece.
    var largestUnits: Int { Split.units(units, count) }

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

    /// Units in a box, images times rows times columns.
    func units(of index: Int) -> Int {
        let (image, row, column) = place(of: index)
        return images.units(of: image) * rows.units(of: row) * columns.units(of: column)
    }

    private func place(of index: Int) -> (image: Int, row: Int, column: Int) {
        let (outer, column) = index.quotientAndRemainder(dividingBy: columns.count)
        let (image, row) = outer.quotientAndRemainder(dividingBy: rows.count)
        return (image, row, column)
    }

    func region(_ index: Int) -> ck_region {
        if count == 1 { return ck_region(images: images.range(0), rows: rows.range(0), columns: columns.range(0)) }
        let (image, row, column) = place(of: index)
        return ck_region(images: images.range(image), rows: rows.range(row), columns: columns.range(column))
    }

    /// A box of the most images, rows and columns of any: no box needs more memory.
    var largest: ck_region {
        ck_region(images: images.largest, rows: rows.largest, columns: columns.largest)
    }

    /// The whole region, in one piece.
    static func whole(images: Int, rows: Int, columns: Int) -> RegionSplit {
        RegionSplit(
            images: Split(images, pieces: 1), rows: Split(rows, pieces: 1), columns: Split(columns, pieces: 1))
    }
}
