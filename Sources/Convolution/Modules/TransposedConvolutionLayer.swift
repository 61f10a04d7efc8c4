// SPDX-License-Identifier: Apache-2.0

/// A transposed convolution layer along one, two or three axes: ``ConvTranspose1d``, ``ConvTranspose2d`` and
/// ``ConvTranspose3d``.
///
/// The first call, or `prepare`, packs the weight for the kernels, and later calls share it; a plan is kept for each of
/// the last few input shapes. A layer is a value: a copy has its own weight and bias, and any number of threads may call
/// one at once.
///
/// An input is (N, inChannels, *size), or (inChannels, *size) without a batch, *size being (L), (H, W) or (D, H, W); in a
/// layer whose layout has the channels last they come behind the size. An output is (N, outChannels, *output size)
/// likewise. A weight is (inChannels, outChannels / groups, *kernel size) in either layout. On each axis an output has
/// (size - 1) * stride - before - after + dilation * (kernel - 1) + outputPadding + 1 elements.
public struct TransposedConvolutionLayer<Rank: SpatialRank>: Sendable, CustomStringConvertible {
    private var module: ConvolutionModule

    /// A layer with random weight and bias, both uniform within 1 / sqrt(outChannels / groups * taps of the
    /// kernel) as PyTorch's are.
    ///
    /// - Parameters:
    ///   - inChannels: Channels of the input, a multiple of `groups`.
    ///   - outChannels: Channels of the output, a positive multiple of `groups`.
    ///   - kernelSize: Extents of the kernel: an Int or one per axis.
    ///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1.
    ///   - padding: Outputs that are left out at the ends: an Int or one per axis, or pairs.
    ///   - outputPadding: What is added to the output's size, smaller than the stride or than the dilation.
    ///   - groups: Groups that the channels are divided into.
    ///   - bias: Whether there is a bias.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
    ///   - layout: The order of the axes of inputs and outputs.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - seed: Makes the numbers the same every time; without one they are others each time.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a parameter isn't legal.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: some ExtentsConvertible,
        stride: some ExtentsConvertible = 1, padding: some PaddingConvertible = 0,
        outputPadding: some ExtentsConvertible = 0, groups: Int = 1, bias: Bool = true,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, activation: Activation = .none,
        seed: UInt64? = nil, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        module = try ConvolutionModule(
            rank: Rank.count, inChannels, outChannels, kernelSize: kernelSize.convolutionExtents,
            .init(
                operation: .transposed, stride: stride.convolutionExtents, padding: padding.convolutionPadding,
                outputPadding: outputPadding.convolutionExtents, dilation: dilation.convolutionExtents,
                groups: groups, layout: layout, activation: activation),
            bias: bias, seed: seed, options: options)
    }

    /// A layer with the given weight and bias.
    ///
    /// - Parameters:
    ///   - weight: (inChannels, outChannels / groups, *kernel size).
    ///   - bias: (outChannels), or `nil` for none.
    ///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1.
    ///   - padding: Outputs that are left out at the ends: an Int or one per axis, or pairs.
    ///   - outputPadding: What is added to the output's size, smaller than the stride or than the dilation.
    ///   - groups: Groups that the channels are divided into.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
    ///   - layout: The order of the axes of inputs and outputs.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
    public init(
        weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, activation: Activation = .none,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        module = try ConvolutionModule(
            rank: Rank.count, weight: weight, bias: bias,
            .init(
                operation: .transposed, stride: stride.convolutionExtents, padding: padding.convolutionPadding,
                outputPadding: outputPadding.convolutionExtents, dilation: dilation.convolutionExtents,
                groups: groups, layout: layout, activation: activation),
            options: options)
    }

    /// A layer with the weight of a state dict, which may hold other layers' tensors too, and with a bias if the state
    /// dict has one for it. The channels and the kernel size are the weight's; the rest, which a state dict doesn't hold,
    /// is given here.
    ///
    /// ```swift
    /// let tensors = try SafetensorsFile(contentsOf: "model.safetensors").tensors()
    /// let up1 = try ConvTranspose2d(stateDict: tensors, prefix: "up1", stride: 2)
    /// ```
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name; a weight is (inChannels, outChannels / groups, *kernel size).
    ///   - prefix: The layer's name in the model: with "up1" (or "up1.") the names are "up1.weight" and
    ///     "up1.bias".
    ///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1.
    ///   - padding: Outputs that are left out at the ends: an Int or one per axis, or pairs.
    ///   - outputPadding: What is added to the output's size, smaller than the stride or than the dilation.
    ///   - groups: Groups that the channels are divided into.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
    ///   - layout: The order of the axes of inputs and outputs.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError.missingParameter` if there is no weight of that name, `.parameterShape` if the bias
    ///   doesn't fit the weight, `.stateDict` if the weight isn't that of a layer with so many axes and groups, and others if
    ///   a parameter isn't legal.
    public init(
        stateDict tensors: [String: Tensor], prefix: String = "", stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, activation: Activation = .none,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        module = try ConvolutionModule(
            rank: Rank.count, stateDict: tensors, prefix: prefix,
            .init(
                operation: .transposed, stride: stride.convolutionExtents, padding: padding.convolutionPadding,
                outputPadding: outputPadding.convolutionExtents, dilation: dilation.convolutionExtents,
                groups: groups, layout: layout, activation: activation),
            options: options)
    }

    // MARK: Running

    /// The transposed convolution of `input`.
    ///
    /// - Parameters:
    ///   - input: (N, inChannels, *size), or (inChannels, *size); the channels last in a layer of that layout.
    ///   - residual: Of the output's shape, added before the activation, or nil.
    ///   - outputSize: The size of the output, one extent per axis (or all of its shape), which the output
    ///     padding is set by for this call; nil for the layer's own output padding.
    /// - Returns: (N, outChannels, *output size), without N for an unbatched input.
    /// - Throws: `ConvolutionError` if a shape isn't legal, or if the options ask for what this machine doesn't have.
    public func callAsFunction(
        _ input: Tensor, residual: Tensor? = nil, outputSize: [Int]? = nil
    ) throws(ConvolutionError) -> Tensor {
        try module(input, residual: residual, outputSize: outputSize)
    }

    /// The transposed convolution of `input` into a tensor that is there already, whose memory is used again.
    ///
    /// - Parameters:
    ///   - input: (N, inChannels, *size), or (inChannels, *size); the channels last in a layer of that layout.
    ///   - residual: Of the output's shape, added before the activation, or nil.
    ///   - outputSize: The size of the output, one extent per axis (or all of its shape), which the output
    ///     padding is set by for this call; nil for the layer's own output padding.
    ///   - output: (N, outChannels, *output size), without N for an unbatched input.
    ///     All of it is written. If it shares its memory with another tensor, be it the input, it gets memory of its own.
    /// - Throws: `ConvolutionError.shapeMismatch` if the output has another shape, and as a call that returns a tensor;
    ///   the output is then as before.
    public func callAsFunction(
        _ input: Tensor, residual: Tensor? = nil, outputSize: [Int]? = nil, into output: inout Tensor
    ) throws(ConvolutionError) {
        try module(input, residual: residual, outputSize: outputSize, into: &output)
    }

    /// Chooses the algorithm, packs the weight and allocates the workspace for inputs of a shape, and runs the layer once,
    /// so that the first call takes no longer than those after it. Where that has been done, it does nothing.
    ///
    /// - Parameters:
    ///   - inputShape: (N, inChannels, *size), or (inChannels, *size); the channels last in a layer of that layout.
    ///   - outputSize: As for a call.
    /// - Returns: The plan that such calls use, as long as the layer hasn't been called with 8 other shapes since.
    /// - Throws: `ConvolutionError` if the shape isn't legal, or if the options ask for what this machine doesn't have.
    @discardableResult
    public func prepare(
        inputShape: [Int], outputSize: [Int]? = nil
    ) throws(ConvolutionError) -> ConvolutionPlan {
        try module.prepare(inputShape: inputShape, outputSize: outputSize)
    }

    /// The plan of the last call or preparation: its algorithm, its kernel, its threads and its workspace. Nil before the
    /// first.
    public var plan: ConvolutionPlan? { module.plan }

    // MARK: Parameters

    /// Channels of the input.
    public var inChannels: Int { module.inChannels }
    /// Channels of the output.
    public var outChannels: Int { module.outChannels }
    /// Extents of the kernel, first axis first.
    public var kernelSize: [Int] { module.kernelSize }
    /// The stride along each axis.
    public var stride: [Int] { module.stride }
    /// The padding as it was given.
    public var padding: Padding { module.padding }
    /// The dilation along each axis.
    public var dilation: [Int] { module.dilation }
    /// Groups that the channels are divided into.
    public var groups: Int { module.groups }
    /// What is added to the output's size along each axis.
    public var outputPadding: [Int] { module.outputPadding }
    /// The order of the axes of inputs and outputs.
    public var layout: TensorLayout { module.layout }
    /// What is applied to each output element as it is stored.
    public var activation: Activation { module.activation }
    /// How it is computed.
    public var options: ConvolutionOptions { module.options }
    /// (inChannels, outChannels / groups, *kernel size).
    public var weight: Tensor { module.weight }
    /// (outChannels), or `nil` for a layer without a bias.
    public var bias: Tensor? { module.bias }

    /// Replaces weight and bias; the next call packs the new weight.
    ///
    /// - Parameters:
    ///   - weight: Of the present weight's shape.
    ///   - bias: Of the present bias's shape, and `nil` exactly if the layer has none.
    /// - Throws: `ConvolutionError.parameterShape`, `.missingParameter` or `.unexpectedParameter`; the layer is then as
    ///   before.
    public mutating func setParameters(weight: Tensor, bias: Tensor? = nil) throws(ConvolutionError) {
        try module.setParameters(weight: weight, bias: bias)
    }

    /// The layer's tensors by their PyTorch names, `weight` and `bias`.
    ///
    /// - Parameter prefix: The layer's name in a model: with "up1" (or "up1.") the names are "up1.weight" and
    ///   "up1.bias".
    public func stateDict(prefix: String = "") -> [String: Tensor] {
        module.stateDict(prefix: prefix)
    }

    /// Replaces weight and bias by those of a state dict, which may hold other layers' tensors too.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name.
    ///   - prefix: The layer's name in the model: with "up1" (or "up1.") the names are "up1.weight" and
    ///     "up1.bias".
    /// - Throws: `ConvolutionError.missingParameter` if a name isn't there, `.unexpectedParameter` if there is a bias and
    ///   the layer has none, `.parameterShape` if a shape is another; the layer is then as before.
    public mutating func loadStateDict(_ tensors: [String: Tensor], prefix: String = "") throws(ConvolutionError) {
        try module.loadStateDict(tensors, prefix: prefix)
    }

    /// The layer as PyTorch prints it:
    /// `ConvTranspose2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), groups=2)`.
    public var description: String { module.description }
}
