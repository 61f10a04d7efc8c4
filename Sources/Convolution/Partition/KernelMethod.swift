// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// One kernel of the list on one problem, over a grid of tasks.
///
/// The output is cut three ways: by group, by box of images, rows and columns, and by output channels. A kernel without
/// `prepare` reads its input in place and every cut is a task. With one, a task either prepares a box for itself and then
/// computes all its output channels or, where boxes are too few for the threads, some of them (`fused`: no barrier, and
/// nothing prepared passes from core to core); or all workers prepare a box together and then share it (`shared`).
///
/// What a task computes may be the sum of several terms, each of other weights and another part of the input: the first is
/// stored, and the others are added to it, box by box.
final class KernelMethod: PartMethod {
    enum Mode: Sendable, Equatable {
        case inPlace
        case fused
        case shared
    }

    let kernel: Kernel
    // What every task points to: written once, and freed with the method.
    nonisolated(unsafe) let geometryPointer: UnsafePointer<ck_geometry>
    var geometry: ck_geometry { geometryPointer.pointee }
    /// Where the groups lie.
    let placement: GroupPlacement
    let mode: Mode
    /// Groups of all volumes that a task can belong to; 1 for each volume where one task spans groups.
    let groups: Int
    /// Groups that a task of mode `inPlace` computes, one after the other.
    let groupsATask: Int
    let blocks: RegionSplit
    let loadImbalance: Double
    /// How the preparing of a block is cut in mode `shared`, by input channels of a group.
    let preparing: TaskCut
    /// How the computing of a block is cut, by output channels of a group.
    let computing: TaskCut
    let packedWeightsPerGroup: Int
    /// Floats of `prepared` for a block and a group.
    let preparedPerGroup: Int
    /// Floats of a worker's scratch, a multiple of 16 so that every worker's memory is aligned.
    let scratchCount: Int
    /// The terms of each sum.
    let terms: Terms
    /// What the kernel keeps of the geometry, if anything.
    let plan: KernelPlan?

    init(
        kernel: Kernel, geometry: ck_geometry, placement: GroupPlacement, mode: Mode, groups: Int,
        groupsATask: Int = 1, blocks: RegionSplit, loadImbalance: Double, preparing: TaskCut, computing: TaskCut,
        packedWeightsPerGroup: Int, preparedPerGroup: Int, scratchCount: Int, terms: Terms = Terms(),
        plan: KernelPlan? = nil
    ) {
        self.kernel = kernel
        let pointer = UnsafeMutablePointer<ck_geometry>.allocate(capacity: 1)
        pointer.initialize(to: geometry)
        geometryPointer = UnsafePointer(pointer)
        self.placement = placement
        self.mode = mode
        self.groups = groups
        self.groupsATask = groupsATask
        self.blocks = blocks
        self.loadImbalance = loadImbalance
        self.preparing = preparing
        self.computing = computing
        self.packedWeightsPerGroup = packedWeightsPerGroup
        self.preparedPerGroup = preparedPerGroup
        self.scratchCount = scratchCount
        self.terms = terms
        self.plan = plan
    }

    deinit { geometryPointer.deallocate() }

    /// The same with sums of other terms.
    convenience init(_ other: KernelMethod, terms: Terms) {
        self.init(
            kernel: other.kernel, geometry: other.geometry, placement: other.placement, mode: other.mode,
            groups: other.groups, groupsATask: other.groupsATask, blocks: other.blocks,
            loadImbalance: other.loadImbalance, preparing: other.preparing, computing: other.computing,
            packedWeightsPerGroup: other.packedWeightsPerGroup, preparedPerGroup: other.preparedPerGroup,
            scratchCount: other.scratchCount, terms: terms, plan: other.plan)
    }

    /// The same for blocks of another method, with the strides of the output that `geometry` has.
    ///
    /// - Throws: `ConvolutionError.sizeOverflow` and `.outOfMemory`.
    convenience init(
        _ other: KernelMethod, geometry: ck_geometry, blocks: RegionSplit, terms: Terms
    ) throws(ConvolutionError) {
        let size = try other.workspace(of: blocks)
        self.init(
            kernel: other.kernel, geometry: geometry, placement: other.placement, mode: other.mode,
            groups: other.groups, groupsATask: other.groupsATask, blocks: blocks, loadImbalance: other.loadImbalance,
            preparing: other.preparing, computing: other.computing,
            packedWeightsPerGroup: other.packedWeightsPerGroup,
            preparedPerGroup: size.prepared, scratchCount: size.scratch,
            terms: terms, plan: try KernelPlan(other.kernel, geometry))
    }

