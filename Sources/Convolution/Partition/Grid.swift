// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

#if canImport(Glibc)
    import Glibc
#endif

/// How the output of a convolution is cut into tasks.
struct Grid {
    let groups: Int
    /// Groups that one task computes.
    let groupsATask: Int
    let blocks: RegionSplit
    let channels: Split
    /// By how much the tasks take longer than if the work were evenly divided among all threads: at least 1.
    let loadImbalance: Double

    /// Half of the second-level cache; the other half is for the weights that stream through it. Where its size is not
    /// known, that of 512 KiB, the smallest that a current server or desktop core has.
    static let secondLevelShare: Int = {
        #if os(Linux) && canImport(Glibc)
            let size = sysconf(Int32(_SC_LEVEL2_CACHE_SIZE))
        #else
            let size = 0
        #endif
        return max(512 << 10, min(size, 2 << 20)) / 2
    }()

    /// A task should take at least some 20 microseconds: enough to make its claiming, about 50 ns, and the uneven end of
    /// a region small. At about 60 multiplications a nanosecond that is 1.2 million; plain C makes some 7.
    private static let leastNanoseconds = 20_000.0
    private static func leastMultiplications(_ kernel: Kernel) -> Double { kernel.isPlainC ? 0.15e6 : 1.2e6 }

    /// Cuts into blocks of about `blockPixels` output pixels, and then further, by output channels first, until there
    /// are tasks enough for the threads.
    ///
    /// - Parameters:
    ///   - kernel: Output channels are cut at multiples of its panels.
    ///   - columnUnit: Columns are cut at multiples of this.
    ///   - joinedColumns: So many columns beyond whole units belong to the last of these.
    ///   - channelUnit: Output channels are cut at multiples of this if it is not nil.
    ///   - mostTasks: Blocks are not cut further if there are so many.
    ///   - nanoseconds: What the work takes one thread, by estimate, where that is not its multiplications alone.
    ///   - joinsImages: Whether a block has several images where one does not fill it: register tiles then take pixels of
    ///     one and the next together.
    init(
        _ geometry: ck_geometry, _ kernel: Kernel, images: Int, groups: Int, threads: Int, blockPixels: Int,
        columnUnit: Int = 1, joinedColumns: Int = 0, channelUnit: Int? = nil, mostTasks: Int = .max,
        nanoseconds: Double? = nil, joinsImages: Bool = false
    ) {
        self.groups = groups
        groupsATask = 1
        let wanted = min(
            mostTasks,
            Grid.tasksWanted(
                geometry, kernel, images: images, groups: groups, threads: threads, nanoseconds: nanoseconds))
        let columns = Split(
            geometry.out_width, unit: columnUnit, joining: joinedColumns, most: max(blockPixels, columnUnit))
        let rows = Split(geometry.out_height, most: blockPixels / max(1, columns.largest))
        let isWhole = joinsImages && rows.count == 1 && columns.count == 1
        let joined = Split(images, most: isWhole ? max(1, blockPixels / max(1, geometry.outputPixels)) : 1)
        let images = joined.cut(into: max(joined.count, Split.units(min(wanted, threads), groups)))
        var tasks = images.count * groups * rows.count * columns.count
        func missing() -> Int { (wanted + tasks - 1) / max(1, tasks) }
        let channels = Split(
            geometry.out_channels, unit: channelUnit ?? kernel.tileChannels, pieces: missing())
        tasks *= channels.count
        let finerRows = rows.cut(into: rows.count * missing())
        tasks = tasks / rows.count * finerRows.count
        let finerColumns = columns.cut(into: columns.count * missing())
        var cut = Cut(
            groups: groups, blocks: RegionSplit(images: images, rows: finerRows, columns: finerColumns),
            channels: channels, isReadAgain: kernel.algorithm == CK_GEMM_PIXELS)
        if wanted >= threads { cut.makeEven(threads: threads, mostTasks: mostTasks) }
        self.channels = cut.channels
        blocks = cut.blocks
        loadImbalance = blocks.loadImbalance(threads: threads, groups: groups, channels: cut.channels)
    }

    /// Blocks of each group, and pieces of their channels.
    private struct Cut {
        let groups: Int
        var blocks: RegionSplit
        var channels: Split
        /// Whether a piece of few channels waits for the input, which each piece reads anew.
        let isReadAgain: Bool

        var count: Int { groups * blocks.count * channels.count }

        /// By how much the tasks take longer than if the work were evenly divided, by estimate.
        func cost(threads: Int) -> Double {
            let loadImbalance = blocks.unitImbalance(threads: threads, groups: groups, channels: channels)
            let piece = Double(channels.largest)
            return isReadAgain ? loadImbalance * (1 + 8 / (piece * piece)) : loadImbalance
        }

