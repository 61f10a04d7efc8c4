// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

@Suite struct FFTTests {
    private static let shapes: [(input: [Int], weight: [Int], stride: Int, padding: Int, dilation: Int, groups: Int)] =
        [
            ([2, 64, 128], [32, 64, 64], 1, 32, 1, 1),
            ([1, 1, 4000], [1, 1, 700], 1, 699, 1, 1),
            ([1, 2, 9000], [2, 2, 5000], 1, 2500, 1, 1),
            ([1, 16, 500], [20, 16, 33], 3, 16, 1, 1),
            ([2, 24, 300], [24, 1, 31], 1, 15, 1, 24),
            ([1, 12, 90], [36, 4, 16], 1, 0, 1, 3),
            ([1, 16, 403], [24, 16, 11], 1, 25, 5, 1),
            ([2, 3, 900], [5, 3, 200], 1, 350, 3, 1),
            ([1, 24, 2000], [24, 24, 15], 1, 700, 100, 1),
            ([2, 3, 700], [2, 3, 9], 1, 3900, 1000, 1),
            ([1, 1, 6000], [2, 1, 3100], 1, 1500, 1, 1),
        ]

    private static func problem(_ index: Int) throws -> (ConvolutionProblem, Tensor, Tensor) {
        let shape = shapes[index]
        return (
            try ConvolutionProblem(
                inputShape: shape.input, weightShape: shape.weight, rank: 1, stride: Extents(shape.stride),
                padding: Padding(integerLiteral: shape.padding), dilation: Extents(shape.dilation), groups: shape.groups
            ),
            try Tensor.randn(shape.input, seed: 1), try Tensor.randn(shape.weight, seed: 2)
        )
    }

    private static func answer(
        _ problem: ConvolutionProblem, _ input: Tensor, _ weight: Tensor, _ options: ConvolutionOptions
    ) throws -> [Float] {
        try ConvolutionPlan(problem, weight: weight, options: options)(input).elements
    }

    private static func exact(_ index: Int, _ input: Tensor, _ weight: Tensor) -> [Float] {
        let shape = shapes[index]
        return rowDefinition(
            input, weight, stride: shape.stride, padding: shape.padding, dilation: shape.dilation, groups: shape.groups)
    }

    /// What `Precision.standard` promises.
    @Test(arguments: shapes.indices)
    func errorIsWithinFourTimesThatOfADirectSum(index: Int) throws {
        let (problem, input, weight) = try Self.problem(index)
        let exact = Self.exact(index, input, weight)
        for instructionSet in InstructionSet.available {
            func error(_ algorithm: Algorithm) throws -> Float {
                try Self.answer(problem, input, weight, .init(algorithm: algorithm, instructionSet: instructionSet))
                    .largestDifference(from: exact)
            }
            let (direct, transformed) = (try error(.direct), try error(.fft))
            #expect(transformed <= 4 * direct, "\(instructionSet): \(transformed), direct \(direct)")
        }
    }

