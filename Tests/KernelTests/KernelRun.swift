// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// How a convolution is cut into tasks.
enum TaskSplit: Sendable {
    /// One block, and one task a group (and an image, for kernels that prepare one image at a time).
    case whole
    /// At random places wherever the contract allows a cut, run in random order.
    case random(seed: UInt64)
}

/// One case computed by one kernel, all its memory between protected pages.
struct KernelRun {
    let kernel: ListedKernel
    let shape: KernelCase
    let output: GuardedBuffer

    /// What tasks left behind.
    final class Traces {
        /// Floats of the scratch that some task has written, of those asked for.
        fileprivate(set) var writtenScratch: Set<Int> = []
        /// The largest share of the prepared input that was written, and of the scratch of a task up to the last float
        /// that was.
        fileprivate(set) var preparedShare = 0.0
        fileprivate(set) var scratchShare = 0.0
    }
    let traces = Traces()

    private let geometry: ck_geometry
    private let data: KernelData
    private let watchedScratch: [Int]
    private let watchesSizes: Bool
    private let placement: GuardedBuffer.Placement
    private let input: GuardedBuffer
    private let bias: GuardedBuffer?
    private let residual: GuardedBuffer?
    private let packed: GuardedBuffer
    private let packedPerGroup: Int
    private let plan: GuardedBuffer
    private var generator: SeededGenerator
    private let isCut: Bool
    private let hasScratch: Bool
    private let accumulates: Bool
    private let caller: Caller

    /// Calls a function of a kernel.
    typealias Caller = (_ call: () -> Void) -> Void

    /// Packs the weights, prepares and runs.
    ///
    /// - Parameters:
    ///   - accumulates: Whether the residual is the output itself, which holds it beforehand.
    ///   - hasScratch: False for kernels in place that may do without, and get none.
    ///   - caller: Makes each call of the kernel.
    init(
        _ kernel: ListedKernel, _ shape: KernelCase, _ data: KernelData,
        _ placement: GuardedBuffer.Placement = .endsAtGuard, split: TaskSplit = .whole, accumulates: Bool = false,
        hasScratch: Bool = true,
        watchedScratch: [Int] = [], watchesSizes: Bool = false, caller: @escaping Caller = { $0() }
    ) {
        self.kernel = kernel
        self.hasScratch = hasScratch
        self.accumulates = accumulates && data.residual != nil
        self.watchedScratch = watchedScratch
        self.watchesSizes = watchesSizes
        self.caller = caller
        self.shape = shape
        self.data = data
        self.placement = placement
        geometry = shape.geometry
        input = GuardedBuffer(data.input, placement: placement)
        bias = data.bias.map { GuardedBuffer($0, placement: placement) }
        residual = data.residual.map { GuardedBuffer($0, placement: placement) }
        output =
            if accumulates, let residual = data.residual {
                GuardedBuffer(residual, placement: placement)
            } else {
                GuardedBuffer(count: shape.outputCount, placement: placement)
            }
        packedPerGroup = kernel.packedCount(shape)
        packed = GuardedBuffer(count: packedPerGroup * (kernel.spansGroups ? 1 : shape.groups), placement: placement)
        plan = GuardedBuffer(count: kernel.planCount(shape), placement: placement, alignment: 16)
        switch split {
        case .whole: (isCut, generator) = (false, SeededGenerator(seed: 0))
        case .random(let seed): (isCut, generator) = (true, SeededGenerator(seed: seed))
        }
        packWeights()
        makePlan()
        for group in 0..<(kernel.spansGroups ? 1 : shape.groups) {
            run(group: group)
        }
        check(output)
        CaseCount.current?.add(ran: 1, skipped: 0)
    }

    /// A write outside of the buffer in its own pages.
    private func check(
        _ buffer: GuardedBuffer, _ name: String = "output", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard !buffer.isSlackUntouched else { return }
        Issue.record("\(kernel.name) wrote beside the \(name): \(shape)", sourceLocation: sourceLocation)
    }

    // MARK: Cuts

    /// Pieces of a range that begin at multiples of `unit`, in random order.
    private mutating func pieces(_ range: ck_range, unit: Int, atMost most: Int = 3) -> [ck_range] {
        guard isCut else { return [range] }
        var cuts: Set<Int> = []
        for _ in 0..<Int.random(in: 0..<most, using: &generator) {
            cuts.insert(Int.random(in: range.begin..<range.end, using: &generator) / unit * unit)
        }
        let ends = cuts.filter { $0 > range.begin }.sorted() + [range.end]
        return zip([range.begin] + ends, ends).map { ck_range(begin: $0, end: $1) }.shuffled(using: &generator)
    }

    private mutating func regions(_ region: ck_region) -> [ck_region] {
        let unit = kernel.regionUnit(shape)
        var regions: [ck_region] = []
        for images in pieces(region.images, unit: 1) {
            for rows in pieces(region.rows, unit: unit.height) {
                for columns in pieces(region.columns, unit: unit.width) {
                    regions.append(ck_region(images: images, rows: rows, columns: columns))
                }
            }
        }
        return regions.shuffled(using: &generator)
    }

