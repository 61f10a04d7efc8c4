// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension KernelMethod {
    /// A kernel that reads its input in place: every cell of the grid is a task.
    convenience init(
        inPlace kernel: Kernel, _ problem: KernelProblem, _ grid: Grid, groupsInATask: Int = 1,
        packedWeightsPerGroup: Int, scratchCount: Int = 0, plan: KernelPlan? = nil
    ) {
        let geometry = ck_geometry(problem)
        self.init(
            kernel: kernel, geometry: geometry, placement: GroupPlacement(problem, groupsInATask: groupsInATask),
            mode: .inPlace, groups: grid.groups, groupsATask: grid.groupsATask,
            blocks: grid.blocks, loadImbalance: grid.loadImbalance,
            preparing: TaskCut(Split(geometry.channels, pieces: 1)),
            computing: TaskCut(grid.channels), packedWeightsPerGroup: packedWeightsPerGroup, preparedPerGroup: 0,
            scratchCount: scratchCount, plan: plan)
    }

    /// What a block of output needs, in floats: `prepared` a group, and a worker's scratch.
    private typealias BlockSize = (prepared: Int, scratch: Int)

    /// The most workspace that a plan takes when its options set no limit, in bytes: of many threads a mebibyte each, or
    /// their scratch alone would leave no room for blocks that give all of them work.
    static func defaultWorkspaceLimit(threads: Int) -> Int { max(16, threads) << 20 }

    /// By how much a block takes longer if what is prepared passes from core to core, and waits at a barrier: little where
    /// the cores share a cache, but between the clusters of a server's processor, which a virtual machine's cores may lie
    /// in, two threads took 1.3 to 3 times as long, more than one thread.
    private static let passing = 1.4

    /// How the output is cut into blocks.
    enum Blocks {
        /// About so many output pixels that one worker prepares for itself, and no more than so many columns.
        case pixels(Int, mostColumns: Int = .max)
        /// One image each.
        case wholeImages
    }

    /// A kernel that prepares its input block by block, each worker for itself if there are blocks enough, else all
    /// workers together.
    ///
    /// - Parameters:
    ///   - prepareShare: How long preparing a block takes, as a share of the time that computing it takes.
    ///   - columns: The columns that are cut into blocks, if they are not those of the output.
    ///   - rowUnit: Rows are cut at multiples of this, columns at multiples of `columnUnit`.
    ///   - partColumnUnit: Columns of a block are cut into parts at multiples of this, a multiple of `columnUnit`; nil
    ///     for the same.
    static func preparing(
        _ kernel: Kernel, _ problem: KernelProblem, threads: Int, workspaceLimit: Int?, fftPoints: Int = 0,
        packedWeightsPerGroup: Int, blocks: Blocks, prepareShare: Double, columns: Int? = nil, rowUnit: Int = 1,
        columnUnit: Int = 1, partColumnUnit: Int? = nil
    ) throws(ConvolutionError) -> KernelMethod {
        let limit = (workspaceLimit ?? defaultWorkspaceLimit(threads: threads)) / MemoryLayout<Float>.stride
        let geometry = ck_geometry(problem, fftPoints: fftPoints)
        let (images, groups) = (problem.imagesPerVolume, problem.allGroups)
        let columns = columns ?? geometry.out_width
        let imagePixels = try CheckedSize.product([geometry.out_height, columns], of: "the output")
        let outputPixels = try CheckedSize.product([images, imagePixels], of: "the output")
        let wholeImages = RegionSplit(
            images: Split(images, pieces: images), rows: Split(geometry.out_height, pieces: 1),
            columns: Split(columns, pieces: 1))
        let (ownPixels, mostColumns, isWhole) =
            switch blocks {
            case .pixels(let pixels, let mostColumns): (pixels, mostColumns, false)
            case .wholeImages: (outputPixels, Int.max, true)
            }
        let partColumnUnit = partColumnUnit ?? columnUnit

        func fits(_ method: KernelMethod) throws(ConvolutionError) -> Bool {
            let workers = try CheckedSize.product([threads, method.workerCount], of: "the workspace")
            return try CheckedSize.sum(method.sharedCount, workers, of: "the workspace") <= limit
        }

        /// The cut of the largest blocks of at most `pixels` whose workspace fits the limit, and its cost: by how much
        /// it takes longer than the work evenly divided, infinite if not even the smallest fits.
        func largest(
            pixels: Int, mostColumns: Int, _ make: (RegionSplit, BlockSize) -> (KernelMethod, cost: Double)
        ) throws(ConvolutionError) -> (method: KernelMethod, cost: Double) {
            var pixels = pixels
            while true {
                let split =
                    isWhole
                    ? wholeImages
                    : self.blocks(
                        images: images, rows: geometry.out_height, columns: columns, pixels: pixels,
                        mostColumns: mostColumns, rowUnit: rowUnit, columnUnit: columnUnit)
                let block = split.largest
                let (method, cost) = make(
                    split, (try kernel.preparedCount(geometry, block), try kernel.scratchCount(geometry, block)))
                if try fits(method) { return (method, cost) }
                if isWhole || pixels <= rowUnit * columnUnit { return (method, .infinity) }
                pixels /= 2
            }
        }

        func method(
            _ mode: Mode, _ blocks: RegionSplit, _ size: BlockSize, loadImbalance: Double, preparing: TaskCut,
            computing: TaskCut
        ) -> KernelMethod {
            KernelMethod(
                kernel: kernel, geometry: geometry, placement: GroupPlacement(problem), mode: mode, groups: groups,
                blocks: blocks,
                loadImbalance: loadImbalance, preparing: preparing, computing: computing,
                packedWeightsPerGroup: packedWeightsPerGroup,
                preparedPerGroup: size.prepared, scratchCount: size.scratch)
        }

        func fused(pixels: Int, channelPieces: Int) throws(ConvolutionError) -> (method: KernelMethod, cost: Double) {
            try largest(pixels: pixels, mostColumns: mostColumns) { blocks, size in
                let channels = Split(geometry.out_channels, unit: kernel.tileChannels, pieces: channelPieces)
                let again = 1 + Double(channels.count - 1) * prepareShare
                let cost = blocks.unitImbalance(threads: threads, groups: groups, channels: channels) * again
                return (
                    method(
                        .fused, blocks, size,
                        loadImbalance: cost
                            * blocks.idleFactor(threads: threads, groups: groups, channels: channels),
                        preparing: TaskCut(Split(geometry.channels, pieces: 1)), computing: TaskCut(channels)),
                    cost
                )
            }
        }

        var best = try fused(pixels: ownPixels, channelPieces: 1)
        guard threads > 1, best.cost > 1.04 else { return best.method }
        // Smaller blocks pass all weights through the cores more often.
        for (pixels, penalty) in [(ownPixels, 1), (ownPixels / 2, 1.03), (ownPixels / 4, 1.08)] {
            for pieces in [1, 2, threads / 2, threads] where pixels > 0 && pieces > 0 {
                let candidate = try fused(pixels: pixels, channelPieces: pieces)
                if candidate.cost * penalty < best.cost {
                    best = (candidate.method, candidate.cost * penalty)
                }
            }
        }
        // What is interleaved has no barrier among its phases.
        guard best.cost > passing, !problem.isInterleaved else { return best.method }
        let shared = try largest(pixels: outputPixels, mostColumns: .max) { blocks, size in
            let wanted = Grid.tasksWanted(
                geometry, kernel, images: blocks.images.largest, groups: groups, threads: threads)
            func cut(channels: Int, unit: Int) -> TaskCut {
                TaskCut(
                    channels: channels, channelUnit: unit, block: blocks, rowUnit: rowUnit, columnUnit: partColumnUnit,
                    wanted: Split.units(wanted, groups), threads: Split.units(threads, groups))
            }
            let computing = cut(channels: geometry.out_channels, unit: kernel.tileChannels)
            let preparing = cut(channels: geometry.channels, unit: Int(CK_CHANNEL_ALIGNMENT))
            return (
                method(
                    .shared, blocks, size,
                    loadImbalance: computing.cost * passing
                        * blocks.idleFactor(threads: threads, groups: groups, channels: computing.channels),
                    preparing: preparing, computing: computing), computing.cost * passing
            )
        }
        // Where neither fits, a workspace that is shared is the smaller one.
        return shared.cost < best.cost || best.cost.isInfinite ? shared.method : best.method
    }

    /// Boxes of about `pixels` output pixels and no more than `mostColumns` columns: whole images if several fit, else rows
    /// of one, else parts of a row.
    private static func blocks(
        images: Int, rows: Int, columns: Int, pixels: Int, mostColumns: Int, rowUnit: Int, columnUnit: Int
    ) -> RegionSplit {
        let imagePixels = rows * columns
        let columns = Split(columns, unit: columnUnit, most: max(columnUnit, min(mostColumns, pixels / rowUnit)))
        let rows = Split(rows, unit: rowUnit, most: max(rowUnit, pixels / max(1, columns.largest)))
        let whole = rows.count == 1 && columns.count == 1
        return RegionSplit(
            images: Split(images, most: whole ? max(1, pixels / max(1, imagePixels)) : 1), rows: rows, columns: columns)
    }
}
