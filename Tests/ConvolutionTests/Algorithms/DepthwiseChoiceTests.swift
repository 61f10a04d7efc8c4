// SPDX-License-Identifier: Apache-2.0

import Testing
import TestSupport

@testable import Convolution

/// Which depthwise kernel a plan takes, and that it computes what the definition does.
@Suite struct DepthwiseChoiceTests {
    private struct Row {
        var operation = ConvolutionOperation.convolution
        var channels = 64
        var filters = 1
        let size: [Int]
        let kernel: [Int]
        var stride = 1
        var dilation = 1
        var padding: Int
        var layout = TensorLayout.channelsFirst
        /// The bodies with AVX-512, AVX2 and plain C.
        let bodies: (String, String, String)

        func body(_ instructionSet: InstructionSet) -> String {
            instructionSet == .avx512 ? bodies.0 : instructionSet == .avx2 ? bodies.1 : bodies.2
        }
    }

    /// A shape for each body of each instruction set, and beside the limits between them.
    private static let rows = [
        Row(size: [7, 7], kernel: [3, 3], padding: 1, bodies: ("planes", "planes", "strips")),
        Row(channels: 4, size: [7, 7], kernel: [3, 3], padding: 1, bodies: ("strips", "strips", "strips")),
        Row(size: [9, 9], kernel: [3, 3], padding: 1, bodies: ("planes", "blocks", "strips")),
        Row(size: [10, 10], kernel: [3, 3], padding: 1, bodies: ("strips", "blocks", "strips")),
        Row(size: [14, 14], kernel: [5, 5], padding: 2, bodies: ("planes", "planes", "strips")),
        Row(size: [28, 28], kernel: [3, 3], stride: 2, padding: 1, bodies: ("strips", "blocks", "strips")),
        Row(size: [28, 28], kernel: [3, 3], dilation: 2, padding: 2, bodies: ("wraps", "rows", "row_lanes")),
        Row(size: [28, 28], kernel: [3, 3], dilation: 2, padding: 1, bodies: ("rows", "rows", "row_lanes")),
        Row(size: [30, 30], kernel: [4, 4], padding: 1, bodies: ("rows", "rows", "row_lanes")),
        Row(size: [10, 10], kernel: [4, 4], padding: 1, bodies: ("row_lanes", "row_lanes", "row_lanes")),
        Row(channels: 3, size: [10, 10], kernel: [4, 4], padding: 1, bodies: ("rows", "rows", "rows")),
        Row(size: [28, 28], kernel: [3, 3], stride: 4, padding: 1, bodies: ("row_lanes", "row_lanes", "row_lanes")),
        Row(size: [1000], kernel: [31], padding: 15, bodies: ("columns", "columns", "column_lanes")),
        Row(channels: 3, size: [1000], kernel: [31], padding: 15, bodies: ("columns", "columns", "columns")),
        Row(size: [500], kernel: [4], stride: 4, padding: 1, bodies: ("column_lanes", "column_lanes", "column_lanes")),
        Row(channels: 1, size: [66, 67], kernel: [65, 65], padding: 0, bodies: ("lines", "lines", "lines")),
        Row(
            size: [28, 28], kernel: [3, 3], padding: 1, layout: .channelsLast,
            bodies: ("channels", "channels", "channels")),
        Row(
            size: [7, 7], kernel: [7, 7], padding: 3, layout: .channelsLast, bodies: ("windows", "windows", "windows")),
        Row(
            filters: 2, size: [9, 9], kernel: [3, 3], padding: 1, layout: .channelsLast,
            bodies: ("windows", "windows", "windows")),
        Row(
            channels: 2, size: [66, 67], kernel: [65, 65], padding: 0, layout: .channelsLast,
            bodies: ("elements", "elements", "elements")),
        Row(
            operation: .transposed, size: [20, 20], kernel: [4, 4], stride: 2, padding: 1,
            bodies: ("phases", "phases", "row_lanes")),
        Row(
            operation: .transposed, size: [20, 20], kernel: [6, 6], stride: 3, padding: 1,
            bodies: ("phases", "phases", "row_lanes")),
        Row(
            operation: .transposed, size: [20, 20], kernel: [6, 6], stride: 2, padding: 2,
            bodies: ("strips", "blocks", "strips")),
        Row(
            operation: .transposed, size: [20, 20], kernel: [10, 10], stride: 2, padding: 4,
            bodies: ("strips", "blocks", "strips")),
    ]