    /// What the kernel needs for blocks of another method, in floats. A kernel that does without scratch does without here too.
    func workspace(of blocks: RegionSplit) throws(ConvolutionError) -> (scratch: Int, prepared: Int) {
        let largest = blocks.largest
        return (
            scratchCount == 0 ? 0 : try kernel.scratchCount(geometry, largest),
            mode == .inPlace ? 0 : try kernel.preparedCount(geometry, largest)
        )
    }

    var packedFormat: PackedFormat { PackedFormat(kernel: kernel, fftPoints: geometry.fft_points) }

    var phases: [Int] {
        switch mode {
        case .inPlace, .fused: [Split.units(groups, groupsATask) * blocks.count * computing.count]
        case .shared:
            [[Int]](
                repeating: [groups * preparing.count, groups * computing.count], count: blocks.count * terms.count
            ).flatMap { $0 }
        }
    }

    var isShared: Bool { mode == .shared }
    var sharedCount: Int { mode == .shared ? groups * preparedPerGroup : 0 }
    var workerCount: Int { scratchCount + (mode == .fused ? preparedPerGroup : 0) }
    var packedWeightCount: Int { placement.groups * packedWeightsPerGroup }
    var packingTasks: Int { placement.groups * packingSplit.count }
    var packingScratchCount: Int { kernel.packingScratchCount(geometry) }

    private var packingSplit: Split {
        // Below some 32 K weights a task, waking a thread costs more than the packing.
        let weightsAPanel = kernel.tileChannels * geometry.channels * geometry.kernel_height * geometry.kernel_width
        return Split(
            packedChannels, unit: kernel.tileChannels, most: kernel.tileChannels * max(1, 32768 / max(1, weightsAPanel))
        )
    }

    private var packedChannels: Int { computing.channels.extent }

    func packWeights(
        _ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int,
        scratch: UnsafeMutablePointer<Float>?
    ) {
        let split = packingSplit
        let (group, piece) = task.quotientAndRemainder(dividingBy: split.count)
        kernel.packWeights(
            geometryPointer, weight + group * packedChannels * weightsPerChannel,
            packed + group * packedWeightsPerGroup, channels: split.range(piece), scratch: scratch)
    }

    /// The weights that a task of the packing reads and no other does.
    func weights(ofPackingTask task: Int) -> Range<Int> {
        let (group, piece) = task.quotientAndRemainder(dividingBy: packingSplit.count)
        let channels = packingSplit.range(piece)
        let first = group * packedChannels
        return (first + Int(channels.begin)) * weightsPerChannel..<(first + Int(channels.end)) * weightsPerChannel
    }

    /// Weights of an output channel.
    private var weightsPerChannel: Int { geometry.channels * geometry.kernel_height * geometry.kernel_width }

    /// What one task does in each of its groups.
    struct Piece {
        let groups: Range<Int>
        let terms: Range<Int>
        let block: ck_region
        let part: ck_region
        /// Input channels to prepare first, if any.
        let preparedChannels: ck_range?
        /// Output channels to compute, if any.
        let computedChannels: ck_range?
    }

    func piece(phase: Int, task index: Int) -> Piece {
        switch mode {
        case .inPlace, .fused:
            let (outer, task) = index.quotientAndRemainder(dividingBy: computing.count)
            let (first, block) = outer.quotientAndRemainder(dividingBy: blocks.count)
            let region = blocks.region(block)
            let (channels, part) = computing.task(task, of: region)
            return Piece(
                groups: first * groupsATask..<min(groups, (first + 1) * groupsATask), terms: 0..<terms.count,
                block: region, part: part,
                preparedChannels: mode == .fused ? ck_range(begin: 0, end: geometry.channels) : nil,
                computedChannels: channels)
        case .shared:
            let isPreparing = phase % 2 == 0
            let cut = isPreparing ? preparing : computing
            let (blockIndex, term) = (phase / 2).quotientAndRemainder(dividingBy: terms.count)
            let block = blocks.region(blockIndex)
            let (group, task) = index.quotientAndRemainder(dividingBy: cut.count)
            let (channels, part) = cut.task(task, of: block)
            return Piece(
                groups: group..<group + 1, terms: term..<term + 1, block: block, part: part,
                preparedChannels: isPreparing ? channels : nil, computedChannels: isPreparing ? nil : channels)
        }
    }

