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
            where the file has only one. An input without a batch axis gives an output without one. A line on standard \
            error says what ran.
            """)

    @Option(name: .customLong("op"), help: "The operation. (default: the one that the weight's axes are of)")
    var operation: Operation?

    @Option(help: ArgumentHelp("(N, C, *size), or (C, *size).", valueName: "file[:key]"))
    var input: TensorLocation

    @Option(help: ArgumentHelp("(K, C / groups, *kernel).", valueName: "file[:key]"))
    var weight: TensorLocation

    @Option(help: ArgumentHelp("(K).", valueName: "file[:key]"))
    var bias: TensorLocation?

    @Option(
        name: [.short, .long],
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
        help: "Also say how the algorithm was chosen: what the others would cost, and why they do not apply.")
    var verbose = false

    func validate() throws {
        guard output.isNumPy || output.isSafetensors else {
            throw ValidationError("--output must end in .npy or .safetensors, but got \(output.path).")
        }
    }

    func run() throws {
        try execution.requireAvailable()
        let heartbeat = Heartbeat()
        defer { heartbeat.stop() }
        let (input, weight) = (try input.load(), try weight.load())
        let operation = try operation ?? Operation(weightShape: weight.shape)
        let call = ConvolutionCall(
            operation: operation, input: input, weight: weight, bias: try bias?.load(),
            geometry: geometry.geometry, paddingMode: paddingMode, layout: layout.library)
        let prepared = try call.prepared(execution.library)
        let plan = prepared.plan
        let clock = ContinuousClock()
        let start = clock.now
        let result = try prepared.run()
        let time = (clock.now - start) / .milliseconds(1)
        try output.save(result)
        heartbeat.stop()
        if verbose {
            let reports = try ConvolutionPlan.explainChoice(plan.problem, options: execution.library)
            let choice = ChoiceRecord(operation.rawValue, plan.problem, reports)
            StandardError.write(choice.text(style: Style(isColoured: false)))
        }
        StandardError.write(
            """
            \(plan.algorithm.rawValue), \(plan.instructionSet.rawValue), \
            \(plan.threads) \(plan.threads == 1 ? "thread" : "threads") (\(plan.executor.rawValue)), \
            \(compact(time)) ms: \(tuple(call.input.shape)) -> \(tuple(result.shape))

            """)
    }
}
