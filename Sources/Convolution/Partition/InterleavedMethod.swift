// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Several kernels, each for some of the pixels of the same rows. A task computes the pixels of a box, so many channels and
/// pixels at a time as stay in the second-level cache, and stores them as rows.
final class InterleavedMethod: PartMethod {
    /// One of the kernels.
    struct Member {
        let method: KernelMethod
        let problem: KernelProblem
        let phases: Lowering.InterleavedPhases
        let inputOffset: Int
        let weightOffset: Int
    }

    private struct Stage: Sendable {
        let method: KernelMethod
        let inputOffset: Int
        let weightOffset: Int
        /// Output channels of the kernel for each of the output.
        let phases: Int
        /// Its sums, and what it prepares, in a worker's workspace.
        let sums: Int
        let prepared: Int
    }

    private let stages: [Stage]
    private let blocks: RegionSplit
    private let groups: Int
    private let groupsATask: Int
    private let placement: GroupPlacement
    /// Output channels of a group, or of all groups where a task spans them.
    private let channelsPerGroup: Int
    /// How these are cut into tasks.
    private let channels: Split
    private let piece: Piece
    private let output: TensorStrides
    private let rows: Lowering.InterleavedAxis
    private let columns: Lowering.InterleavedAxis
    private let isa: ck_isa
    // Written once, and freed with the method.
    nonisolated(unsafe) private let phaseTable: UnsafeMutablePointer<ck_phase>
    /// From a row of sums to the next, and from an image to the next.
    private let rowStride: Int
    private let imageStride: Int
    private let scratch: Int
    /// Floats of a worker's sums.
    private let sums: Int
    /// Phases of the rows and of the columns that have an element.
    private let rowPhases: Int
    private let columnPhases: Int

    let workerCount: Int
    let loadImbalance: Double
    var isShared: Bool { false }
    var sharedCount: Int { 0 }
    var phases: [Int] { [Split.units(groups, groupsATask) * blocks.count * channels.count] }

    /// How much is computed at a time.
    struct Piece {
        var images = 1
        var rows: Int
        var columns: Int
        var channels: Int
    }

    /// The sums of a piece, in floats: of kernels that read their input in place, and of those that read what they have
    /// prepared once for many output channels.
    private static let mostSums = (inPlace: 48 << 10, prepared: 96 << 10)

