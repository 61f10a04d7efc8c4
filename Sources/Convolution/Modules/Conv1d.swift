// SPDX-License-Identifier: Apache-2.0

/// A one-dimensional convolution layer, PyTorch's `torch.nn.Conv1d`.
///
/// ```swift
/// let layer = try Conv1d(4, 8, kernelSize: 3, stride: 2)
/// let y = try layer(x)    // x: (5, 4, 16)  ->  y: (5, 8, 7)
/// print(layer)            // Conv1d(4, 8, kernel_size=(3,), stride=(2,))
/// ```
///
/// The first call packs the weight for the kernels, and later calls share it; a plan is kept for each of the last few
/// input sizes. A layer is a value: a copy has its own weight and bias, and any number of threads may call one at once.
public struct Conv1d: Sendable, CustomStringConvertible {
    private var module: ConvolutionModule

    /// A layer with random weight and bias, both uniform within 1 / sqrt(inChannels / groups * kernel size) as
    /// PyTorch's are.
    ///
    /// - Parameters:
    ///   - inChannels: Channels of the input, a multiple of `groups`.
    ///   - outChannels: Channels of the output, a positive multiple of `groups`.
    ///   - kernelSize: Taps of the kernel.
    ///   - stride: Distance between the windows of neighbouring outputs, at least 1.
    ///   - padding: At both ends of the input: a number, `.same` (with stride 1), `.valid`, or a pair.
    ///   - dilation: Distance between neighbouring taps, at least 1.
    ///   - groups: Groups that the channels are divided into.
    ///   - bias: Whether there is a bias.
    ///   - paddingMode: What the padding is filled with.
    ///   - layout: The order of the axes of inputs and outputs.
    ///   - seed: Makes the numbers the same every time; without one they are the system's random numbers.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a parameter isn't legal.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernelSize: Extents, stride: Extents = 1, padding: Padding = 0,
        dilation: Extents = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros,
        layout: TensorLayout = .channelsFirst, seed: UInt64? = nil, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        module = try ConvolutionModule(
            rank: 1, inChannels, outChannels, kernelSize: kernelSize,
            .init(
                stride: stride, padding: padding, dilation: dilation, groups: groups, paddingMode: paddingMode,
                layout: layout),
            bias: bias, seed: seed, options: options)
    }

    /// A layer with the given weight and bias.
    ///
    /// - Parameters:
    ///   - weight: (outChannels, inChannels / groups, kernel size).
    ///   - bias: (outChannels), or `nil` for none.
    ///   - stride: Distance between the windows of neighbouring outputs, at least 1.
    ///   - padding: At both ends of the input: a number, `.same` (with stride 1), `.valid`, or a pair.
    ///   - dilation: Distance between neighbouring taps, at least 1.
    ///   - groups: Groups that the channels are divided into.
    ///   - paddingMode: What the padding is filled with.
    ///   - layout: The order of the axes of inputs and outputs.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
    public init(
        weight: Tensor, bias: Tensor? = nil, stride: Extents = 1, padding: Padding = 0, dilation: Extents = 1,
        groups: Int = 1, paddingMode: PaddingMode = .zeros, layout: TensorLayout = .channelsFirst,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        module = try ConvolutionModule(
            rank: 1, weight: weight, bias: bias,
            .init(
                stride: stride, padding: padding, dilation: dilation, groups: groups, paddingMode: paddingMode,
                layout: layout),
            options: options)
    }

    /// The convolution of `input`.
    ///
    /// - Parameter input: (N, inChannels, L), or (inChannels, L); the channels last in a layer of that layout.
    /// - Returns: (N, outChannels, output length), without N for an unbatched input.
    /// - Throws: `ConvolutionError` if the input's shape isn't legal, or if the options ask for what this machine doesn't
    ///   have.
    public func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        try module(input)
    }

    // MARK: Parameters

    /// Channels of the input.
    public var inChannels: Int { module.inChannels }
    /// Channels of the output.
    public var outChannels: Int { module.outChannels }
    /// Taps of the kernel, one value.
    public var kernelSize: [Int] { module.kernelSize }
    /// The stride, one value.
    public var stride: [Int] { module.stride }
    /// The padding as it was given.
    public var padding: Padding { module.padding }
    /// The dilation, one value.
    public var dilation: [Int] { module.dilation }
    /// Groups that the channels are divided into.
    public var groups: Int { module.groups }
    /// What the padding is filled with.
    public var paddingMode: PaddingMode { module.paddingMode }
    /// The order of the axes of inputs and outputs.
    public var layout: TensorLayout { module.layout }
    /// How it is computed.
    public var options: ConvolutionOptions { module.options }
    /// (outChannels, inChannels / groups, kernel size).
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
    /// - Parameter prefix: The layer's name in a model: with "conv1" (or "conv1.") the names are "conv1.weight" and
    ///   "conv1.bias".
    public func stateDict(prefix: String = "") -> [String: Tensor] {
        module.stateDict(prefix: prefix)
    }

    /// Replaces weight and bias by those of a state dict, which may hold other layers' tensors too.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name.
    ///   - prefix: The layer's name in the model: with "conv1" (or "conv1.") the names are "conv1.weight" and
    ///     "conv1.bias".
    /// - Throws: `ConvolutionError.missingParameter` if a name isn't there, `.unexpectedParameter` if there is a bias and
    ///   the layer has none, `.parameterShape` if a shape is another; the layer is then as before.
    public mutating func loadStateDict(_ tensors: [String: Tensor], prefix: String = "") throws(ConvolutionError) {
        try module.loadStateDict(tensors, prefix: prefix)
    }

    /// The layer as PyTorch prints it: `Conv1d(4, 8, kernel_size=(3,), stride=(2,))`.
    public var description: String { module.description }
}
