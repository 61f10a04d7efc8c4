// SPDX-License-Identifier: Apache-2.0

/// A layer of any number of axes, transposed or not: the parameters of a layer of `rank` axes, validated, its weight and
/// bias, and its plans.
struct ConvolutionModule: Sendable {
    let operation: ConvolutionOperation
    let rank: Int
    let inChannels: Int
    let outChannels: Int
    let kernelSize: [Int]
    let stride: [Int]
    let padding: Padding
    /// Of a transposed layer.
    let outputPadding: [Int]
    let dilation: [Int]
    let groups: Int
    let paddingMode: PaddingMode
    let layout: TensorLayout
    let activation: Activation
    let options: ConvolutionOptions
    private(set) var weight: Tensor
    private(set) var bias: Tensor?
    /// Shared by copies of the module until one of them gets other parameters.
    private var plans = PlanCache()

    /// The parameters of a layer without its numbers.
    struct Parameters {
        var operation = ConvolutionOperation.convolution
        var stride: Extents
        var padding: Padding
        var outputPadding: Extents = 0
        var dilation: Extents
        var groups: Int
        var paddingMode = PaddingMode.zeros
        var layout: TensorLayout
        var activation: Activation
    }

    /// A layer with random parameters.
    init(
        rank: Int, _ inChannels: Int, _ outChannels: Int, kernelSize: Extents, _ parameters: Parameters, bias: Bool,
        seed: UInt64?, options: ConvolutionOptions
    ) throws(ConvolutionError) {
        let groups = parameters.groups
        guard groups > 0 else { throw .nonPositiveGroups(groups) }
        guard inChannels >= 0, inChannels % groups == 0 else {
            throw .invalidInputChannels(inChannels, groups: groups)
        }
        guard outChannels > 0, outChannels % groups == 0 else {
            throw .invalidOutputChannels(outChannels, groups: groups)
        }
        let kernel = try kernelSize.resolved(rank: rank, absent: 1, parameter: "kernel_size")
        let isTransposed = parameters.operation == .transposed
        let (outer, inner) = isTransposed ? (inChannels, outChannels) : (outChannels, inChannels)
        // No transposed convolution has an input without channels.
        if isTransposed, inChannels == 0 { throw .invalidInputChannels(inChannels, groups: groups) }
        let weightShape = [outer, inner / groups] + kernel.values(rank: rank)
        try ConvolutionModule.check(rank: rank, kernel: kernel, parameters)
        let initial = try ConvolutionModule.initialParameters(
            weightShape: weightShape, biasCount: bias ? outChannels : nil, seed: seed)
        try self.init(rank: rank, weight: initial.weight, bias: initial.bias, parameters, options: options)
    }

    /// A layer with the given weight and bias.
    init(
        rank: Int, weight: Tensor, bias: Tensor?, _ parameters: Parameters, options: ConvolutionOptions
    ) throws(ConvolutionError) {
        let shape = weight.shape
        guard shape.count == rank + 2 else {
            throw .moduleWeightRank(rank: rank, weightShape: shape, operation: parameters.operation)
        }
        let groups = parameters.groups
        guard groups > 0 else { throw .nonPositiveGroups(groups) }
        guard shape[0] > 0, shape[0] % groups == 0 else {
            throw parameters.operation == .transposed
                ? .invalidInputChannels(shape[0], groups: groups) : .invalidOutputChannels(shape[0], groups: groups)
        }
        let inner = try CheckedSize.product([shape[1], groups], of: "the number of channels")
        switch parameters.operation.storage {
        case .convolution:
            (inChannels, outChannels) = (inner, shape[0])
            if let bias, bias.shape != [outChannels] { throw .biasShape(weightShape: shape, biasShape: bias.shape) }
        case .transposed:
            (inChannels, outChannels) = (shape[0], inner)
            guard inner > 0 else { throw .invalidOutputChannels(inner, groups: groups) }
            if let bias, bias.shape != [outChannels] {
                throw .transposedBiasShape(weightShape: shape, groups: groups, biasShape: bias.shape)
            }
        }
        let kernel = Axes(rank: rank, absent: 1) { shape[2 + $0] }
        try ConvolutionModule.check(rank: rank, kernel: kernel, parameters)
        let stride = try parameters.stride.resolved(rank: rank, absent: 1, parameter: "stride")
        let dilation = try parameters.dilation.resolved(rank: rank, absent: 1, parameter: "dilation")
        operation = parameters.operation
        self.rank = rank
        kernelSize = kernel.values(rank: rank)
        self.stride = stride.values(rank: rank)
        padding = parameters.padding
        outputPadding = try parameters.outputPadding.resolved(rank: rank, absent: 0, parameter: "output_padding")
            .values(rank: rank)
        self.dilation = dilation.values(rank: rank)
        self.groups = groups
        paddingMode = parameters.paddingMode
        layout = parameters.layout
        activation = parameters.activation
        self.options = options
        self.weight = weight
        self.bias = bias
    }

