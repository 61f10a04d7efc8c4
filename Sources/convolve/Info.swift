// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// `convolve info`: what this machine and this build can do.
struct Info: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the machine, the kernels, or a layer's choice.",
        discussion: """
            With no options: the processor, its instruction sets and their peaks, cores, threads, executors, kernels.

            With a layer, given by --layer or by its shapes: how an algorithm is chosen for it. Each algorithm, whether \
            it applies and why not, its estimated cost, and which one wins.

              convolve info --layer whisper.base.conv1
              convolve info --input-shape 1,64,56,56 --weight-shape 64,64,3,3 --padding 1
              convolve info --kernels
            """)

    @Flag(help: "Show how an algorithm is chosen. A layer or shapes alone say the same.")
    var explainChoice = false

    @Flag(help: "Show the kernels that are compiled in: algorithm, instruction set, tile, and whether they run here.")
    var kernels = false

    @Option(
        help: ArgumentHelp("A layer of the built-in tables, or of --layers.", valueName: "name"),
        completion: .layerNames())
    var layer: String?

    @Option(
        help: ArgumentHelp("A table of layers, as for 'convolve bench'.", valueName: "file.json"),
        completion: .jsonFiles)
    var layers: String?

    @Option(
        name: .customLong("op"),
        help: "The operation, with shapes. (default: the one that the weight's axes are of)")
    var operation: Operation?

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
        if layers != nil, layer == nil {
            throw ValidationError("--layers needs the --layer that is meant.")
        }
        if kernels, isOfLayer {
            throw ValidationError("--kernels lists all kernels; a layer's are shown without it.")
        }
        if layer != nil, shapes.isGiven {
            throw ValidationError("--layer and shapes exclude each other.")
        }
        if layer != nil, geometry.isGiven {
            throw ValidationError("--layer has a geometry of its own.")
        }
        if layer != nil, operation != nil {
            throw ValidationError("--layer has an operation of its own.")
        }
        if isOfLayer, layer == nil, shapes.inputShape == nil || shapes.weightShape == nil {
            throw ValidationError("A choice is of --layer, or of both --input-shape and --weight-shape.")
        }
    }

    /// Whether a choice is asked for, and not the machine.
    private var isOfLayer: Bool {
        explainChoice || layer != nil || shapes.isGiven || geometry.isGiven || operation != nil
    }

    func run() throws {
        try execution.requireAvailable()
        if kernels {
            let list = KernelListing()
            try show(list.records, list.text(.table, style: .forStandardOutput()))
        } else if isOfLayer {
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
            let table = try LayerTable.load(path: layers)
            guard let found = table.first(where: { $0.name == layer }) else {
                let names = table.prefix(5).map(\.name).joined(separator: ", ")
                throw Failure.badData(
                    "\(layers): no layer is named '\(layer)' among its \(table.count): \(names)"
                        + (table.count > 5 ? ", ..." : ""))
            }
            return (layer, try inLayout(found).problem())
        }
        let weightShape = shapes.weightShape?.values ?? []
        let operation = try operation ?? Operation(weightShape: weightShape)
        try geometry.check(operation)
        let problem = try makeProblem(
            operation, inputShape: shapes.inputShape?.values ?? [], weightShape: weightShape,
            geometry: geometry.geometry, layout: layout.library)
        return (operation.rawValue, problem)
    }
}
