// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// How the work on a block is cut into tasks: by channels if these are enough, for a cut by images, rows or columns lets
/// all weights pass through the cores once more, and the windows of neighbouring parts overlap.
struct TaskCut: Sendable {
    let channels: Split
    /// How many parts a block is cut into along each axis, and the units that its rows and columns are cut at.
    let parts: (images: Int, rows: Int, columns: Int)
    private let rowUnit: Int
    private let columnUnit: Int
    /// How much longer the tasks of a block take than if their work were evenly divided, by estimate: 1 or a little more.
    let cost: Double

    /// Tasks of a block.
    var count: Int { channels.count * parts.images * parts.rows * parts.columns }

    /// By channels alone.
    init(_ channels: Split) {
        self.channels = channels
        parts = (1, 1, 1)
        (rowUnit, columnUnit, cost) = (1, 1, 1)
    }

    /// - Parameters:
    ///   - channels: Cut at multiples of `channelUnit`.
    ///   - block: The largest blocks, whose rows are cut at multiples of `rowUnit`, and columns of `columnUnit`.
    ///   - wanted: About how many tasks to make.
    init(
        channels: Int, channelUnit: Int, block: RegionSplit, rowUnit: Int, columnUnit: Int, wanted: Int, threads: Int
    ) {
        // An input may have no channels.
        let panels = max(1, Split.units(channels, channelUnit))
        let images = block.images.largest
        let rowUnits = Split.units(block.rows.largest, rowUnit)
        let columnUnits = Split.units(block.columns.largest, columnUnit)
        let ideal = max(1, Double(panels * images) * Double(rowUnits) * Double(columnUnits) / Double(threads))
        var best = (cost: Double.infinity, channels: 1, parts: (images: 1, rows: 1, columns: 1))
        func tryParts(_ parts: (images: Int, rows: Int, columns: Int)) {
            let boxes = parts.images * parts.rows * parts.columns
            let largestBox =
                Double(Split.units(images, parts.images) * Split.units(rowUnits, parts.rows))
                * Double(Split.units(columnUnits, parts.columns))
            // More pieces than are wanted are of use only if they are more even.
            for pieces in [min(panels, max(1, wanted / boxes)), min(panels, max(1, 2 * wanted / boxes))] {
                let largest = Double(Split.units(panels, pieces)) * largestBox
                let rounds = Double(Split.units(pieces * boxes, threads))
                let cost = largest * rounds / ideal * (1 + 0.04 * Double(min(boxes, 8) - 1))
                if cost < best.cost * 0.999 {
                    best = (cost, pieces, parts)
                }
            }
        }
        // Rows suffice, as they do but for images of a few rows.
        let mostColumns = rowUnits < wanted ? wanted : 1
        var imagePieces: Int? = 1
        while let i = imagePieces, best.cost >= 1.1 {
            var columnPieces: Int? = 1
            while let c = columnPieces, best.cost >= 1.1 {
                var rowPieces: Int? = 1
                while let r = rowPieces {
                    tryParts((i, r, c))
                    rowPieces = TaskCut.morePieces(than: r, of: rowUnits, most: wanted / (i * c))
                }
                columnPieces = TaskCut.morePieces(than: c, of: columnUnits, most: mostColumns / i)
            }
            imagePieces = TaskCut.morePieces(than: i, of: images, most: wanted)
        }
        self.channels = Split(channels, unit: channelUnit, pieces: best.channels)
        parts = best.parts
        self.rowUnit = rowUnit
        self.columnUnit = columnUnit
        cost = best.cost
    }

    /// The next number of pieces with which the largest is smaller, nil if there is none up to `most`.
    private static func morePieces(than pieces: Int, of units: Int, most: Int) -> Int? {
        let largest = Split.units(units, pieces)
        guard largest > 1 else { return nil }
        let more = Split.units(units, largest - 1)
        return more <= most ? more : nil
    }

    /// The channels and the part of the block of one task. In a block smaller than others it may be empty.
    func task(_ index: Int, of block: ck_region) -> (channels: ck_range, part: ck_region) {
        if parts == (1, 1, 1) { return (channels.range(index), block) }
        func cut(_ range: ck_range, _ unit: Int, _ pieces: Int, _ index: Int) -> ck_range {
            guard pieces > 1 else { return range }
            let split = Split(range.end - range.begin, unit: unit, pieces: pieces)
            guard index < split.count else { return ck_range(begin: range.end, end: range.end) }
            let piece = split.range(index)
            return ck_range(begin: range.begin + piece.begin, end: range.begin + piece.end)
        }
        let (rest, column) = index.quotientAndRemainder(dividingBy: parts.columns)
        let (outer, row) = rest.quotientAndRemainder(dividingBy: parts.rows)
        let (channel, image) = outer.quotientAndRemainder(dividingBy: parts.images)
        let part = ck_region(
            images: cut(block.images, 1, parts.images, image), rows: cut(block.rows, rowUnit, parts.rows, row),
            columns: cut(block.columns, columnUnit, parts.columns, column))
        return (channels.range(channel), part)
    }
}

extension RegionSplit {
    /// By how much boxes of these sizes, each in every group and cut by channels, take longer on so many threads than
    /// the work evenly divided.
    func unitImbalance(threads: Int, groups: Int, channels: Split) -> Double {
        guard threads > 1, count > 0 else { return 1 }
        let pieces = channels.count
        let (tasks, overflow) = count.multipliedReportingOverflow(by: groups * pieces)
        guard !overflow, tasks <= 16 * threads else { return 1 + 0.5 / 16 }
        // In units, of which the last takes as long as the others.
        let total = Double(images.units) * Double(rows.units) * Double(columns.units) * Double(channels.units)
        let mean = total * Double(groups) / Double(threads)
        let longest =
            Double(images.largestUnits) * Double(rows.largestUnits) * Double(columns.largestUnits)
            * Double(channels.largestUnits)
        guard tasks > threads else { return longest / max(1, mean) }
        guard tasks <= 64 else { return longest * Double(Split.units(tasks, threads)) / max(1, mean) }
        // As a team does: each thread takes the tasks of its share, then what others have left.
        return withUnsafeTemporaryAllocation(of: (busy: Double, next: Int).self, capacity: threads) { workers in
            for worker in 0..<threads {
                workers.initializeElement(at: worker, to: (0, tasks * worker / threads))
            }
            for _ in 0..<tasks {
                let worker = workers.indices.min { workers[$0].busy < workers[$1].busy } ?? 0
                var owner = worker
                while workers[owner].next == tasks * (owner + 1) / threads {
                    owner = (owner + 1) % threads
                }
                let index = workers[owner].next
                workers[owner].next += 1
                workers[worker].busy +=
                    Double(units(of: index / pieces % count)) * Double(channels.units(of: index % pieces))
            }
            return (workers.lazy.map(\.busy).max() ?? 0) / max(1, mean)
        }
    }

    /// The same where there are fewer units than threads, too: these are then no measure of how to cut them, but the
    /// threads without one do nothing. At least 1.
    func loadImbalance(threads: Int, groups: Int, channels: Split) -> Double {
        unitImbalance(threads: threads, groups: groups, channels: channels)
            * idleFactor(threads: threads, groups: groups, channels: channels)
    }

    /// How many threads there are for each unit, at least 1.
    func idleFactor(threads: Int, groups: Int, channels: Split) -> Double {
        let total = Double(images.units) * Double(rows.units) * Double(columns.units) * Double(channels.units)
        return total > 0 ? max(1, Double(threads) / (total * Double(groups))) : 1
    }
}