    private static func check(
        rank: Int, kernel: Axes<Int>, _ parameters: Parameters
    ) throws(ConvolutionError) {
        guard kernel.allSatisfy({ $0 > 0 }) else { throw .emptyKernel(kernel.values(rank: rank)) }
        let stride = try parameters.stride.resolved(rank: rank, absent: 1, parameter: "stride")
        let dilation = try parameters.dilation.resolved(rank: rank, absent: 1, parameter: "dilation")
        try ConvolutionProblem.checkSigns(rank: rank, stride: stride, dilation: dilation, groups: parameters.groups)
        guard parameters.operation == .transposed else {
            _ = try parameters.padding.resolved(rank: rank, kernel: kernel, stride: stride, dilation: dilation)
            return
        }
        _ = try parameters.padding.resolvedForTransposed(rank: rank, kernel: kernel)
        try ConvolutionProblem.check(
            outputPadding: parameters.outputPadding.resolved(rank: rank, absent: 0, parameter: "output_padding"),
            stride: stride, dilation: dilation, rank: rank)
    }

    /// A layer with the weight of a state dict, and its bias if it has one.
    init(
        rank: Int, stateDict tensors: [String: Tensor], prefix: String, _ parameters: Parameters,
        options: ConvolutionOptions
    ) throws(ConvolutionError) {
        let (weightKey, biasKey) = (ConvolutionModule.key(prefix, "weight"), ConvolutionModule.key(prefix, "bias"))
        guard let weight = tensors[weightKey] else { throw .missingParameter(weightKey) }
        let bias = tensors[biasKey]
        let isTransposed = parameters.operation == .transposed
        let (axis, factor) = isTransposed ? (1, max(1, parameters.groups)) : (0, 1)
        if let bias, weight.shape.count > axis, let count = (CheckedSize(weight.shape[axis]) * factor).value,
            bias.shape != [count]
        {
            throw .parameterShape(name: biasKey, expected: [count], got: bias.shape)
        }
        do throws(ConvolutionError) {
            try self.init(rank: rank, weight: weight, bias: bias, parameters, options: options)
        } catch {
            switch error.storage {
            case .moduleWeightRank, .invalidInputChannels, .invalidOutputChannels, .emptyKernel, .sizeOverflow:
                throw .stateDict(name: weightKey, shape: weight.shape, error: error)
            default:
                // What the caller has given beside the tensors.
                throw error
            }
        }
    }

    // MARK: Running

    /// The layer's output for `input`, (N, C, *size) or (C, *size), in the layer's layout.
    ///
    /// - Parameter outputSize: Of a transposed layer; nil for that of its output padding.
    func callAsFunction(
        _ input: Tensor, residual: Tensor?, outputSize: [Int]? = nil
    ) throws(ConvolutionError) -> Tensor {
        let problem = try problem(inputShape: input.shape, outputSize: outputSize)
        // The output first: where there is no memory for it, nothing else is done.
        var output = try Tensor(uninitializedShape: problem.outputShape)
        try run(problem, input, residual, &output)
        return output
    }

    /// The same into a tensor of the output's shape.
    func callAsFunction(
        _ input: Tensor, residual: Tensor?, outputSize: [Int]? = nil, into output: inout Tensor
    ) throws(ConvolutionError) {
        try run(problem(inputShape: input.shape, outputSize: outputSize), input, residual, &output)
    }

    /// Makes the plan of calls with inputs of a shape, unless there is one, and runs it once.
    func prepare(inputShape: [Int], outputSize: [Int]? = nil) throws(ConvolutionError) -> ConvolutionPlan {
        let (plan, isNew) = try plan(for: planned(problem(inputShape: inputShape, outputSize: outputSize)))
        if isNew { try plan.warmUp() }
        return plan
    }

    /// The plan that was used or prepared last.
    var plan: ConvolutionPlan? { plans.latest }

