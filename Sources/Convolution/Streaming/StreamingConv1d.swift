// SPDX-License-Identifier: Apache-2.0

/// A one-dimensional convolution of a signal that arrives in chunks.
///
/// ```swift
/// var stream = try StreamingConv1d(weight: w, bias: b, padding: .causal, dilation: 2)
/// let first = try stream.feed(x0)     // (1, C, 480)  ->  (1, K, 480)
/// let second = try stream.feed(x1)    // (1, C, 1)    ->  (1, K, 1)
/// let rest = try stream.finish()      // what the padding behind the signal completes: here (1, K, 0)
/// ```
///
/// Chunks have any number of samples, none and one among them. Each call gives what is complete by then, which may be
/// of length 0. What all calls give, one after the other, is the convolution of the whole signal, and it has the bits
/// of ``conv1d(_:weight:bias:stride:padding:dilation:groups:layout:options:)`` at ``Precision/strict``, however the
/// signal is cut: a stream computes at that precision whatever its options say.
///
/// A stream is a value: a copy goes on from where the original is, and neither hears of what the other is fed. Feeding
/// a stream whose copy still lives copies its memory first. All memory is allocated when the stream is made, for as
/// many samples as the kernel spans and a few hundred more; ``feed(_:into:)`` allocates nothing. A call computes on the
/// thread that makes it.
///
/// ## Topics
///
/// ### Making a stream
/// - ``init(weight:bias:stride:padding:dilation:groups:layout:activation:batch:options:)``
/// - ``init(_:padding:batch:)``
/// - ``init(stateDict:prefix:stride:padding:dilation:groups:layout:activation:batch:options:)``
///
/// ### Feeding it
/// - ``feed(_:)``
/// - ``feed(_:into:)``
/// - ``finish()``
/// - ``finish(into:)``
/// - ``reset()``
///
/// ### How much comes when
/// - ``latency``
/// - ``receptiveField``
/// - ``outputLength(forNext:)``
/// - ``remainingLength``
public struct StreamingConv1d: Sendable {
    private var state: StreamState

    private var problem: ConvolutionProblem { state.kernel.problem }

    /// A stream with the given weight and bias.
    ///
    /// - Parameters:
    ///   - weight: (K, C / groups, kernel).
    ///   - bias: (K), or `nil` for none.
    ///   - stride: Distance between the windows of neighbouring outputs, at least 1.
    ///   - padding: Zeros before and after the signal: a number, `.causal` (all before), `.same`, `.valid`, or a pair.
    ///     Those after it come with ``finish()``.
    ///   - dilation: Distance between neighbouring taps, at least 1.
    ///   - groups: Groups that the channels are divided into; divides C and K.
    ///   - layout: The order of the axes of chunks and outputs.
    ///   - activation: Applied to `sum + bias`.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    ///   - options: How to compute it. The precision is strict, and the algorithm, if one is named, `direct`, `gemm` or
    ///     `depthwise`.
    /// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, if the options ask for what this machine
    ///   doesn't have or name another algorithm, or if there is no memory for the samples that the kernel spans.
    public init(
        weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
        layout: TensorLayout = .channelsFirst, activation: Activation = .none, batch: Int? = 1,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        try self.init(
            Conv1d(
                weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups,
                layout: layout, activation: activation, options: options), batch: batch)
    }

    /// A stream that computes what a layer does.
    ///
    /// - Parameters:
    ///   - layer: Gives weight, bias and everything else. Its padding must be zeros.
    ///   - padding: The padding of the stream, if it isn't the layer's: `.causal` for one that was trained with as much
    ///     before the signal as its kernel spans.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    /// - Throws: `ConvolutionError.unknownPaddingMode` if the layer's padding mode is not zeros: what a signal's end
    ///   reflects or wraps around to is not known at its beginning. Else as for a stream with the weight.
    public init(_ layer: Conv1d, padding: Padding? = nil, batch: Int? = 1) throws(ConvolutionError) {
        guard layer.paddingMode == .zeros else { throw .unknownPaddingMode(layer.paddingMode.rawValue) }
        let padding = padding ?? layer.padding
        let (kernel, dilation) = (layer.kernelSize[0], layer.dilation[0])
        let span = try (CheckedSize(dilation) * (kernel - 1) + 1).get("the extent of the kernel", [dilation, kernel])
        if let batch, batch < 0 { throw .negativeExtent(tensor: "chunk", shape: [batch, layer.inChannels, span]) }
        let problem = try ConvolutionProblem(
            inputShape: layer.layout.shape(batch: batch, channels: layer.inChannels, size: [span]),
            weightShape: layer.weight.shape, biasShape: layer.bias?.shape, rank: 1, stride: layer.stride,
            padding: padding, dilation: dilation, groups: layer.groups, layout: layer.layout)
        state = try StreamState(
            StreamKernel(
                problem, weight: layer.weight, bias: layer.bias, activation: layer.activation, options: layer.options))
    }