        /// Cuts into a few blocks more, and into more or fewer pieces of the channels, if the threads then end together:
        /// 3 blocks of 3 panels each are nobody's half.
        mutating func makeEven(threads: Int, mostTasks: Int) {
            let first = self
            var least = cost(threads: threads)
            let byRows = blocks.rows.extent > 1
            let (rows, columns, pieces) = (blocks.rows.count, blocks.columns.count, channels.count)
            for more in 0..<min(threads, 4) {
                var cut = first
                cut.blocks = RegionSplit(
                    images: blocks.images, rows: blocks.rows.cut(into: rows + (byRows ? more : 0)),
                    columns: blocks.columns.cut(into: columns + (byRows ? 0 : more)))
                let step = max(1, pieces / 4)
                for pieces in stride(from: min(2 * pieces, channels.units), to: pieces / 4, by: -step) {
                    guard least > 1.02 else { return }
                    cut.channels = channels.cut(into: pieces)
                    // One panel more or less is to matter little.
                    let isEven = channels.units % pieces == 0 || cut.channels.largestUnits > 3
                    guard isEven, cut.count <= max(mostTasks, first.count) else { continue }
                    let cost = cut.cost(threads: threads) * (1 + 0.01 * Double(more))
                    if cost < least - 0.005 { (self, least) = (cut, cost) }
                }
            }
        }
    }

    /// Cuts by images and groups, then by rows, columns and output channels, until there are tasks enough for the threads.
    /// Where there are more groups than it takes, several make a task.
    ///
    /// - Parameters:
    ///   - kernel: Output channels are cut at multiples of its panels.
    ///   - columnUnit: Columns are cut at multiples of this.
    init(
        rowsOf geometry: ck_geometry, _ kernel: Kernel, images: Int, groups: Int, threads: Int, columnUnit: Int
    ) {
        self.groups = groups
        let wanted = Grid.tasksWanted(geometry, kernel, images: images, groups: groups, threads: threads)
        let groupTasks = Split(groups, pieces: Split.units(wanted, max(1, images)))
        groupsATask = Split.units(groups, groupTasks.count)
        var tasks = images * groupTasks.count
        func missing() -> Int { Split.units(wanted, max(1, tasks)) }
        let rows = Split(geometry.out_height, pieces: missing())
        tasks *= rows.count
        let columns = Split(geometry.out_width, unit: columnUnit, pieces: missing())
        tasks *= columns.count
        channels = Split(geometry.out_channels, unit: kernel.tileChannels, pieces: missing())
        blocks = RegionSplit(images: Split(images, pieces: images), rows: rows, columns: columns)
        loadImbalance = blocks.loadImbalance(threads: threads, groups: groupTasks.count, channels: channels)
    }

    /// The number of tasks that keeps all threads busy to the end of the region without making tasks too small: by the
    /// time that one thread takes, or by the multiplications.
    static func tasksWanted(
        _ geometry: ck_geometry, _ kernel: Kernel, images: Int, groups: Int, threads: Int, nanoseconds: Double? = nil
    ) -> Int {
        guard threads > 1 else { return 1 }
        // To store an element takes as long as a few multiplications, and it may have no more of them.
        let depth = max(16, Double(geometry.channels * geometry.kernel_height * geometry.kernel_width))
        let multiplications =
            Double(images * groups * geometry.out_channels) * Double(geometry.outputPixels) * depth
        // A region of less than a task's worth is still worth sharing down to a quarter of it.
        let worth = nanoseconds.map { $0 / leastNanoseconds } ?? multiplications / leastMultiplications(kernel)
        let most = Int(min(worth * 4, Double(threads * 8 * 4)))
        return most >= threads * 4 ? most / 4 / threads * threads : min(threads, max(1, most))
    }

    /// Output pixels whose input fills about `inputBytes`, but at least a few register tiles' worth: with fewer, the
    /// packed weights pass through the core too often.
    static func pixels(inputBytes: Int, _ geometry: ck_geometry, _ kernel: Kernel) -> Int {
        // Rows that no tap falls on are not read; columns are, as parts of cache lines.
        let floatsAPixel =
            Double(geometry.channels) * Double(min(geometry.stride_height, geometry.kernel_height))
            * Double(geometry.stride_width)
        let pixels = Double(inputBytes) / max(1, floatsAPixel * Double(MemoryLayout<Float>.stride))
        return max(Int(pixels), 4 * kernel.tilePixels)
    }
}
