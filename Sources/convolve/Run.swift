// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve run`: one convolution on real tensors.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute one convolution of tensors in files.",
        discussion: """
            FILE is a .npy or a .safetensors file; FILE:KEY names a tensor of a .safetensors file, which may be left out \
            where the file has only one. A pipe or a process substitution is read too, and - is standard input, or output, \
            of a .npy file. An output file is replaced as a whole: if that fails, the old one is as it was. An input \
            without a batch axis gives an output without one. A line on standard error says what ran.
            """)

    @Option(name: .customLong("op"), help: "The operation. (default: the one that the weight's axes are of)")
    var operation: Operation?

    @Option(parsing: .unconditional, help: ArgumentHelp("(N, C, *size), or (C, *size).", valueName: "file[:key]"))
    var input: TensorLocation

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "(K, C / groups, *kernel), or (C, K / groups, *kernel) of a transposed one.", valueName: "file[:key]"))
    var weight: TensorLocation

    @Option(parsing: .unconditional, help: ArgumentHelp("(K).", valueName: "file[:key]"))
    var bias: TensorLocation?

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp(
            "Where the result goes. In a .safetensors file its key is 'output' if none is given.",
            valueName: "file[:key]"))
    var output: TensorLocation

    @OptionGroup(title: "Geometry")
    var geometry: GeometryOptions

    @Option(help: "What the padding is filled with.")
    var paddingMode: PaddingMode = .zeros

    @Option(help: "The order of the axes of input and output: (N, C, *size), or (N, *size, C) for nhwc.")
    var layout: LayoutArgument = .nchw

    @OptionGroup(title: "Execution")
    var execution: ExecutionOptions

    @Flag(
        name: [.short, .long],
        help:
            "Also say how the algorithm was chosen: what the others would cost, packing included, and why they do not apply."
    )
    var verbose = false

    func validate() throws {
        guard output.isOutput else {
            throw ValidationError("--output must end in .npy or .safetensors, but got \(output.path).")
        }
        if [input, weight, bias].count(where: { $0?.path == "-" }) > 1 {
            throw ValidationError("Standard input, -, has one tensor only.")
        }
    }

    func run() throws {
        try execution.requireAvailable()
        // Said before the work, not after it.
        try output.requireWritable()
        let heartbeat = Heartbeat()
        defer { heartbeat.stop() }
        let source = try input.open()
        let inputShape = source.shape
        let loaded = try weight.load()
        let operation = try operation ?? Operation(weightShape: loaded.shape)
        try geometry.check(operation)
        // The call is not kept, nor the weight in it, and the elements of the input are read when it is gone.
        let prepared = try ConvolutionCall(
            operation: operation, inputShape: inputShape, weight: consume loaded, bias: try bias?.load(),
            geometry: geometry.geometry, paddingMode: paddingMode, layout: layout.library
        ).prepared(execution.library)
        let plan = prepared.plan
        let tensor = try (consume source).tensor()
        let clock = ContinuousClock()
        let start = clock.now
        let result = try prepared.run(consume tensor)
        let time = (clock.now - start) / .milliseconds(1)
        try output.save(result)
        heartbeat.stop()
        if verbose {
            let reports = try ConvolutionPlan.explainChoice(
                plan.problem, options: execution.library, isForOneRun: true)
            let choice = ChoiceRecord(operation.rawValue, plan.problem, reports)
            StandardError.write(choice.text(style: Style(isColoured: false)))
        }
        StandardError.write(
            """
            \(plan.algorithm.rawValue), \(plan.instructionSet.rawValue), \
            \(plan.threads) \(plan.threads == 1 ? "thread" : "threads") (\(plan.executor.rawValue)), \
            \(compact(time)) ms: \(tuple(inputShape)) -> \(tuple(result.shape))

            """)
    }
}