    private func run(
        _ problem: ConvolutionProblem, _ input: Tensor, _ residual: Tensor?, _ output: inout Tensor
    ) throws(ConvolutionError) {
        // Before the weight is packed for a call that can't be.
        try problem.check(input: input.shape, residual: residual?.shape, output: output.shape)
        let planned = try planned(problem)
        // An empty batch says nothing about the algorithm to choose for the batches to come.
        guard problem.outputCount > 0 else { return }
        let plan = try plan(for: planned).plan
        let input = paddingMode == .zeros ? input : try pad(input, for: problem, mode: paddingMode)
        try plan.run(input, residual: residual, into: &output)
    }

    private func plan(
        for problem: ConvolutionProblem
    ) throws(ConvolutionError) -> (plan: ConvolutionPlan, isNew: Bool) {
        try plans.plan(for: problem, weight: weight, bias: bias, activation: activation, options: options)
    }

    private func problem(
        inputShape: [Int], outputSize: [Int]?
    ) throws(ConvolutionError) -> ConvolutionProblem {
        switch operation.storage {
        case .convolution:
            try problem(inputShape: inputShape, padding: padding)
        case .transposed:
            try ConvolutionProblem(
                transposedOfRank: rank, inputShape, weight.shape, nil,
                ConvolutionProblem.TransposedParameters(
                    stride: Extents(stride), padding: padding,
                    outputPadding: outputSize.map { .size($0) } ?? .padding(Extents(outputPadding)),
                    dilation: Extents(dilation), groups: groups, layout: layout))
        }
    }

    private func problem(inputShape: [Int], padding: Padding) throws(ConvolutionError) -> ConvolutionProblem {
        try ConvolutionProblem(
            rank: rank, inputShape, weight.shape, nil, Extents(stride), padding, Extents(dilation), groups, layout)
    }

    /// What is planned for a problem of the layer: the convolution of an input whose padding is filled in, which is checked
    /// to be possible, unless it is zeros, which are never stored.
    private func planned(_ problem: ConvolutionProblem) throws(ConvolutionError) -> ConvolutionProblem {
        guard paddingMode != .zeros else { return problem }
        try paddingMode.check(problem)
        return try self.problem(inputShape: problem.paddedInputShape, padding: .valid)
    }

    // MARK: Parameters

    /// Replaces weight and bias by others of the same shapes.
    mutating func setParameters(weight: Tensor, bias: Tensor?) throws(ConvolutionError) {
        try setParameters(weight: weight, bias: bias, prefix: "")
    }

    /// `weight` and `bias` by their names in a state dict.
    func stateDict(prefix: String) -> [String: Tensor] {
        var tensors = [ConvolutionModule.key(prefix, "weight"): weight]
        tensors[ConvolutionModule.key(prefix, "bias")] = bias
        return tensors
    }

    /// Takes weight and bias from a state dict; tensors of other names are other modules'.
    mutating func loadStateDict(_ tensors: [String: Tensor], prefix: String) throws(ConvolutionError) {
        let (weightKey, biasKey) = (ConvolutionModule.key(prefix, "weight"), ConvolutionModule.key(prefix, "bias"))
        guard let weight = tensors[weightKey] else { throw .missingParameter(weightKey) }
        if bias != nil, tensors[biasKey] == nil { throw .missingParameter(biasKey) }
        try setParameters(weight: weight, bias: tensors[biasKey], prefix: prefix)
    }

    private mutating func setParameters(weight: Tensor, bias: Tensor?, prefix: String) throws(ConvolutionError) {
        guard weight.shape == self.weight.shape else {
            throw .parameterShape(
                name: ConvolutionModule.key(prefix, "weight"), expected: self.weight.shape, got: weight.shape)
        }
        let biasKey = ConvolutionModule.key(prefix, "bias")
        switch (self.bias, bias) {
        case (nil, nil): break
        case (nil, .some): throw .unexpectedParameter(biasKey)
        case (.some, nil): throw .missingParameter(biasKey)
        case (let current?, let new?):
            guard new.shape == current.shape else {
                throw .parameterShape(name: biasKey, expected: current.shape, got: new.shape)
            }
        }
        self.weight = weight
        self.bias = bias
        plans = PlanCache()
    }

    /// "conv1" and "weight" are "conv1.weight".
    private static func key(_ prefix: String, _ name: String) -> String {
        prefix.isEmpty || prefix.hasSuffix(".") ? prefix + name : prefix + "." + name
    }
}
