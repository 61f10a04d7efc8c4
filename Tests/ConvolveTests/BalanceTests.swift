// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

@testable import Convolution
@testable import ConvolveCommands

/// How evenly the layers of the tables are cut into tasks. Nothing runs: the tasks' work is counted.
@Suite struct BalanceTests {
    /// The layers, each shape once.
    private static func problems(_ network: ConvolveCommands.Network) throws -> [(
        name: String, problem: ConvolutionProblem
    )] {
        var seen: Set<ConvolutionProblem> = []
        return try LayerTable.load(network).compactMap {
            let problem = try $0.problem()
            return seen.insert(problem).inserted ? ($0.name, problem) : nil
        }
    }

    /// What a plan may choose at some precision, by estimate or by measurement.
    private static func choices(
        _ problem: ConvolutionProblem, _ instructionSet: InstructionSet, threads: Int
    ) throws -> Set<Algorithm> {
        let machine = try Choice.Machine(.init(instructionSet: instructionSet, threads: threads))
        // The methods of the precisions before: making them takes nearly all of the time.
        var made: [Algorithm: (lowering: Lowering, method: (any Method)?)] = [:]
        return Precision.allCases.reduce(into: []) { choices, precision in
            let ranked = Choice.ranked(problem, machine, .init(precision: precision))
            for candidate in ranked where !choices.contains(candidate.algorithm) {
                if made[candidate.algorithm]?.lowering != candidate.lowering {
                    let options = ConvolutionOptions(
                        algorithm: candidate.algorithm, precision: precision, instructionSet: instructionSet,
                        threads: threads)
                    made[candidate.algorithm] = (candidate.lowering, try? Choice(problem, options).method)
                }
                guard let method = made[candidate.algorithm]?.method else { continue }
                let estimate = candidate.estimated(machine).run(with: method)
                if estimate <= Tuner.candidateFactor * ranked[0].nanoseconds { choices.insert(candidate.algorithm) }
            }
        }
    }

    /// Threads that have less than this to do need not be woken: a task should take as long.
    private static let leastNanoseconds = 2e4

    /// A sanitizer has little to look at in what only counts, and takes ten times as long for it.
    private static let threadCounts = isSanitized ? [3, 64] : [1, 2, 3, 8, 32, 64]

    /// Of the threads that are used, and of those that are worth using, a phase keeps at least half busy. Phases of less
    /// than a tenth of the work may do otherwise, and so may those that keep nearly all busy that are worth it; none can
    /// use more threads than it has pieces.
    @Test(arguments: ConvolveCommands.Network.allCases, InstructionSet.available)
    private func noPhaseLeavesHalfOfTheThreadsIdle(network: ConvolveCommands.Network, instructionSet: InstructionSet)
        throws
    {
        for (name, problem) in try Self.problems(network) {
            for threads in Self.threadCounts {
                for algorithm in try Self.choices(problem, instructionSet, threads: threads) {
                    let choice = try Choice(
                        problem, .init(algorithm: algorithm, instructionSet: instructionSet, threads: threads))
                    let parts = choice.lowering.parts
                    let largest = try #require(parts.indices.max { parts[$0].work < parts[$1].work })
                    let method = try #require((choice.method as? LoweredMethod)?.kernelMethods[largest])
                    let lowered = parts[largest].problem
                    let alone = try #require(
                        algorithm.implementation?.estimate(lowered, instructionSet, threads: 1))
                    let worth = min(threads, Int(alone / Self.leastNanoseconds))
                    let used = min(threads, method.phases.max() ?? 1)
                    let work = Work(lowered, method)
                    for isPreparing in [true, false] {
                        let phases = work.phases.filter { $0.isPreparing == isPreparing }
                        let share = phases.map(\.work).reduce(0, +)
                        guard share > 0.1 * work.phases.map(\.work).reduce(0, +) else { continue }
                        let busy = share / phases.map { $0.span(threads: threads) }.reduce(0, +)
                        let needed = min(max(worth, used), work.mostTasks(isPreparing: isPreparing))
                        #expect(
                            busy >= 0.5 * Double(needed) - 1e-9 || busy >= 0.9 * Double(worth),
                            """
                            \(name), \(algorithm) on \(threads) threads: \(isPreparing ? "preparing" : "computing") \
                            keeps \(busy) of \(used) busy, \(worth) are worth it
                            """)
                    }
                }
            }
        }
    }
}

/// The work of a plan's tasks, as shares of that of the whole convolution done in one task.
private struct Work {
    /// The tasks between two barriers.
    struct Phase {
        let isPreparing: Bool
        let costs: [Double]

        var work: Double { costs.reduce(0, +) }

        /// How long it takes if each thread takes the next task when it is free.
        func span(threads: Int) -> Double {
            // A heap, the thread that is free first at its root.
            var busy = [Double](repeating: 0, count: threads)
            for cost in costs {
                var node = 0
                let free = busy[0] + cost
                while true {
                    var child = 2 * node + 1
                    guard child < threads else { break }
                    if child + 1 < threads, busy[child + 1] < busy[child] { child += 1 }
                    guard busy[child] < free else { break }
                    busy[node] = busy[child]
                    node = child
                }
                busy[node] = free
            }
            return busy.max() ?? 0
        }
    }

    let phases: [Phase]
    private let mostPreparing: Int
    private let mostComputing: Int

