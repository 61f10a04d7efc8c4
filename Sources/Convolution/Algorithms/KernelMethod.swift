// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A method that runs one kernel of the list over a grid of tasks.
///
/// The output is cut three ways: by group, by box of images, rows and columns, and by output channels. A kernel without
/// `prepare` reads its input in place and every cut is a task. With one, a task either prepares a box for itself and then
/// computes all its output channels or, where boxes are too few for the threads, some of them (`fused`: no barrier, and
/// nothing prepared passes from core to core); or all workers prepare a box together and then share it (`shared`).
struct KernelMethod: Method {
    enum Mode: Sendable, Equatable {
        case inPlace
        case fused
        case shared
    }

    let kernel: Kernel
    let geometry: ck_geometry
    let mode: Mode
    /// Groups that a task can belong to; 1 where one task spans groups.
    let groups: Int
    /// Groups that a task of mode `inPlace` computes, one after the other.
    var groupsATask = 1
    let blocks: RegionSplit
    /// How many parts a block is cut into by rows and by columns in mode `shared`.
    let partRows: Int
    let partColumns: Int
    /// Output channels of a group.
    let channels: Split
    /// Input channels of a group, as `prepare` is cut.
    let inputChannels: Split
    let packedWeightsPerGroup: Int
    /// Floats of `prepared` for a block and a group.
    let preparedPerGroup: Int
    /// Floats of a worker's scratch, a multiple of 16 so that every worker's memory is aligned.
    let scratchCount: Int
    /// The units in which the rows and columns of a block are cut into parts.
    let rowUnit: Int
    let columnUnit: Int

    var kernelName: String { kernel.name }

    var phases: [Int] {
        switch mode {
        case .inPlace: [Split.units(groups, groupsATask) * blocks.count * channels.count]
        case .fused: [groups * blocks.count * channels.count]
        case .shared:
            [[Int]](
                repeating: [groups * inputChannels.count, groups * channels.count * partRows * partColumns],
                count: blocks.count
            ).flatMap { $0 }
        }
    }

    var sharedCount: Int { mode == .shared ? groups * preparedPerGroup : 0 }
    var workerCount: Int { scratchCount + (mode == .fused ? preparedPerGroup : 0) }
    var packedWeightCount: Int { groups * packedWeightsPerGroup }
    var packingTasks: Int { groups * packingSplit.count }

    private var packingSplit: Split {
        // Below some 32 K weights a task, waking a thread costs more than the packing.
        let weightsAPanel = kernel.tileChannels * geometry.channels * geometry.kernel_height * geometry.kernel_width
        return Split(
            packedChannels, unit: kernel.tileChannels, most: kernel.tileChannels * max(1, 32768 / max(1, weightsAPanel))
        )
    }

    private var packedChannels: Int { channels.extent }

    func packWeights(_ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int) {
        let split = packingSplit
        let (group, piece) = task.quotientAndRemainder(dividingBy: split.count)
        let weightsPerGroup =
            packedChannels * geometry.channels * geometry.kernel_height * geometry.kernel_width
        withUnsafePointer(to: geometry) { geometry in
            kernel.packWeights(
                geometry, weight + group * weightsPerGroup, packed + group * packedWeightsPerGroup,
                channels: split.range(piece))
        }
    }

    func run(phase: Int, task index: Int, worker: Int, buffers: Buffers) {
        switch mode {
        case .inPlace:
            let (outer, channel) = index.quotientAndRemainder(dividingBy: channels.count)
            let (piece, block) = outer.quotientAndRemainder(dividingBy: blocks.count)
            for group in piece * groupsATask..<min(groups, (piece + 1) * groupsATask) {
                withTask(group: group, worker: worker, buffers) { task in
                    task.part = blocks.region(block)
                    task.block = task.part
                    task.channels = channels.range(channel)
                    kernel.run(&task)
                }
            }
        case .fused:
            let (outer, channel) = index.quotientAndRemainder(dividingBy: channels.count)
            let (group, block) = outer.quotientAndRemainder(dividingBy: blocks.count)
            withTask(group: group, worker: worker, buffers) { task in
                task.block = blocks.region(block)
                task.part = task.block
                task.channels = ck_range(begin: 0, end: geometry.channels)
                kernel.prepare(&task)
                task.channels = channels.range(channel)
                kernel.run(&task)
            }
        case .shared:
            let block = blocks.region(phase / 2)
            if phase % 2 == 0 {
                let (group, channel) = index.quotientAndRemainder(dividingBy: inputChannels.count)
                withTask(group: group, worker: worker, buffers) { task in
                    task.block = block
                    task.part = block
                    task.channels = inputChannels.range(channel)
                    kernel.prepare(&task)
                }
            } else {
                let (outer, part) = index.quotientAndRemainder(dividingBy: partRows * partColumns)
                let (group, channel) = outer.quotientAndRemainder(dividingBy: channels.count)
                withTask(group: group, worker: worker, buffers) { task in
                    task.block = block
                    task.part = self.part(part, of: block)
                    task.channels = channels.range(channel)
                    kernel.run(&task)
                }
            }
        }
    }

    private func part(_ index: Int, of block: ck_region) -> ck_region {
        func cut(_ range: ck_range, _ unit: Int, _ pieces: Int, _ index: Int) -> ck_range {
            let split = Split(range.end - range.begin, unit: unit, pieces: pieces)
            guard index < split.count else { return ck_range(begin: range.end, end: range.end) }
            let piece = split.range(index)
            return ck_range(begin: range.begin + piece.begin, end: range.begin + piece.end)
        }
        let (row, column) = index.quotientAndRemainder(dividingBy: partColumns)
        return ck_region(
            images: block.images, rows: cut(block.rows, rowUnit, partRows, row),
            columns: cut(block.columns, columnUnit, partColumns, column))
    }

    /// A task with everything that depends only on the group and the worker filled in.
    private func withTask(group: Int, worker: Int, _ buffers: Buffers, _ body: (inout ck_task) -> Void) {
        withUnsafePointer(to: geometry) { geometryPointer in
            let own = buffers.workspace + sharedCount + worker * workerCount
            let outputOffset = group * geometry.out_channels * geometry.out_channel_stride
            let parameters = buffers.activation.kernelParameters
            var task = ck_task()
            task.geometry = geometryPointer
            task.input = buffers.input + group * geometry.channels * geometry.in_channel_stride
            task.weights = buffers.weights + group * packedWeightsPerGroup
            task.bias = buffers.bias.map { $0 + group * geometry.out_channels }
            task.residual = buffers.residual.map { $0 + outputOffset }
            task.output = buffers.output + outputOffset
            task.prepared = mode == .shared ? buffers.workspace + group * preparedPerGroup : own + scratchCount
            task.scratch = own
            task.low = parameters.low
            task.high = parameters.high
            task.activation = parameters.kind
            body(&task)
        }
    }
}
