// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct DepthwiseTests {
    private static func problem(
        stride: Int, kernel: Int = 3, channels: Int = 256, extent: Int = 112, filters: Int = 1,
        layout: TensorLayout = .channelsFirst
    ) throws -> KernelProblem {
        try KernelProblem(
            slicesOf: ConvolutionProblem(
                inputShape: layout == .channelsFirst
                    ? [1, channels, extent, extent] : [1, extent, extent, channels],
                weightShape: [channels * filters, 1, kernel, kernel], rank: 2, stride: Extents(stride),
                padding: Padding(kernel / 2), groups: channels, layout: layout))
    }

    private static func method(_ problem: KernelProblem, threads: Int) throws -> KernelMethod {
        try Depthwise.method(problem, .best, threads: threads, workspaceLimit: nil, packedLike: nil)
    }

    /// The work is what is read, of which a large stride skips less than it skips multiplications.
    @Test(arguments: [2, 3, 4, 5, 8, 16], [TensorLayout.channelsFirst, .channelsLast])
    func stridesAreSharedByTheThreads(stride: Int, layout: TensorLayout) throws {
        for threads in [2, 3, 4] {
            let method = try Self.method(Self.problem(stride: stride, extent: 224, layout: layout), threads: threads)
            #expect(method.phases[0] >= threads, "\(threads) threads")
        }
    }

    /// A task of a part of a vector of channels would take as long as one of the whole.
    @Test(arguments: [1, 2], [TensorLayout.channelsFirst, .channelsLast])
    func tasksAreOfWholeVectors(filters: Int, layout: TensorLayout) throws {
        let problem = try Self.problem(stride: 3, channels: 136, filters: filters, layout: layout)
        for threads in [2, 3, 5] {
            let method = try Self.method(problem, threads: threads)
            let vector = method.kernel.lanes * (layout == .channelsLast ? 1 : filters)
            for task in 0..<method.phases[0] {
                let channels = try #require(method.piece(phase: 0, task: task).computedChannels)
                #expect(channels.begin % vector == 0)
            }
        }
    }

    /// What a stride skips of the input costs as much as the rest of a line of the cache, so a multiplication costs more
    /// the larger the stride is. It was estimated to cost the same.
    @Test func estimatesKnowWhatStridesRead() throws {
        for instructionSet in InstructionSet.available {
            var last = 0.0
            for stride in [1, 2, 3, 5, 8, 16] {
                let problem = try Self.problem(stride: stride)
                let estimate = Depthwise.estimate(problem, instructionSet, threads: 1)
                let multiplication = estimate / Double(problem.outputCount * 9)
                #expect(multiplication > last, "\(instructionSet), stride \(stride)")
                last = multiplication
            }
        }
    }

    /// Several filters of a plane were computed element by element where the channels are last.
    @Test(arguments: [TensorLayout.channelsFirst, .channelsLast])
    func severalFiltersCostLittleMoreThanAsManyPlanes(layout: TensorLayout) throws {
        for instructionSet in InstructionSet.available {
            for stride in [1, 3] {
                let one = try Self.problem(stride: stride, channels: 256, layout: layout)
                let two = try Self.problem(stride: stride, channels: 128, filters: 2, layout: layout)
                #expect(
                    Depthwise.estimate(two, instructionSet, threads: 1)
                        < 1.5 * Depthwise.estimate(one, instructionSet, threads: 1))
            }
        }
    }
}
