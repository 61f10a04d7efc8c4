// SPDX-License-Identifier: Apache-2.0

/// How the work on a block of output that all workers share is cut into tasks: by output channels if these are enough,
/// for every cut by rows or columns lets all weights pass through the cores once more.
struct TaskCut {
    let channels: Split
    let rows: Int
    let columns: Int

    /// - Parameters:
    ///   - channels: Output channels, cut at multiples of `channelUnit`.
    ///   - rows: Rows of the block, cut at multiples of `rowUnit`; its columns at multiples of `columnUnit`.
    ///   - wanted: About how many tasks to make.
    init(
        channels: Int, channelUnit: Int, rows: Int, columns: Int, rowUnit: Int, columnUnit: Int, wanted: Int,
        threads: Int
    ) {
        let panels = Split.units(channels, channelUnit)
        let rowUnits = Split.units(rows, rowUnit)
        let columnUnits = Split.units(columns, columnUnit)
        var best = (cost: Double.infinity, channels: 1, rows: 1, columns: 1)
        // One piece more that leaves the largest as it is does not help.
        func helps(_ pieces: Int, _ units: Int) -> Bool {
            pieces == 1 || Split.units(units, pieces) < Split.units(units, pieces - 1)
        }
        for columnPieces in 1...max(1, min(columnUnits, rowUnits < wanted ? wanted : 1))
        where helps(columnPieces, columnUnits) {
            for rowPieces in 1...max(1, min(rowUnits, wanted / columnPieces)) where helps(rowPieces, rowUnits) {
                let boxes = rowPieces * columnPieces
                // More pieces than are wanted are of use only if they are more even.
                for channelPieces in [min(panels, max(1, wanted / boxes)), min(panels, max(1, 2 * wanted / boxes))] {
                    let largest =
                        Double(Split.units(panels, channelPieces) * Split.units(rowUnits, rowPieces))
                        * Double(Split.units(columnUnits, columnPieces))
                    let rounds = Double(Split.units(channelPieces * boxes, threads))
                    let ideal = Double(panels * rowUnits) * Double(columnUnits) / Double(threads)
                    let cost = largest * rounds / max(1, ideal) * (1 + 0.04 * Double(boxes - 1))
                    if cost < best.cost * 0.999 {
                        best = (cost, channelPieces, rowPieces, columnPieces)
                    }
                }
            }
            // Rows suffice, as they do but for images of a few rows.
            if best.cost < 1.1 { break }
        }
        self.channels = Split(channels, unit: channelUnit, pieces: best.channels)
        self.rows = best.rows
        self.columns = best.columns
        self.cost = best.cost
    }

    /// How much longer the region takes than if its work were evenly divided, by estimate: 1 or a little more.
    let cost: Double
}

extension RegionSplit {
    /// By how much boxes of these sizes, each in every group and cut by channels, take longer on so many threads than
    /// the work evenly divided.
    func unevenness(threads: Int, groups: Int, channels: Split) -> Double {
        guard threads > 1, count > 0 else { return 1 }
        let pieces = channels.count
        let (tasks, overflow) = count.multipliedReportingOverflow(by: groups * pieces)
        guard !overflow, tasks <= 16 * threads else { return 1 + 0.5 / 16 }
        let panels = Split.units(channels.extent, channels.unit)
        let channelUnevenness = Double(Split.units(panels, pieces) * pieces) / Double(max(1, panels))
        let total = Double(images.extent) * Double(rows.extent) * Double(columns.extent)
        let mean = total * Double(groups * pieces) / Double(threads)
        let longest = Double(images.largest) * Double(rows.largest) * Double(columns.largest)
        guard tasks > threads else { return longest / max(1, mean) * channelUnevenness }
        guard tasks <= 64 else {
            return longest * Double(Split.units(tasks, threads)) / max(1, mean) * channelUnevenness
        }
        // Each thread takes the next task when it is free.
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: threads) { busy in
            busy.initialize(repeating: 0)
            for index in 0..<tasks {
                let box = region(index / pieces % count)
                let first = busy.indices.min { busy[$0] < busy[$1] } ?? 0
                busy[first] +=
                    Double(box.images.end - box.images.begin) * Double(box.rows.end - box.rows.begin)
                    * Double(box.columns.end - box.columns.begin)
            }
            return (busy.max() ?? 0) / max(1, mean) * channelUnevenness
        }
    }
}
