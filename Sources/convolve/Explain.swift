// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// `convolve explain`: how an output element comes about.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how output elements are computed: the windows, the products, the sums, the output size.",
        discussion: """
            With no options: conv1d of 0...15 with the kernel [0.1, 0.2, 0.3], window by window. With --op conv2d alone: \
            the shapes of (5, 8, 10, 5) through Conv2d(8, 14, (3, 2), stride (2, 1)), and one element of the output.

            The input counts up from 0 (in inputs of more than 100 elements the last digit does); the weight goes \
            through 0.1, 0.2, ..., 0.9.
            """)

    @Option(name: .customLong("op"), help: "The operation.")
    var operation: Operation = .conv1d

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
            "The output element to explain: n,k,y,x or n,k,x. (default: all of a small conv1d, else the first)",
            valueName: "index"))
    var element: IntegerList?

    @Option(help: "How to print the explanation.")
    var format: InfoFormat = .text

    /// Outputs that are explained in full.
    static let fewElements = 64
    /// Taps of an element that still fit on a line.
    static let fewTaps = 6

    func validate() throws {
        if kernel != nil, operation == .conv2d, shapes.weightShape == nil {
            throw ValidationError("--kernel needs --weight-shape for conv2d.")
        }
    }

    func run() throws {
        let problem = try makeProblem(
            rank: operation.rank, inputShape: inputShape, weightShape: weightShape, geometry: effectiveGeometry)
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
                operation: operation, problem: problem, geometry: effectiveGeometry, elements: elements,
                style: .forStandardOutput())
            try StandardOutput.write(text.text)
        case .json:
            let record = ExplanationRecord(operation, problem, elements)
            try StandardOutput.write(encodeJSON(record, pretty: true) + "\n")
        }
    }

    private var inputShape: [Int] {
        shapes.inputShape?.values ?? (operation == .conv1d ? [1, 1, 16] : [5, 8, 10, 5])
    }

    private var weightShape: [Int] {
        if let shape = shapes.weightShape { return shape.values }
        if operation == .conv1d { return [1, 1, kernel?.values.count ?? 3] }
        return [14, 8, 3, 2]
    }

    /// The worked example of conv2d has a stride of its own.
    private var effectiveGeometry: Geometry {
        var geometry = geometry.geometry
        if operation == .conv2d, !shapes.isGiven, self.geometry.stride == nil { geometry.stride = [2, 1] }
        return geometry
    }

    private func indices(_ problem: ConvolutionProblem) -> [[Int]] {
        let shape = problem.outputShape
        if let element { return [element.values] }
        let taps = problem.channelsPerSum * problem.width.kernel * problem.height.kernel
        if problem.rank == 1, taps <= Explain.fewTaps, problem.outputCount <= Explain.fewElements {
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