    /// The most tasks that a phase can be cut into.
    func mostTasks(isPreparing: Bool) -> Int { isPreparing ? mostPreparing : mostComputing }

    init(_ problem: KernelProblem, _ method: KernelMethod) {
        let units = Units(problem, method)
        let geometry = method.geometry
        let all = RegionSplit.whole(images: problem.batch, rows: geometry.out_height, columns: geometry.out_width)
            .region(0)
        let computed = units.computed(ck_range(begin: 0, end: method.computing.channels.extent), all)
        let prepared = units.prepared(ck_range(begin: 0, end: geometry.channels), all, of: all)
        mostPreparing = method.groups * units.mostPieces * Split.units(geometry.channels, Int(CK_CHANNEL_ALIGNMENT))
        mostComputing =
            method.groups * units.mostPieces * Split.units(geometry.out_channels, method.kernel.tileChannels)
        let groups = Double(method.groups)
        phases = method.phases.enumerated().map { phase, count in
            let costs = (0..<count).map { index in
                let piece = method.piece(phase: phase, task: index)
                var cost = 0.0
                if let channels = piece.computedChannels {
                    cost += units.computed(channels, piece.part) / computed
                }
                if let channels = piece.preparedChannels {
                    cost += units.prepareShare * units.prepared(channels, piece.part, of: piece.block) / prepared
                }
                return cost * Double(piece.groups.count) / groups
            }
            return Phase(isPreparing: method.mode == .shared && phase % 2 == 0, costs: costs)
        }
    }
}

/// What a task's work is counted in: tiles, segments or vectors of pixels, times vectors of channels.
private struct Units {
    let problem: KernelProblem
    let method: KernelMethod
    /// How long preparing the whole input takes, as a share of the rest.
    let prepareShare: Double

    private let kernel: Kernel
    private let transform: TransformSize

    init(_ problem: KernelProblem, _ method: KernelMethod) {
        self.problem = problem
        self.method = method
        kernel = method.kernel
        transform = TransformSize(problem, kernel, points: max(Int(method.geometry.fft_points), 32))
        let model = CostModel(problem, kernel, threads: 1)
        prepareShare =
            switch kernel.algorithm {
            case CK_GEMM_CHANNELS: model.gemmChannels.prepareShare
            case CK_WINOGRAD: model.winograd.prepareShare
            case CK_IM2COL: model.im2col.prepareShare
            case CK_FFT: transform.prepareShare
            default: 0
            }
    }

    /// The most pieces that images, rows and columns can be cut into. Winograd's tiles of a dilated axis lie in one
    /// another, and pieces begin where such a group of them does: few where a dilation is long.
    var mostPieces: Int {
        let shape = kernel.winogradShape
        func pieces(_ axis: Axis, _ outputs: Int) -> Int {
            Split.units(axis.output, kernel.algorithm == CK_WINOGRAD ? outputs * axis.dilation : 1)
        }
        return problem.batch * pieces(problem.height, shape.height.outputs)
            * pieces(problem.width, shape.width.outputs)
    }

    func computed(_ channels: ck_range, _ part: ck_region) -> Double {
        let (count, vectors, images, rows, columns) = extents(channels, part)
        switch kernel.algorithm {
        case CK_WINOGRAD:
            return tiles(part) * Double(vectors)
        case CK_FFT:
            let segments = images * rows * transform.outputSegments(columns)
            return transform.isChannelLanes
                ? Double(segments * vectors) : Double(Split.units(segments, kernel.lanes) * count)
        case CK_DIRECT, CK_GEMM_CHANNELS:
            return Double(images * rows * columns * vectors)
        default:
            return Double(images * rows * Split.units(columns, kernel.lanes) * count)
        }
    }

    func prepared(_ channels: ck_range, _ part: ck_region, of block: ck_region) -> Double {
        let (count, vectors, images, rows, columns) = extents(channels, part)
        switch kernel.algorithm {
        case CK_WINOGRAD:
            return tiles(part) * Double(vectors)
        case CK_FFT:
            guard rows > 0, columns > 0 else { return 0 }
            // The last part has what lies beyond the outputs.
            let lines = part.rows.end == block.rows.end ? transform.lines(rows) : rows
            let segments =
                part.columns.end == block.columns.end
                ? transform.segments(columns) : transform.outputSegments(columns)
            return Double(Split.units(images * lines * segments * count * problem.width.stride, kernel.lanes))
        case CK_GEMM_CHANNELS:
            return Double(images * rows * columns * vectors)
        default:
            return Double(images * rows * columns * count)
        }
    }

    private func tiles(_ part: ck_region) -> Double {
        let (_, _, images, rows, columns) = extents(ck_range(), part)
        let shape = kernel.winogradShape
        return Double(
            images * problem.height.winogradTiles(rows, outputs: shape.height.outputs)
                * problem.width.winogradTiles(columns, outputs: shape.width.outputs))
    }

    private func extents(
        _ channels: ck_range, _ part: ck_region
    ) -> (channels: Int, vectors: Int, images: Int, rows: Int, columns: Int) {
        let count = channels.end - channels.begin
        return (
            count, Split.units(count, kernel.lanes), part.images.end - part.images.begin,
            part.rows.end - part.rows.begin, part.columns.end - part.columns.begin
        )
    }
}
