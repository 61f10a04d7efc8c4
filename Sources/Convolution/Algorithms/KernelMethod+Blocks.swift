// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension KernelMethod {
    /// A kernel that reads its input in place: every cell of the grid is a task.
    init(inPlace kernel: Kernel, _ geometry: ck_geometry, _ grid: Grid, packedWeightsPerGroup: Int) {
        self.init(
            kernel: kernel, geometry: geometry, mode: .inPlace, groups: grid.groups, blocks: grid.blocks,
            partRows: 1, partColumns: 1, channels: grid.channels,
            inputChannels: Split(geometry.channels, pieces: 1), packedWeightsPerGroup: packedWeightsPerGroup,
            preparedPerGroup: 0, scratchCount: 0, regionUnit: 1)
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
            regionUnit: 1)
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
    ///   - size: What a block of so many images, rows and columns needs.
    static func preparing(
        _ kernel: Kernel, _ geometry: ck_geometry, _ problem: ConvolutionProblem, threads: Int, workspaceLimit: Int?,
        packedWeightsPerGroup: Int, blockPixels: Int, blockColumns: Int = .max,
        size: (_ images: Int, _ rows: Int, _ columns: Int) throws(ConvolutionError) -> BlockSize
    ) throws(ConvolutionError) -> KernelMethod {
        let limit = (workspaceLimit ?? defaultWorkspaceLimit) / MemoryLayout<Float>.stride
        let unit = max(1, kernel.winogradTile)

        func method(_ mode: Mode, _ blocks: RegionSplit) throws(ConvolutionError) -> KernelMethod {
            let need = try size(blocks.images.largest, blocks.rows.largest, blocks.columns.largest)
            let wanted = Grid.tasksWanted(
                geometry, images: blocks.images.largest, groups: problem.groups, threads: threads)
            let tasksAGroup = (wanted + problem.groups - 1) / problem.groups
            let channels = Split(geometry.out_channels, unit: kernel.tileChannels, pieces: tasksAGroup)
            let parts = Split(
                blocks.rows.largest, unit: unit, pieces: (tasksAGroup + channels.count - 1) / channels.count)
            let columnParts = Split(
                blocks.columns.largest, unit: unit,
                pieces: (tasksAGroup + channels.count * parts.count - 1) / (channels.count * parts.count))
            return KernelMethod(
                kernel: kernel, geometry: geometry, mode: mode, groups: problem.groups, blocks: blocks,
                partRows: parts.count, partColumns: columnParts.count, channels: channels,
                inputChannels: Split(geometry.channels, unit: Int(CK_CHANNEL_ALIGNMENT), pieces: tasksAGroup),
                packedWeightsPerGroup: packedWeightsPerGroup, preparedPerGroup: aligned(need.prepared),
                scratchCount: aligned(need.scratch), regionUnit: unit)
        }
        func fits(_ method: KernelMethod) throws(ConvolutionError) -> Bool {
            let workers = try CheckedSize.product([threads, method.workerCount], of: "the workspace")
            return try CheckedSize.sum(method.sharedCount, workers, of: "the workspace") <= limit
        }

        /// The method of a mode with the largest blocks of at most `pixels` that fit the limit.
        func largest(_ mode: Mode, pixels: Int, columns: Int) throws(ConvolutionError) -> KernelMethod {
            var pixels = pixels
            while true {
                let candidate = try method(
                    mode, blocks(geometry, images: problem.batch, pixels: pixels, columns: columns, unit: unit))
                if try fits(candidate) || pixels <= unit * unit {
                    return candidate
                }
                pixels /= 2
            }
        }

        let fused = try largest(.fused, pixels: blockPixels, columns: blockColumns)
        let tasks = problem.groups * fused.blocks.count
        // With fewer tasks than that, the last ones would leave most threads idle.
        if threads == 1 || tasks >= 8 * threads || tasks % threads == 0 && tasks >= 2 * threads {
            return fused
        }
        let whole = try CheckedSize.product([problem.batch, geometry.outputPixels], of: "the output")
        return try largest(.shared, pixels: whole, columns: .max)
    }

    /// Boxes of about `pixels` output pixels and no more than `columns` columns: whole images if several fit, else rows of
    /// one, else parts of a row.
    private static func blocks(
        _ geometry: ck_geometry, images: Int, pixels: Int, columns: Int, unit: Int
    ) -> RegionSplit {
        let columns = Split(geometry.out_width, unit: unit, most: max(unit, min(columns, pixels / unit)))
        let rows = Split(geometry.out_height, unit: unit, most: max(unit, pixels / max(1, columns.largest)))
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
