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
    private static func leastMultiplications(_ kernel: Kernel) -> Double { kernel.lanes < 8 ? 0.15e6 : 1.2e6 }

    /// Cuts into blocks of about `blockPixels` output pixels, and then further, by output channels first, until there
    /// are tasks enough for the threads.
    ///
    /// - Parameters:
    ///   - kernel: Output channels are cut at multiples of its panels.
    ///   - columnUnit: Columns are cut at multiples of this.
    ///   - mostTasks: Blocks are not cut further if there are so many.
    init(
        _ geometry: ck_geometry, _ kernel: Kernel, images: Int, groups: Int, threads: Int, blockPixels: Int,
        columnUnit: Int = 1, mostTasks: Int = .max
    ) {
        self.groups = groups
        groupsATask = 1
        let wanted = min(
            mostTasks, Grid.tasksWanted(geometry, kernel, images: images, groups: groups, threads: threads))
        let columns = Split(geometry.out_width, unit: columnUnit, most: max(blockPixels, columnUnit))
        let rows = Split(geometry.out_height, most: blockPixels / max(1, columns.largest))
        var tasks = images * groups * rows.count * columns.count
        func missing() -> Int { (wanted + tasks - 1) / max(1, tasks) }
        channels = Split(geometry.out_channels, unit: kernel.tileChannels, pieces: missing())
        tasks *= channels.count
        let finerRows = Split(geometry.out_height, pieces: rows.count * missing())
        tasks = tasks / rows.count * finerRows.count
        let finerColumns = Split(geometry.out_width, unit: columnUnit, pieces: columns.count * missing())
        blocks = RegionSplit(images: Split(images, pieces: images), rows: finerRows, columns: finerColumns)
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
    }

    /// The number of tasks that keeps all threads busy to the end of the region without making tasks too small.
    static func tasksWanted(
        _ geometry: ck_geometry, _ kernel: Kernel, images: Int, groups: Int, threads: Int
    ) -> Int {
        guard threads > 1 else { return 1 }
        let multiplications =
            Double(images * groups * geometry.out_channels) * Double(geometry.outputPixels)
            * Double(geometry.channels * geometry.kernel_height * geometry.kernel_width)
        // A region of less than a task's worth is still worth sharing down to a quarter of it.
        let most = Int(min(multiplications / leastMultiplications(kernel) * 4, Double(threads * 8 * 4)))
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

extension ConvolutionProblem {
    /// Floats of one group's weights in panels of the kernel's `tile_channels` output channels, the last one padded.
    func panelWeightCount(_ kernel: Kernel) throws(ConvolutionError) -> Int {
        try CheckedSize.product(
            [
                CheckedSize.roundUp(outputChannelsPerGroup, toMultipleOf: kernel.tileChannels),
                channelsPerGroup, height.kernel, width.kernel,
            ], of: "the packed weights")
    }
}