    /// - Parameters:
    ///   - members: At least one.
    ///   - threads: Those that share `workspaceLimit`.
    ///   - workspaceLimit: The most workspace in bytes, or nil.
    init(_ members: [Member], threads: Int, workspaceLimit: Int?) throws(ConvolutionError) {
        // Kernels that need them cut the columns and rows at multiples of theirs, or those of the most work.
        func rank(_ member: Member) -> (Int, Double) {
            let blocks = member.method.blocks
            let unit = member.method.mode == .inPlace ? 0 : blocks.rows.unit * blocks.columns.unit
            return (unit, Double(member.problem.weightCount))
        }
        let leader = members.dropFirst().reduce(members[0]) { rank($0) < rank($1) ? $1 : $0 }
        let cut = leader.method
        blocks = cut.blocks
        (groups, groupsATask) = (cut.groups, cut.groupsATask)
        loadImbalance = cut.loadImbalance
        placement = cut.placement
        channelsPerGroup = cut.computing.channels.extent / leader.problem.phases
        (rows, columns) = (leader.phases.rows, leader.phases.columns)
        output = leader.problem.output
        isa = cut.kernel.instructionSet.kernelValue
        // Channels are cut where all kernels have whole panels.
        var unit = 1
        for member in members {
            let (tile, phases) = (member.method.kernel.tileChannels, member.problem.phases)
            unit = leastCommonMultiple(unit, tile / greatestCommonDivisor(tile, phases))
        }
        channels = Split(channelsPerGroup, unit: unit, pieces: cut.computing.channels.count)
        let largest = cut.blocks.largest
        let each = members.reduce(0) { $0 + $1.problem.phases }
        let scratchCounts = try members.map { (member) throws(ConvolutionError) in
            try member.method.workspace(of: cut.blocks)
        }
        scratch = scratchCounts.map(\.scratch).max() ?? 0
        let prepared = scratchCounts.reduce(0) { $0 + $1.prepared }
        let isPrepared = members.contains { $0.method.mode != .inPlace }
        var most = isPrepared ? InterleavedMethod.mostSums.prepared : InterleavedMethod.mostSums.inPlace
        if let workspaceLimit {
            most = min(most, max(0, workspaceLimit / MemoryLayout<Float>.stride / threads - scratch - prepared))
        }
        piece = Piece(
            of: largest, channels: channels, rowUnit: blocks.rows.unit,
            columnUnit: leader.problem.hasNarrowStage ? leader.problem.width.output : blocks.columns.unit, each: each,
            most: most, fewestPixels: isPrepared ? nil : 4 * cut.kernel.tilePixels)
        rowStride =
            leader.problem.hasNarrowStage ? leader.problem.width.output : InterleavedMethod.rowStride(piece.columns)
        let channelStride = piece.rows * rowStride
        imageStride = try CheckedSize.product([channelStride, piece.channels, each], of: "the workspace")
        sums = try CheckedSize.roundUp(
            CheckedSize.product([imageStride, piece.images], of: "the workspace"), toMultipleOf: 16)
        // Phases behind the last element of an axis are nobody's; a weave has a place for each of its own.
        columnPhases = min(columns.period, max(8, columns.extent + columns.shift))
        rowPhases = min(rows.period, rows.extent + rows.shift)
        var stages: [Stage] = []
        var places: [(index: Int, place: ck_phase)] = []
        var (nextSums, nextPrepared) = (0, sums + scratch)
        for (member, size) in zip(members, scratchCounts) {
            let phases = member.problem.phases
            for (index, phase) in member.phases.phases.enumerated() {
                let place = ck_phase(first: nextSums + index * channelStride, channel: phases * channelStride)
                places.append((phase.row * columnPhases + phase.column, place))
            }
            var geometry = member.method.geometry
            geometry.out_image_stride = imageStride
            geometry.out_channel_stride = channelStride
            geometry.out_row_stride = rowStride
            geometry.out_pixel_stride = 1
            stages.append(
                Stage(
                    method: try KernelMethod(
                        member.method, geometry: geometry, blocks: cut.blocks, terms: member.method.terms),
                    inputOffset: member.inputOffset, weightOffset: member.weightOffset, phases: phases,
                    sums: nextSums, prepared: nextPrepared))
            nextSums += phases * piece.channels * channelStride
            nextPrepared += size.prepared
        }
        self.stages = stages
        workerCount = nextPrepared
        let count = rowPhases * columnPhases
        phaseTable = .allocate(capacity: count)
        phaseTable.initialize(repeating: ck_phase(first: -1, channel: 0), count: count)
        for (index, place) in places { phaseTable[index] = place }
    }

    deinit { phaseTable.deallocate() }

    /// Rows of so many columns begin at cache lines.
    static func rowStride(_ columns: Int) -> Int { (columns + 15) / 16 * 16 }

    func run(phase: Int, task index: Int, worker: Int, buffers: Buffers) {
        let (outer, cut) = index.quotientAndRemainder(dividingBy: channels.count)
        let (first, block) = outer.quotientAndRemainder(dividingBy: blocks.count)
        let (region, channels) = (blocks.region(block), channels.range(cut))
        let own = buffers.workerWorkspace(worker)
        for group in first * groupsATask..<min(groups, (first + 1) * groupsATask) {
            for stage in stages where stage.method.terms.count == 1 && stage.method.mode != .inPlace {
                var task = task(stage, term: 0, group: group, own, buffers)
                (task.block, task.part) = (region, region)
                task.channels = ck_range(begin: 0, end: stage.method.geometry.channels)
                stage.method.kernel.prepare(&task)
            }
            var part = region
            for images in pieces(region.images, piece.images) {
                for rows in pieces(region.rows, piece.rows) {
                    for columns in pieces(region.columns, piece.columns) {
                        (part.images, part.rows, part.columns) = (images, rows, columns)
                        for channels in pieces(channels, piece.channels) {
                            for stage in stages {
                                compute(stage, part, of: region, channels, group: group, own, buffers)
                            }
                            store(part, channels, group: group, own, buffers)
                        }
                    }
                }
            }
        }
    }

    private func pieces(_ range: ck_range, _ count: Int) -> some Sequence<ck_range> {
        stride(from: range.begin, to: range.end, by: count).lazy.map {
            ck_range(begin: $0, end: min($0 + count, range.end))
        }
    }