    func run(phase: Int, task index: Int, worker: Int, buffers: Buffers) {
        let piece = piece(phase: phase, task: index)
        for group in piece.groups {
            var task = makeTask(group: group, worker: worker, buffers)
            task.block = piece.block
            task.part = piece.part
            for term in piece.terms {
                if terms.count > 1 { put(term, into: &task, group: group, buffers) }
                if let channels = piece.preparedChannels {
                    task.channels = channels
                    kernel.prepare(&task)
                }
                if let channels = piece.computedChannels {
                    task.channels = channels
                    kernel.run(&task)
                }
            }
        }
    }

    /// A task with everything that depends only on the group and the worker filled in.
    private func makeTask(group: Int, worker: Int, _ buffers: Buffers) -> ck_task {
        let own = buffers.workerWorkspace(worker)
        let place = placement.offsets(of: group)
        let parameters = buffers.activation.kernelParameters
        var task = ck_task()
        task.geometry = geometryPointer
        task.input = buffers.input + place.input
        task.weights = buffers.weights + place.group * packedWeightsPerGroup
        task.epilogue.bias = buffers.bias.map { $0 + place.group * placement.biases }
        task.epilogue.residual = buffers.residual.map { $0 + place.output }
        task.output = buffers.output + place.output
        task.prepared = mode == .shared ? buffers.workspace + group * preparedPerGroup : own + scratchCount
        task.scratch = scratchCount > 0 ? own : nil
        task.plan = plan?.address
        task.epilogue.low = parameters.low
        task.epilogue.high = parameters.high
        task.epilogue.activation = parameters.kind
        return task
    }

    /// The first term brings bias and residual, the last one the activation.
    private func put(_ term: Int, into task: inout ck_task, group: Int, _ buffers: Buffers) {
        let place = placement.offsets(of: group)
        let (isFirst, isLast) = (term == 0, term == terms.count - 1)
        task.input = buffers.input + place.input + term * terms.inputStride
        task.weights = buffers.weights + place.group * packedWeightsPerGroup + term * packedWeightCount
        task.epilogue.bias = isFirst ? buffers.bias.map { $0 + place.group * placement.biases } : nil
        task.epilogue.residual = isFirst ? buffers.residual.map { $0 + place.output } : UnsafePointer(task.output)
        let parameters = (isLast ? buffers.activation : .none).kernelParameters
        (task.epilogue.low, task.epilogue.high, task.epilogue.activation) = (
            parameters.low, parameters.high, parameters.kind
        )
    }
}

extension KernelMethod {
    /// The terms of a sum: so many, each of the input so far behind that of the one before. Their packed weights follow one
    /// another.
    struct Terms: Sendable {
        var count = 1
        var inputStride = 0
    }
}

/// Where the groups of an input and an output lie, and those of the volumes that hold them.
struct GroupPlacement: Sendable {
    /// Groups of a volume.
    let groups: Int
    /// Output channels of a group as the output has them.
    let biases: Int
    private let input: (group: Int, volume: Int)
    private let output: (group: Int, volume: Int)

    /// - Parameter groupsInATask: What a kernel takes for one group may be so many.
    init(_ problem: KernelProblem, groupsInATask: Int = 1) {
        groups = problem.groups / groupsInATask
        biases = problem.outputChannelsPerGroup / problem.phases
        input = (problem.inputGroupStride, problem.input.volume)
        output = (
            biases * problem.output.channel, problem.output.volume
        )
    }

    /// The group within its volume, and how far behind the first its input and output lie.
    func offsets(of index: Int) -> (group: Int, input: Int, output: Int) {
        // Without the division where there is but one volume.
        guard index >= groups else { return (index, index * input.group, index * output.group) }
        let (volume, group) = index.quotientAndRemainder(dividingBy: groups)
        return (
            group, group * input.group + volume * input.volume, group * output.group + volume * output.volume
        )
    }
}

/// What the weights are packed for, beside their problem: another method that reads them must have the same.
struct PackedFormat: Sendable, Equatable {
    let kernel: Kernel
    let fftPoints: Int
}
