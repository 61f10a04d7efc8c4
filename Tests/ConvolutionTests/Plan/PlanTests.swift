// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

/// Problems that reach every kernel and every way of cutting the work.
private let problems:
    [(input: [Int], weight: [Int], stride: Extents, padding: Padding, dilation: Extents, groups: Int)] = [
        ([2, 16, 20, 20], [40, 16, 3, 3], 1, 1, 1, 1),
        ([3, 64, 7, 7], [70, 64, 3, 3], 1, 1, 1, 1),
        ([2, 33, 14, 14], [65, 33, 1, 1], 1, 0, 1, 1),
        ([1, 24, 28, 30], [24, 1, 3, 3], 1, 1, 1, 24),
        ([2, 12, 15, 17], [20, 6, 5, 3], [2, 1], [2, 0], 1, 2),
        ([2, 18, 2, 300], [40, 9, 1, 40], 1, [0, 20], 1, 2),
        ([3, 1, 1, 2000], [2, 1, 1, 400], 1, [0, 399], 1, 1),
        ([2, 4, 30, 40], [6, 2, 9, 13], 1, [4, 6], 1, 2),
        // Layers of networks, smaller, whose input channels are too few for the threads that prepare them: wavenet.d128,
        // deeplab.d4, whisper.conv1, resnet18.s2.3x3s2, crepe.conv2.
        ([1, 16, 1, 3000], [40, 16, 1, 2], 1, [0, 128], [1, 128], 1),
        ([1, 24, 24, 24], [72, 24, 3, 3], 1, 4, 4, 1),
        ([1, 20, 1, 900], [96, 20, 1, 3], 1, [0, 1], 1, 1),
        ([1, 20, 40, 40], [72, 20, 3, 3], 2, 1, 1, 1),
        ([5, 40, 1, 128], [33, 40, 1, 64], 1, [0, 32], 1, 1),
        // Without padding, where the windows of pixels may be packed: an overlap of them, patches, and few pixels.
        ([8, 3, 28, 28], [8, 3, 5, 5], 1, 0, 1, 1),
        ([2, 6, 32, 36], [48, 3, 4, 4], 4, 0, 1, 2),
        ([3, 16, 5, 5], [120, 16, 5, 5], 1, 0, 1, 1),
    ]

@Suite struct PlanTests {
    private static func tensors(_ index: Int) throws -> (ConvolutionProblem, Tensor, Tensor, Tensor) {
        let shape = problems[index]
        let problem = try ConvolutionProblem(
            inputShape: shape.input, weightShape: shape.weight, rank: 2, stride: shape.stride, padding: shape.padding,
            dilation: shape.dilation, groups: shape.groups)
        return (
            problem, try Tensor.randn(shape.input, seed: 1), try Tensor.randn(shape.weight, seed: 2),
            try Tensor.randn([shape.weight[0]], seed: 3)
        )
    }

    private static func applicable(_ problem: ConvolutionProblem) throws -> [Algorithm] {
        try ConvolutionPlan.explainChoice(problem, options: .init(precision: .fast))
            .filter { $0.applies && $0.algorithm != .reference }.map(\.algorithm)
    }

    @Test(arguments: problems.indices)
    func theBitsDoNotDependOnThreadsOrExecutor(index: Int) throws {
        let (problem, input, weight, bias) = try Self.tensors(index)
        for algorithm in try Self.applicable(problem) {
            let options = ConvolutionOptions(algorithm: algorithm, executor: .serial)
            let alone = try ConvolutionPlan(problem, weight: weight, bias: bias, options: options)(input)
            for threads in [2, 7, 64] {
                for executor in ExecutorKind.allCases where executor.unavailableReason == nil && executor != .serial {
                    let options = ConvolutionOptions(algorithm: algorithm, executor: executor, threads: threads)
                    let shared = try ConvolutionPlan(problem, weight: weight, bias: bias, options: options)(input)
                    #expect(shared == alone, "\(algorithm) on \(threads) threads of \(executor)")
                }
            }
        }
    }