    /// The sums of some channels and pixels of one kernel.
    private func compute(
        _ stage: Stage, _ part: ck_region, of region: ck_region, _ channels: ck_range, group: Int,
        _ own: UnsafeMutablePointer<Float>, _ buffers: Buffers
    ) {
        let method = stage.method
        for term in 0..<method.terms.count {
            var task = task(stage, term: term, group: group, own, buffers)
            task.block = region
            if method.terms.count > 1 && method.mode != .inPlace {
                task.part = region
                task.channels = ck_range(begin: 0, end: method.geometry.channels)
                method.kernel.prepare(&task)
            }
            task.part = part
            task.channels = ck_range(begin: channels.begin * stage.phases, end: channels.end * stage.phases)
            // The kernel counts images, channels, rows and columns from those of the output, the sums begin with the part's.
            let geometry = method.geometryPointer.pointee
            let skipped =
                part.images.begin * imageStride + task.channels.begin * geometry.out_channel_stride
                + part.rows.begin * rowStride + part.columns.begin
            task.output = own + stage.sums - skipped
            if term > 0 { task.epilogue.residual = UnsafePointer(task.output) }
            method.kernel.run(&task)
        }
    }

    private func task(
        _ stage: Stage, term: Int, group: Int, _ own: UnsafeMutablePointer<Float>, _ buffers: Buffers
    ) -> ck_task {
        let method = stage.method
        let place = placement.offsets(of: group)
        let parameters = Activation.none.kernelParameters
        var task = ck_task()
        task.geometry = method.geometryPointer
        task.input = buffers.input + (place.input + stage.inputOffset + term * method.terms.inputStride)
        task.weights =
            buffers.weights
            + (stage.weightOffset + place.group * method.packedWeightsPerGroup + term * method.packedWeightCount)
        (task.epilogue.low, task.epilogue.high, task.epilogue.activation) = (
            parameters.low, parameters.high, parameters.kind
        )
        task.prepared = own + stage.prepared
        task.scratch = method.scratchCount > 0 ? own + sums : nil
        task.plan = method.plan?.address
        return task
    }

    /// Stores the sums of some channels and pixels.
    private func store(
        _ part: ck_region, _ channels: ck_range, group: Int, _ own: UnsafeMutablePointer<Float>, _ buffers: Buffers
    ) {
        let place = placement.offsets(of: group)
        let parameters = buffers.activation.kernelParameters
        let first = max(0, part.columns.begin * columns.period - columns.shift)
        let end = min(columns.extent, part.columns.end * columns.period - columns.shift)
        guard first < end else { return }
        let skipped = part.columns.begin == 0 ? columns.shift : 0
        var store = ck_interleave()
        store.period = columns.period
        store.row_stride = rowStride
        store.channels = channels.end - channels.begin
        store.columns = ck_range(begin: skipped, end: skipped + end - first)
        (store.out_channel_stride, store.out_row_stride) = (output.channel, rows.period * output.row)
        store.epilogue.bias = buffers.bias.map { $0 + place.group * channelsPerGroup + channels.begin }
        (store.epilogue.low, store.epilogue.high, store.epilogue.activation) = (
            parameters.low, parameters.high, parameters.kind
        )
        for phase in 0..<rowPhases {
            // Those of the part's rows that are rows of the output.
            let begin = max(part.rows.begin, Split.units(max(0, rows.shift - phase), rows.period))
            let end = min(part.rows.end, Split.units(max(0, rows.extent + rows.shift - phase), rows.period))
            guard begin < end else { continue }
            store.phases = UnsafePointer(phaseTable) + phase * columnPhases
            store.rows = end - begin
            let row = begin * rows.period + phase - rows.shift
            for image in part.images.begin..<part.images.end {
                let to =
                    place.output + image * output.image + channels.begin * output.channel + row * output.row + first
                store.sums =
                    UnsafePointer(own) + (image - part.images.begin) * imageStride
                    + (begin - part.rows.begin) * rowStride
                store.output = buffers.output + to
                store.epilogue.residual = buffers.residual.map { $0 + to }
                ck_store_interleaved(isa, &store)
            }
        }
    }
}

private func leastCommonMultiple(_ first: Int, _ second: Int) -> Int {
    first / greatestCommonDivisor(first, second) * second
}
