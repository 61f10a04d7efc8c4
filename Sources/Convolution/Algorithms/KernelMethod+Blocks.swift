// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension KernelMethod {
    /// A kernel that reads its input in place: every cell of the grid is a task.
    init(
        inPlace kernel: Kernel, _ geometry: ck_geometry, _ grid: Grid, packedWeightsPerGroup: Int,
        scratchCount: Int = 0
    ) {
        self.init(
            kernel: kernel, geometry: geometry, mode: .inPlace, groups: grid.groups, groupsATask: grid.groupsATask,
            blocks: grid.blocks, partRows: 1, partColumns: 1, channels: grid.channels,
            inputChannels: Split(geometry.channels, pieces: 1), packedWeightsPerGroup: packedWeightsPerGroup,
            preparedPerGroup: 0, scratchCount: scratchCount, rowUnit: 1, columnUnit: 1)
    }

    /// A kernel that prepares one whole image at a time, all workers together.
    init(
        wholeImages kernel: Kernel, _ geometry: ck_geometry, images: Int, threads: Int, packedWeightsPerGroup: Int,
        preparedPerGroup: Int
    ) {
        let wanted = Grid.tasksWanted(geometry, images: 1, groups: geometry.groups, threads: threads)
        let tasksAGroup = (wanted + geometry.groups - 1) / max(1, geometry.groups)
        self.init(
            kernel: kernel, geometry: geometry, mode: .shared, groups: geometry.groups,
            blocks: RegionSplit(
                images: Split(images, pieces: images), rows: Split(geometry.out_height, pieces: 1),
                columns: Split(geometry.out_width, pieces: 1)),
            partRows: tasksAGroup, partColumns: 1, channels: Split(geometry.out_channels, pieces: 1),
            inputChannels: Split(geometry.channels, unit: Int(CK_CHANNEL_ALIGNMENT), pieces: tasksAGroup),
            packedWeightsPerGroup: packedWeightsPerGroup, preparedPerGroup: preparedPerGroup, scratchCount: 0,
            rowUnit: 1, columnUnit: 1)
    }

    /// What a block of output needs, in floats: `prepared` a group, and a worker's scratch.
    typealias BlockSize = (prepared: Int, scratch: Int)

    /// The most workspace that a plan takes when its options set no limit.
    static let defaultWorkspaceLimit = 16 << 20

    /// A kernel that prepares its input block by block, each worker for itself if there are blocks enough, else all
    /// workers together.
    ///
    /// - Parameters:
    ///   - blockPixels: Output pixels of a block that one worker prepares for itself.
    ///   - blockColumns: The most output columns of such a block.
    ///   - prepareShare: How long preparing a block takes, as a share of the time that computing it takes.
    ///   - rowUnit: Rows are cut at multiples of this, columns at multiples of `columnUnit`.
    ///   - partColumnUnit: Columns of a block are cut into parts at multiples of this, a multiple of `columnUnit`; nil
    ///     for the same.
    ///   - size: What a block of so many images, rows and columns needs.
    static func preparing(
        _ kernel: Kernel, _ geometry: ck_geometry, _ problem: ConvolutionProblem, threads: Int, workspaceLimit: Int?,
        packedWeightsPerGroup: Int, blockPixels: Int, blockColumns: Int = .max, prepareShare: Double,
        rowUnit: Int = 1, columnUnit: Int = 1, partColumnUnit: Int? = nil,
        size: (_ images: Int, _ rows: Int, _ columns: Int) throws(ConvolutionError) -> BlockSize
    ) throws(ConvolutionError) -> KernelMethod {
        let limit = (workspaceLimit ?? defaultWorkspaceLimit) / MemoryLayout<Float>.stride

        func fits(_ method: KernelMethod) throws(ConvolutionError) -> Bool {
            let workers = try CheckedSize.product([threads, method.workerCount], of: "the workspace")
            return try CheckedSize.sum(method.sharedCount, workers, of: "the workspace") <= limit
        }

        /// The cut of the largest blocks of at most `pixels` whose workspace fits the limit, and its cost: by how much
        /// it takes longer than the work evenly divided.
        func largest(
            pixels: Int, columns: Int, _ make: (RegionSplit, BlockSize) -> (KernelMethod, cost: Double)
        ) throws(ConvolutionError) -> (method: KernelMethod, cost: Double) {
            var pixels = pixels
            while true {
                let blocks = blocks(
                    geometry, images: problem.batch, pixels: pixels, columns: columns, rowUnit: rowUnit,
                    columnUnit: columnUnit)
                let candidate = make(
                    blocks, try size(blocks.images.largest, blocks.rows.largest, blocks.columns.largest))
                if try fits(candidate.0) || pixels <= rowUnit * columnUnit {
                    return candidate
                }
                pixels /= 2
            }
        }

        func method(
            _ mode: Mode, _ blocks: RegionSplit, _ size: BlockSize, channels: Split, inputChannels: Split,
            rows: Int = 1, columns: Int = 1
        ) -> KernelMethod {
            KernelMethod(
                kernel: kernel, geometry: geometry, mode: mode, groups: problem.groups, blocks: blocks,
                partRows: rows, partColumns: columns, channels: channels, inputChannels: inputChannels,
                packedWeightsPerGroup: packedWeightsPerGroup, preparedPerGroup: aligned(size.prepared),
                scratchCount: aligned(size.scratch), rowUnit: rowUnit,
                columnUnit: partColumnUnit ?? columnUnit)
        }

        func fused(pixels: Int, channelPieces: Int) throws(ConvolutionError) -> (method: KernelMethod, cost: Double) {
            try largest(pixels: pixels, columns: blockColumns) { blocks, size in
                let channels = Split(geometry.out_channels, unit: kernel.tileChannels, pieces: channelPieces)
                let again = 1 + Double(channels.count - 1) * prepareShare
                return (
                    method(
                        .fused, blocks, size, channels: channels, inputChannels: Split(geometry.channels, pieces: 1)),
                    blocks.unevenness(threads: threads, groups: problem.groups, channels: channels) * again
                )
            }
        }

        var best = try fused(pixels: blockPixels, channelPieces: 1)
        guard threads > 1, best.cost > 1.04 else { return best.method }
        // Smaller blocks pass all weights through the cores more often.
        for (pixels, penalty) in [(blockPixels, 1), (blockPixels / 2, 1.03), (blockPixels / 4, 1.08)] {
            for pieces in [1, 2, threads / 2, threads] where pixels > 0 && pieces > 0 {
                let candidate = try fused(pixels: pixels, channelPieces: pieces)
                if candidate.cost * penalty < best.cost {
                    best = (candidate.method, candidate.cost * penalty)
                }
            }
        }
        // A barrier between preparing and computing, and what is prepared passing from core to core, cost some percent.
        guard best.cost > 1.12 else { return best.method }
        let whole = try CheckedSize.product([problem.batch, geometry.outputPixels], of: "the output")
        let shared = try largest(pixels: whole, columns: .max) { blocks, size in
            let wanted = Grid.tasksWanted(
                geometry, images: blocks.images.largest, groups: problem.groups, threads: threads)
            let tasksAGroup = (wanted + problem.groups - 1) / problem.groups
            let cut = TaskCut(
                channels: geometry.out_channels, channelUnit: kernel.tileChannels, rows: blocks.rows.largest,
                columns: blocks.columns.largest, rowUnit: rowUnit, columnUnit: partColumnUnit ?? columnUnit,
                wanted: tasksAGroup,
                threads: problem.groups > 1 ? 1 : threads)
            return (
                method(
                    .shared, blocks, size, channels: cut.channels,
                    inputChannels: Split(geometry.channels, unit: Int(CK_CHANNEL_ALIGNMENT), pieces: tasksAGroup),
                    rows: cut.rows, columns: cut.columns),
                cut.cost * 1.12
            )
        }
        return shared.cost < best.cost ? shared.method : best.method
    }

    /// Boxes of about `pixels` output pixels and no more than `columns` columns: whole images if several fit, else rows of
    /// one, else parts of a row.
    private static func blocks(
        _ geometry: ck_geometry, images: Int, pixels: Int, columns: Int, rowUnit: Int, columnUnit: Int
    ) -> RegionSplit {
        let columns = Split(geometry.out_width, unit: columnUnit, most: max(columnUnit, min(columns, pixels / rowUnit)))
        let rows = Split(geometry.out_height, unit: rowUnit, most: max(rowUnit, pixels / max(1, columns.largest)))
        let whole = rows.count == 1 && columns.count == 1
        return RegionSplit(
            images: Split(images, most: whole ? max(1, pixels / max(1, geometry.outputPixels)) : 1), rows: rows,
            columns: columns)
    }

    private static func aligned(_ count: Int) -> Int {
        // Sizes here are far below overflow: they were checked as products of the whole.
        (count + 15) / 16 * 16
    }
}