    private mutating func blocks() -> [ck_region] {
        let all = ck_region(
            images: ck_range(begin: 0, end: shape.images), rows: ck_range(begin: 0, end: shape.output.height),
            columns: ck_range(begin: 0, end: kernel.columns(shape)))
        if kernel.algorithm == CK_IM2COL {
            return (0..<shape.images).map {
                ck_region(images: ck_range(begin: $0, end: $0 + 1), rows: all.rows, columns: all.columns)
            }
        }
        return regions(all)
    }

    // MARK: Work

    private mutating func packWeights() {
        let groups = kernel.spansGroups ? 1 : shape.groups
        let channels = shape.outputChannels * (kernel.spansGroups ? shape.groups : 1)
        let weight = GuardedBuffer(data.weight, placement: placement)
        for group in 0..<groups {
            for range in pieces(ck_range(begin: 0, end: channels), unit: kernel.tileChannels) {
                let scratch = GuardedBuffer(
                    count: kernel.packingScratchCount(geometry), placement: placement, alignment: 16)
                let pack = kernel.descriptor.pointee.pack_weights
                withUnsafePointer(to: geometry) { geometry in
                    caller {
                        pack?(
                            geometry, weight.base + group * data.weight.count / groups,
                            packed.base + group * packedPerGroup, range, scratch.count > 0 ? scratch.base : nil)
                    }
                }
                check(scratch, "packing scratch")
            }
        }
        check(packed, "packed weights")
        #expect(packed.untouchedCount == 0, "\(kernel.name) left floats of the packed weights unwritten: \(shape)")
    }

    private func makePlan() {
        guard let makePlan = kernel.descriptor.pointee.make_plan else { return }
        withUnsafePointer(to: geometry) { geometry in
            caller { makePlan(kernel.descriptor, geometry, plan.base) }
        }
        check(plan, "plan")
    }

    private mutating func run(group: Int) {
        let channels = ck_range(
            begin: 0, end: shape.outputChannels * (kernel.spansGroups ? shape.groups : 1))
        for block in blocks() {
            let prepared = GuardedBuffer(count: kernel.preparedCount(shape, block), placement: placement)
            if kernel.hasPrepare {
                prepare(group, block, prepared)
            }
            for part in regions(block) {
                for range in pieces(channels, unit: kernel.tileChannels) {
                    withTask(group, block, part, range, prepared, kernel.descriptor.pointee.run)
                }
            }
            check(prepared, "prepared input")
            if watchesSizes, prepared.count > 0 {
                let share = 1 - Double(prepared.untouchedCount) / Double(prepared.count)
                traces.preparedShare = max(traces.preparedShare, share)
            }
        }
    }

    /// Prepares a block in pieces, and checks that no two of them write the same element, which two threads may do at
    /// once: each piece writes to memory of its own first, and the numbers of elements must add up.
    private mutating func prepare(_ group: Int, _ block: ck_region, _ prepared: GuardedBuffer) {
        let channels = ck_range(begin: 0, end: shape.channels)
        var written = 0
        for range in pieces(channels, unit: Int(CK_CHANNEL_ALIGNMENT)) {
            for part in regions(block) {
                guard isCut else {
                    withTask(group, block, part, range, prepared, kernel.descriptor.pointee.prepare)
                    continue
                }
                let own = GuardedBuffer(count: prepared.count, placement: placement)
                withTask(group, block, part, range, own, kernel.descriptor.pointee.prepare)
                check(own, "prepared input")
                written += prepared.update(fromWrittenElementsOf: own)
            }
        }
        if isCut {
            let isShared = written + prepared.untouchedCount != prepared.count
            #expect(!isShared, "\(kernel.name) prepares an element twice: \(shape)")
        }
    }

    private func withTask(
        _ group: Int, _ block: ck_region, _ part: ck_region, _ channels: ck_range, _ prepared: GuardedBuffer,
        _ function: (@convention(c) (UnsafePointer<ck_task>?) -> Void)?
    ) {
        let scratch = GuardedBuffer(
            count: hasScratch ? kernel.scratchCount(shape, kernel.hasPrepare ? block : part) : 0,
            placement: placement, alignment: 16)
        withUnsafePointer(to: geometry) { geometry in
            let first = group * shape.outputChannels
            let output = first * geometry.pointee.out_channel_stride
            var task = ck_task()
            task.geometry = geometry
            task.input = UnsafePointer(input.base + group * shape.channels * geometry.pointee.in_channel_stride)
            task.weights = UnsafePointer(packed.base + group * packedPerGroup)
            task.epilogue.bias = bias.map { UnsafePointer($0.base + first) }
            task.epilogue.residual = (accumulates ? self.output : residual).map { UnsafePointer($0.base + output) }
            task.output = self.output.base + output
            task.prepared = kernel.hasPrepare ? prepared.base : nil
            task.scratch = scratch.count > 0 ? scratch.base : nil
            task.plan = plan.count > 0 ? UnsafeRawPointer(plan.base) : nil
            task.block = block
            task.part = part
            task.channels = channels
            (task.epilogue.activation, task.epilogue.low, task.epilogue.high) = shape.activation.parameters
            withUnsafePointer(to: task) { task in
                caller { function?(task) }
            }
        }
        check(scratch, "scratch")
        traces.writtenScratch.formUnion(watchedScratch.filter { !scratch.isUntouched($0) })
        if watchesSizes, let last = (0..<scratch.count).last(where: { !scratch.isUntouched($0) }) {
            traces.scratchShare = max(traces.scratchShare, Double(last + 1) / Double(scratch.count))
        }
    }
}