    @Test(arguments: problems.indices)
    func theBitsDoNotDependOnHowABatchIsSplit(index: Int) throws {
        let (problem, input, weight, bias) = try Self.tensors(index)
        let imageCount = input.count / problem.batch
        for algorithm in try Self.applicable(problem) {
            let plan = try ConvolutionPlan(
                problem, weight: weight, bias: bias, options: .init(algorithm: algorithm, threads: 2))
            let whole = try plan(input)
            let single = try plan.resized(batch: 1, inputSize: Array(problems[index].input.dropFirst(2)))
            let fresh = try ConvolutionPlan(
                single.problem, weight: weight, bias: bias, options: .init(algorithm: algorithm, threads: 2))
            for image in 0..<problem.batch {
                let slice = try Tensor(
                    Array(input.elements[image * imageCount..<(image + 1) * imageCount]),
                    shape: [1] + problems[index].input.dropFirst())
                let answer = try single(slice)
                #expect(
                    answer.elements == Array(whole.elements[image * answer.count..<(image + 1) * answer.count]),
                    "\(algorithm), image \(image)")
                #expect(try fresh(slice) == answer, "\(algorithm), image \(image), in a plan of its own")
            }
        }
    }

    @Test func theResidualIsAddedBeforeTheActivation() throws {
        let (problem, input, weight, bias) = try Self.tensors(0)
        let residual = try Tensor.randn(problem.outputShape, seed: 9)
        for algorithm in try Self.applicable(problem) {
            let options = ConvolutionOptions(algorithm: algorithm)
            let plain = try ConvolutionPlan(problem, weight: weight, bias: bias, options: options)(input)
            let fused = try ConvolutionPlan(problem, weight: weight, bias: bias, activation: .relu, options: options)(
                input, residual: residual)
            let expected = zip(plain.elements, residual.elements).map { max($0 + $1, 0) }
            #expect(fused.elements == expected, "\(algorithm)")
        }
    }

    @Test func aPlanIsRunByManyThreadsAtOnce() async throws {
        let (problem, input, weight, bias) = try Self.tensors(0)
        for algorithm in try Self.applicable(problem) {
            let plan = try ConvolutionPlan(problem, weight: weight, bias: bias, options: .init(algorithm: algorithm))
            let expected = try plan(input)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<16 {
                    group.addTask { try plan(input) == expected }
                }
                for try await isEqual in group {
                    #expect(isEqual, "\(algorithm)")
                }
            }
        }
    }

    @Test func spansOfTheWrongLengthAreRefused() throws {
        let (problem, input, weight, _) = try Self.tensors(0)
        let plan = try ConvolutionPlan(problem, weight: weight)
        var output = try Tensor.zeros([problem.outputCount - 1])
        #expect(throws: ConvolutionError.self) {
            var span = output.mutableSpan
            try plan.run(input: input.span, output: &span)
        }
        #expect(throws: ConvolutionError.self) { try plan(weight) }
    }

    @Test func aWorkspaceLimitIsKept() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 64, 56, 56], weightShape: [64, 64, 3, 3], rank: 2, padding: 1)
        let weight = try Tensor.randn([64, 64, 3, 3], seed: 1)
        for limit in [0, 1 << 16, 1 << 20, 16 << 20] {
            for threads in [1, 2, 64] {
                let plan = try ConvolutionPlan(
                    problem, weight: weight, options: .init(precision: .fast, threads: threads, workspaceLimit: limit))
                #expect(plan.workspaceBytes <= limit)
            }
        }
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .im2col, workspaceLimit: 1 << 20))
        }
    }

    @Test func anAlgorithmThatDoesNotApplySaysWhy() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 4, 9, 9], weightShape: [4, 4, 3, 3], rank: 2, stride: 9)
        let error = #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem, weight: Tensor.ones([4, 4, 3, 3]), options: .init(algorithm: .winograd4))
        }
        #expect(error?.description.contains("stride is 9 x 9") == true)
    }

    @Test func optionsThatThisMachineCannotServeAreErrors() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 1, 5, 5], weightShape: [1, 1, 3, 3], rank: 2)
        let weight = try Tensor.ones([1, 1, 3, 3])
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem, weight: weight, options: .init(threads: 0))
        }
        for set in InstructionSet.allCases where !InstructionSet.available.contains(set) {
            #expect(throws: ConvolutionError.self) {
                try ConvolutionPlan(problem, weight: weight, options: .init(instructionSet: set))
            }
        }
        for executor in ExecutorKind.allCases where executor.unavailableReason != nil {
            #expect(throws: ConvolutionError.self) {
                try ConvolutionPlan(problem, weight: weight, options: .init(executor: executor))
            }
        }
    }

    @Test func oneRunDoesNotPackWhatItHardlyUses() throws {
        // Transforming the weights takes several times as long as the convolution of so small an image.
        let problem = try ConvolutionProblem(
            inputShape: [1, 256, 7, 7], weightShape: [256, 256, 3, 3], rank: 2, padding: 1)
        let options = ConvolutionOptions(threads: 1)
        #expect(try Choice(problem, options).algorithm.precision == .standard)
        #expect(try Choice(problem, options, isForOneRun: true).algorithm.precision == .strict)
        let weight = try Tensor.randn([256, 256, 3, 3], seed: 1)
        let input = try Tensor.randn([1, 256, 7, 7], seed: 2)
        let once = try Choice(problem, options, isForOneRun: true).algorithm
        let fixed = ConvolutionOptions(algorithm: once, threads: 1)
        #expect(
            try conv2d(input, weight: weight, padding: 1, options: options)
                == ConvolutionPlan(problem, weight: weight, options: fixed)(input))
    }

    @Test(arguments: [
        ConvolutionOptions(threads: .max), ConvolutionOptions(threads: 2, spinMicroseconds: .min),
        ConvolutionOptions(threads: 2, spinMicroseconds: .max), ConvolutionOptions(threads: 65, workspaceLimit: .max),
    ])
    func extremeOptionsAreServed(options: ConvolutionOptions) throws {
        let (problem, input, weight, bias) = try Self.tensors(0)
        for algorithm in try Self.applicable(problem) {
            var options = options
            options.algorithm = algorithm
            let plain = ConvolutionOptions(algorithm: algorithm, executor: .serial)
            #expect(
                try ConvolutionPlan(problem, weight: weight, bias: bias, options: options)(input)
                    == ConvolutionPlan(problem, weight: weight, bias: bias, options: plain)(input))
        }
        #expect(throws: ConvolutionError.self) {
            try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .gemm, workspaceLimit: .min))
        }
    }

    @Test func thePrecisionBoundsTheChoice() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 256, 56, 56], weightShape: [256, 256, 3, 3], rank: 2, padding: 1)
        for precision in Precision.allCases {
            let reports = try ConvolutionPlan.explainChoice(problem, options: .init(precision: precision))
            let chosen = try #require(reports.first { $0.isChosen })
            #expect(chosen.algorithm.precision(for: Lowering(asIs: problem)) <= precision)
            #expect(reports.filter(\.isChosen).count == 1)
        }
    }
}