    private static func problem(_ row: Row) throws -> ConvolutionProblem {
        let input = row.layout == .channelsFirst ? [row.channels] + row.size : row.size + [row.channels]
        if row.operation == .transposed {
            return try .transposed(
                inputShape: [1] + input, weightShape: [row.channels, row.filters] + row.kernel, rank: row.size.count,
                stride: Extents(row.stride), padding: Padding(row.padding), groups: row.channels, layout: row.layout)
        }
        return try ConvolutionProblem(
            inputShape: [1] + input, weightShape: [row.channels * row.filters, 1] + row.kernel, rank: row.size.count,
            stride: Extents(row.stride), padding: Padding(row.padding), dilation: Extents(row.dilation),
            groups: row.channels, layout: row.layout)
    }

    @Test(arguments: InstructionSet.available)
    func eachBodyIsTakenWhereItPays(instructionSet: InstructionSet) throws {
        var taken: Set<String> = []
        for row in Self.rows {
            let problem = try Self.problem(row)
            var generator = SeededGenerator(seed: 1)
            let weight = try Tensor.randn(problem.weightShape, using: &generator)
            let input = try Tensor.randn(problem.inputShape, using: &generator)
            let plan = try ConvolutionPlan(
                problem, weight: weight,
                options: .init(algorithm: .depthwise, instructionSet: instructionSet, executor: .serial))
            let prefix = "ck_f32_depthwise_\(row.body(instructionSet))_"
            let tile = plan.kernelName.dropFirst(prefix.count).prefix(1)
            #expect(
                plan.kernelName.hasPrefix(prefix) && tile.allSatisfy(\.isNumber),
                "\(plan.kernelName) for \(row.size), \(row.kernel)")
            taken.insert(plan.kernelName)

            let reference = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .reference))
            let (values, expected) = (try plan(input).elements, try reference(input).elements)
            let largest = values.largestDifference(from: expected)
            #expect(largest < 1e-3, "\(plan.kernelName): an error of \(largest)")
        }
        let listed = KernelInfo.all.filter { $0.algorithm == .depthwise && $0.instructionSet == instructionSet }
        #expect(taken == Set(listed.map(\.name)), "not every kernel was taken")
    }

    /// Plans of other sizes share the packed weights, whatever their kernels.
    @Test(arguments: InstructionSet.available)
    func otherSizesReadTheSameWeightsWithOtherKernels(instructionSet: InstructionSet) throws {
        var generator = SeededGenerator(seed: 2)
        let problem = try ConvolutionProblem(
            inputShape: [1, 64, 7, 7], weightShape: [64, 1, 3, 3], rank: 2, padding: 1, groups: 64)
        let weight = try Tensor.randn(problem.weightShape, using: &generator)
        let plan = try ConvolutionPlan(
            problem, weight: weight, options: .init(algorithm: .depthwise, instructionSet: instructionSet))
        var names: Set<String> = [plan.kernelName]
        for size in [[28, 28], [3, 3], [1, 60]] {
            let other = try plan.resized(batch: 2, inputSize: size)
            let direct = try ConvolutionPlan(
                other.problem, weight: weight, options: .init(algorithm: .depthwise, instructionSet: instructionSet))
            let input = try Tensor.randn(other.problem.inputShape, using: &generator)
            #expect(try other(input).elements == direct(input).elements)
            names.insert(other.kernelName)
        }
        #expect(names.count >= (instructionSet == .scalar ? 1 : 2))
    }

    /// A geometry without an output has a plan as any other has.
    @Test func nothingIsComputedOfNoOutput() throws {
        let problem = try ConvolutionProblem(
            inputShape: [0, 8, 9, 9], weightShape: [8, 1, 3, 3], rank: 2, groups: 8)
        let plan = try ConvolutionPlan(
            problem, weight: Tensor.zeros([8, 1, 3, 3]), options: .init(algorithm: .depthwise))
        #expect(try plan(Tensor.zeros(problem.inputShape)).count == 0)
    }
}