    /// Packed weights of one transform serve every length.
    @Test(arguments: shapes.indices)
    func resizedPlansAnswer(index: Int) throws {
        let (problem, _, weight) = try Self.problem(index)
        let plan = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .fft))
        for length in [problem.width.dilatedKernel, problem.width.input + 1, 2 * problem.width.input + 77] {
            let resized = try plan.resized(batch: 3, inputSize: [length])
            let input = try Tensor.randn([3, problem.inputChannels, length], seed: 5)
            let exact = Self.exact(index, input, weight)
            let scale = exact.map(abs).max() ?? 0
            #expect(try resized(input).elements.largestDifference(from: exact) <= 4e-6 * scale)
        }
    }

    @Test(arguments: shapes.indices, [1 << 20, 1 << 22])
    func theWorkspaceLimitIsKept(index: Int, limit: Int) throws {
        let (problem, input, weight) = try Self.problem(index)
        let exact = Self.exact(index, input, weight)
        let scale = exact.map(abs).max() ?? 0
        for threads in [1, 2] {
            let options = ConvolutionOptions(algorithm: .fft, threads: threads, workspaceLimit: limit)
            let plan = try ConvolutionPlan(problem, weight: weight, options: options)
            #expect(plan.workspaceBytes <= limit)
            #expect(try plan(input).elements.largestDifference(from: exact) <= 4e-6 * scale)
        }
    }

    @Test func aLimitThatNothingFitsIsAnError() throws {
        let (problem, _, weight) = try Self.problem(0)
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .fft, workspaceLimit: 1000))
        }
    }

    @Test func longKernelsAreTransformedAndShortOnesAreNot() throws {
        func chosen(_ kernel: Int, _ precision: Precision = .standard) throws -> Algorithm? {
            let problem = try ConvolutionProblem(
                inputShape: [1, 128, 1000], weightShape: [128, 128, kernel], rank: 1, padding: .same)
            return try ConvolutionPlan.explainChoice(problem, options: .init(precision: precision))
                .first(where: \.isChosen)?.algorithm
        }
        for kernel in 1..<FFT.leastTaps { #expect(try chosen(kernel) != .fft) }
        for kernel in [32, 64, 500, 3000] {
            #expect(try chosen(kernel) == .fft)
            #expect(try chosen(kernel, .strict) != .fft)
        }
    }

    private static func row(
        channels: Int, length: Int, kernel: Int, padding: Int, dilation: Int = 1, stride: Int = 1
    ) throws -> ConvolutionProblem {
        try ConvolutionProblem(
            inputShape: [1, channels, length], weightShape: [channels, channels, kernel], rank: 1,
            stride: Extents(stride), padding: Padding(integerLiteral: padding), dilation: Extents(dilation))
    }

    /// No kernel is estimated to take much longer than one that is longer by a tap or a few, as it would where the sizes
    /// of transforms were compared wrongly or too few of them were.
    @Test(arguments: [1, 16, 64], [1, 2, 4])
    func timesGrowSmoothlyWithTheKernel(channels: Int, stride: Int) throws {
        for instructionSet in InstructionSet.available where instructionSet != .scalar {
            var before: (kernel: Int, nanoseconds: Double)?
            var kernels = 0
            let few = Array(8 * stride...80 * stride)
            for kernel in few + Swift.stride(from: 80 * stride + 13, through: 4000, by: 13) {
                let problem = try Self.row(
                    channels: channels, length: 16000, kernel: kernel, padding: kernel / 2, stride: stride)
                let nanoseconds = FFT.estimate(KernelProblem(slicesOf: problem), instructionSet, threads: 1)
                if let before {
                    let ratio = nanoseconds / before.nanoseconds
                    #expect(
                        ratio < 1.5 && ratio > 0.75,
                        "\(kernel) taps take \(ratio) times what \(before.kernel) take, \(instructionSet)")
                }
                before = (kernel, nanoseconds)
                kernels += 1
            }
            #expect(kernels > 350)
        }
    }

    /// A dilation leaves as many interleaved convolutions, however large it is.
    @Test(arguments: [1, 10, 64, 65, 100, 300, 1000])
    func dilatedKernelsAreTransformed(dilation: Int) throws {
        for kernel in [15, 63] {
            let problem = try Self.row(
                channels: 64, length: 30_000, kernel: kernel, padding: dilation * (kernel - 1) / 2, dilation: dilation)
            let chosen = try ConvolutionPlan.explainChoice(problem).first(where: \.isChosen)
            #expect(chosen?.algorithm == .fft, "kernel \(kernel)")
        }
    }

    @Test func whatItDoesNotApplyToIsSaid() throws {
        func reason(_ kernel: [Int], _ dilation: Extents = 1, stride: Extents = 1) throws -> String? {
            let problem = try ConvolutionProblem(
                inputShape: [1, 2, 40, 80], weightShape: [2, 2] + kernel, rank: 2, stride: stride,
                dilation: dilation)
            return try ConvolutionPlan.explainChoice(problem).first { $0.algorithm == .fft && !$0.applies }?.reason
        }
        #expect(try reason([3, 9], stride: [2, 1])?.contains("stride is 2 x 1") == true)
        #expect(try reason([1, 2], [1, 65]) == nil)
        #expect(try reason([1, 3], [1, 2], stride: [1, 2])?.contains("dilation is 1 x 2") == true)
        #expect(try reason([1, 9], [1, 2]) == nil)
        #expect(try reason([1, 9]) == nil)
    }
}
