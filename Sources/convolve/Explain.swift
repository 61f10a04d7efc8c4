// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// `convolve explain`: how an output element comes about.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how each output element comes about.",
        discussion: """
            Prints the windows, the products and the sums, and the formula of the output's size. With no options: \
            conv1d of 0...15 with the kernel [0.1, 0.2, 0.3], window by window. With --op conv2d alone: the shapes of \
            (5, 8, 10, 5) through Conv2d(8, 14, (3, 2), stride (2, 1)), and one element of the output. With --op \
            conv_transpose1d alone: where the products of each of 4 inputs land, with stride 2.

            The input counts up from 0 (in inputs of more than 100 elements the last digit does); the weight goes \
            through 0.1, 0.2, ..., 0.9.
            """)

    @Option(name: .customLong("op"), help: "The operation. (default: the one that the shapes are of, or conv1d)")
    var operation: Operation?

    @OptionGroup(title: "Shapes")
    var shapes: ShapeOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The values of the weight, row-major; without --weight-shape they make a conv1d kernel of one channel.",
            valueName: "x,..."))
    var kernel: RealList?

    @OptionGroup(title: "Geometry")
    var geometry: GeometryOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The output element to explain: n,k,z,y,x, n,k,y,x or n,k,x. (default: all if they are few, else the first)",
            valueName: "index"))
    var element: IntegerList?

    @Option(help: "How to print the explanation.")
    var format: InfoFormat = .text

    /// Lines of an output that is explained in full.
    static let fewLines = 100

    func validate() throws {
        if kernel != nil, let operation, operation.rank != 1, shapes.weightShape == nil {
            throw ValidationError("--kernel needs --weight-shape for \(operation.rawValue).")
        }
    }

    /// Told from the weight, or from the input where it has an axis for each of the operation's.
    private func inferredOperation() throws -> Operation {
        if let operation { return operation }
        if let shape = shapes.weightShape?.values { return try Operation(weightShape: shape) }
        guard kernel == nil, let axes = shapes.inputShape?.values.count else { return .conv1d }
        return Operation.allCases.first { $0.rank + 2 == axes } ?? .conv1d
    }

    func run() throws {
        let operation = try inferredOperation()
        try geometry.check(operation)
        let inputShape = inputShape(of: operation)
        let weightShape = weightShape(of: operation, inputShape: inputShape)
        let geometry = geometry(of: operation)
        let problem = try makeProblem(
            operation, inputShape: inputShape, weightShape: weightShape, geometry: geometry)
        if let values = kernel?.values, values.count != problem.weightCount {
            throw Failure.badData(
                "--kernel has \(values.count) values, but a weight of shape \(tuple(weightShape)) has "
                    + "\(problem.weightCount)")
        }
        guard problem.outputCount > 0 else {
            throw Failure.badData("the output of shape \(tuple(problem.outputShape)) has no element to explain")
        }
        let data = ExampleData(kernel: kernel?.values)
        let elements = try indices(problem).map { try ElementSum(problem, index: $0, data: data) }
        try verify(problem, elements, data)
        switch format {
        case .text:
            let text = ExplanationText(
                operation: operation, problem: problem, geometry: geometry, elements: elements, data: data,
                style: .forStandardOutput())
            try StandardOutput.write(text.text)
        case .json:
            let record = ExplanationRecord(operation, problem, elements)
            try StandardOutput.write(encodeJSON(record, pretty: true) + "\n")
        }
    }

    /// The shape that was given, or one of the channels that the weight takes.
    private func inputShape(of operation: Operation) -> [Int] {
        if let shape = shapes.inputShape { return shape.values }
        guard let weight = shapes.weightShape?.values, weight.count > 1, geometry.groups > 0 else {
            switch operation {
            case .conv1d: return [1, 1, 16]
            case .conv2d: return [5, 8, 10, 5]
            case .conv3d: return [1, 1, 4, 5, 6]
            case .convTranspose1d: return [1, 1, 4]
            case .convTranspose2d: return [1, 1, 2, 3]
            case .convTranspose3d: return [1, 1, 2, 2, 2]
            }
        }
        let (channels, isTooLarge) = weight[1].multipliedReportingOverflow(by: geometry.groups)
        switch operation {
        case .conv1d, .conv2d, .conv3d:
            let size = operation == .conv1d ? [16] : operation == .conv2d ? [10, 5] : [4, 5, 6]
            return [1, isTooLarge ? weight[1] : channels] + size
        case .convTranspose1d: return [1, weight[0], 4]
        case .convTranspose2d: return [1, weight[0], 2, 3]
        case .convTranspose3d: return [1, weight[0], 2, 2, 2]
        }
    }

    /// The shape that was given, or one that takes the input's channels.
    private func weightShape(of operation: Operation, inputShape: [Int]) -> [Int] {
        if let shape = shapes.weightShape { return shape.values }
        if let kernel { return [1, 1, kernel.values.count] }
        let channels = inputShape.count > operation.rank ? inputShape[inputShape.count - operation.rank - 1] : 1
        let perGroup = geometry.groups > 0 ? max(1, channels / geometry.groups) : channels
        let outputChannels = max(1, geometry.groups)
        switch operation {
        case .conv1d: return [outputChannels, perGroup, 3]
        case .conv2d: return [shapes.isGiven ? outputChannels : 14, perGroup, 3, 2]
        case .conv3d: return [outputChannels, perGroup, 2, 3, 3]
        case .convTranspose1d: return [max(1, channels), 1, 3]
        case .convTranspose2d: return [max(1, channels), 1, 3, 3]
        case .convTranspose3d: return [max(1, channels), 1, 2, 2, 2]
        }
    }

    /// The worked examples of conv2d and of the transposed convolutions have strides of their own.
    private func geometry(of operation: Operation) -> Geometry {
        var geometry = geometry.geometry
        if !shapes.isGiven, self.geometry.stride == nil {
            if operation == .conv2d { geometry.stride = [2, 1] }
            if operation.isTransposed { geometry.stride = [2] }
        }
        return geometry
    }

    private func indices(_ problem: ConvolutionProblem) -> [[Int]] {
        let shape = problem.outputShape
        if let element { return [element.values] }
        // Each window has a line, or each element a sum of several.
        let lines = ExplanationText.hasWindows(problem) ? 1 : ExplanationText.sumLines(problem)
        if problem.outputCount <= Explain.fewLines / lines {
            return (0..<problem.outputCount).map { index(of: $0, in: shape) }
        }
        return [shape.map { _ in 0 }]
    }

    /// What is shown is what the library computes, or the tool says that it is not.
    private func verify(_ problem: ConvolutionProblem, _ elements: [ElementSum], _ data: ExampleData) throws {
        guard problem.multiplications < 1e6 else { return }
        let input = try Tensor(
            (0..<problem.inputCount).map {
                data.input(at: index(of: $0, in: problem.inputShape), in: problem.inputShape)
            }, shape: problem.inputShape)
        let weight = try Tensor(
            (0..<problem.weightCount).map {
                data.weight(at: index(of: $0, in: problem.weightShape), in: problem.weightShape)
            }, shape: problem.weightShape)
        let plan = try ConvolutionPlan(
            problem, weight: weight, options: ConvolutionOptions(algorithm: .reference, executor: .serial))
        let output = try plan(input).elements
        for element in elements {
            let computed = Double(output[offset(of: element.index, in: problem.outputShape)])
            let scale = element.channels.joined().reduce(1) { $0 + abs($1.product) }
            guard abs(computed - element.sum) <= 1e-5 * scale else {
                throw Failure(
                    .bug, "element \(tuple(element.index)) sums to \(element.sum), but the library answers \(computed)")
            }
        }
    }
}

/// How `explain` and `info` print.
enum InfoFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text
    case json
}