    /// A stream with the weight of a state dict, which may hold other layers' tensors too, and with a bias if the state
    /// dict has one for it.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name; a weight is (K, C / groups, kernel).
    ///   - prefix: The layer's name in the model: with "conv1" (or "conv1.") the names are "conv1.weight" and
    ///     "conv1.bias".
    ///   - stride: Distance between the windows of neighbouring outputs, at least 1.
    ///   - padding: Zeros before and after the signal: a number, `.causal` (all before), `.same`, `.valid`, or a pair.
    ///   - dilation: Distance between neighbouring taps, at least 1.
    ///   - groups: Groups that the channels are divided into.
    ///   - layout: The order of the axes of chunks and outputs.
    ///   - activation: Applied to `sum + bias`.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    ///   - options: How to compute it, at strict precision.
    /// - Throws: `ConvolutionError.missingParameter`, `.parameterShape` and `.stateDict` as a layer's, and else as for
    ///   a stream with the weight.
    public init(
        stateDict tensors: [String: Tensor], prefix: String = "", stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
        layout: TensorLayout = .channelsFirst, activation: Activation = .none, batch: Int? = 1,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        try self.init(
            Conv1d(
                stateDict: tensors, prefix: prefix, stride: stride, padding: padding, dilation: dilation,
                groups: groups, layout: layout, activation: activation, options: options), batch: batch)
    }

    // MARK: Feeding

    /// Takes the next samples of the signal.
    ///
    /// - Parameter chunk: (N, C, L), without N if the stream has no batch; (N, L, C) with channels last. L may be 0.
    /// - Returns: The outputs that it completes, (N, K, ``outputLength(forNext:)``) in the same layout. Their number
    ///   may be 0.
    /// - Throws: `ConvolutionError.shapeMismatch` if the chunk has another shape, `.outOfMemory` if there is no memory
    ///   for what it completes; the stream is then as before.
    public mutating func feed(_ chunk: Tensor) throws(ConvolutionError) -> Tensor {
        try state.feed(chunk)
    }

    /// Takes the next samples of the signal, and writes what they complete into memory that is there already. Allocates
    /// nothing, unless a copy of the stream still lives.
    ///
    /// - Parameters:
    ///   - chunk: The elements of (N, C, L), or of (N, L, C) with channels last.
    ///   - output: Room for N * K * ``outputLength(forNext:)`` elements. So many are written from the first on, as a
    ///     tensor (N, K, length) has them; the rest is left alone.
    /// - Returns: The length: how many outputs of each channel of each signal were written.
    /// - Throws: `ConvolutionError.countMismatch` if the chunk's elements are no whole samples or the output has no
    ///   room; the stream is then as before.
    public mutating func feed(
        _ chunk: Span<Float>, into output: inout MutableSpan<Float>
    ) throws(ConvolutionError) -> Int {
        try state.feed(chunk, into: &output)
    }

    /// Ends the signal. The stream is then as new, and the next samples are the first of another signal.
    ///
    /// - Returns: The outputs that the padding behind the signal completes, (N, K, ``remainingLength``).
    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory for them; the stream is then as before.
    public mutating func finish() throws(ConvolutionError) -> Tensor {
        try state.finish()
    }

    /// The same into memory that is there already.
    ///
    /// - Parameter output: Room for N * K * ``remainingLength`` elements.
    /// - Returns: How many outputs of each channel of each signal were written.
    /// - Throws: `ConvolutionError.countMismatch` if the output has no room; the stream is then as before.
    public mutating func finish(into output: inout MutableSpan<Float>) throws(ConvolutionError) -> Int {
        try state.finish(into: &output)
    }

    /// Forgets the signal: the next samples are the first of another one.
    public mutating func reset() {
        state.reset()
    }

    // MARK: How much comes when

    /// The algorithmic latency in samples: so many must follow sample `o * stride` before output `o` is complete,
    /// `dilation * (kernel - 1)` less the padding before. 0 for causal padding; negative with more padding than that.
    public var latency: Int { state.kernel.axis.latency }

    /// Samples from the first to the last that an output depends on, `dilation * (kernel - 1) + 1`.
    public var receptiveField: Int { problem.width.dilatedKernel }

    /// How many outputs of each channel the next `count` samples complete.
    ///
    /// - Parameter count: Samples, not negative.
    public func outputLength(forNext count: Int) -> Int { state.outputs(forNext: max(0, count)) }

    /// How many outputs of each channel ``finish()`` would give now.
    public var remainingLength: Int { state.outputsAtEnd }

    // MARK: Parameters

    /// Signals side by side, N; 1 for a stream without that axis.
    public var batch: Int { problem.batch }
    /// Channels of the signal, C.
    public var inChannels: Int { problem.inputChannels }
    /// Channels of the output, K.
    public var outChannels: Int { problem.outputChannels }
    /// Taps of the kernel.
    public var kernelSize: Int { problem.width.kernel }
    /// Distance between the windows of neighbouring outputs.
    public var stride: Int { problem.width.stride }
    /// Zeros before and after the signal.
    public var padding: AxisPadding { AxisPadding(before: problem.width.before, after: problem.width.after) }
    /// Distance between neighbouring taps.
    public var dilation: Int { problem.width.dilation }
    /// Groups that the channels are divided into.
    public var groups: Int { problem.groups }
    /// The order of the axes of chunks and outputs.
    public var layout: TensorLayout { problem.layout }
    /// What is applied to each output element as it is stored.
    public var activation: Activation { state.kernel.activation }
    /// The algorithm that computes it.
    public var algorithm: Algorithm { state.kernel.largest.algorithm }
    /// The instruction set of its kernel.
    public var instructionSet: InstructionSet { state.kernel.largest.kernel.instructionSet }
    /// The name of the kernel that does the work.
    public var kernelName: String { state.kernel.largest.kernel.name }
}
