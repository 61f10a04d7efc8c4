// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// `convolve info`: what this machine and this build can do.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the processor, its instruction sets and peak, the kernels, and how an algorithm is chosen.",
        discussion: """
            With --explain-choice and a layer, given by --layer or by its shapes: each algorithm, whether it applies and \
            why not, its estimated cost, and which one wins.
            """)

    @Flag(help: "Show how an algorithm is chosen for a layer, instead.")
    var explainChoice = false

    @Option(help: ArgumentHelp("A layer of the built-in tables, or of --layers.", valueName: "name"))
    var layer: String?

    @Option(help: ArgumentHelp("A table of layers, as for 'convolve bench'.", valueName: "file.json"))
    var layers: String?

    @Option(name: .customLong("op"), help: "The operation, with shapes.")
    var operation: Operation = .conv2d

    @OptionGroup(title: "Shapes")
    var shapes: ShapeOptions

    @OptionGroup(title: "Geometry")
    var geometry: GeometryOptions

    @Option(help: "The order of the axes of input and output.")
    var layout: LayoutArgument = .nchw

    @OptionGroup(title: "Execution")
    var execution: ExecutionOptions

    @Option(help: "How to print.")
    var format: InfoFormat = .text

    func validate() throws {
        let hasShapes = shapes.inputShape != nil && shapes.weightShape != nil
        if explainChoice {
            guard (layer != nil) != shapes.isGiven, layer != nil || hasShapes else {
                throw ValidationError("--explain-choice needs --layer, or both --input-shape and --weight-shape.")
            }
        } else if layer != nil || layers != nil || shapes.isGiven || geometry.isGiven {
            throw ValidationError("A layer or shapes are for --explain-choice.")
        }
        if layer != nil, geometry.isGiven {
            throw ValidationError("--layer has a geometry of its own.")
        }
        if layers != nil, layer == nil {
            throw ValidationError("--layers needs the --layer that is meant.")
        }
    }

    func run() throws {
        try execution.requireAvailable()
        if explainChoice {
            let (name, problem) = try namedProblem()
            let choice = ChoiceRecord(
                name, problem, try ConvolutionPlan.explainChoice(problem, options: execution.library))
            try show(choice, choice.text(style: .forStandardOutput()))
        } else {
            let machine = MachineRecord(options: execution.library)
            try show(machine, machine.text(style: .forStandardOutput()))
        }
    }

    private func show(_ record: some Encodable, _ text: String) throws {
        switch format {
        case .text: try StandardOutput.write(text)
        case .json: try StandardOutput.write(encodeJSON(record, pretty: true) + "\n")
        }
    }

    private func inLayout(_ layer: Layer) -> Layer { layout == .nhwc ? layer.channelsLast : layer }

    private func namedProblem() throws -> (String, ConvolutionProblem) {
        if let layer {
            guard let layers else {
                return (layer, try inLayout(LayerTable.layer(named: layer)).problem())
            }
            guard let found = try LayerTable.load(path: layers).first(where: { $0.name == layer }) else {
                throw Failure.badData("\(layers): no layer is named '\(layer)'")
            }
            return (layer, try inLayout(found).problem())
        }
        let problem = try makeProblem(
            rank: operation.rank, inputShape: shapes.inputShape?.values ?? [],
            weightShape: shapes.weightShape?.values ?? [], geometry: geometry.geometry, layout: layout.library)
        return (operation.rawValue, problem)
    }
}
