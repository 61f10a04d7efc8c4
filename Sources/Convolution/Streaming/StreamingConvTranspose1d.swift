// SPDX-License-Identifier: Apache-2.0

/// A one-dimensional transposed convolution of a signal that arrives in chunks: the upsampling layer of a decoder.
///
/// ```swift
/// let cut = AxisPadding(before: 0, after: 2)     // with a kernel of 4
/// var stream = try StreamingConvTranspose1d(weight: w, bias: b, stride: 2, padding: .pairs([cut]))
/// let first = try stream.feed(x0)     // (1, C, 10)  ->  (1, K, 20)
/// let rest = try stream.finish()      // what later samples would still have added to
/// ```
///
/// A sample adds to `dilation * (kernel - 1) + 1` outputs, `stride` further on than the one before it. An output is
/// given when no later sample adds to it, and when it is known not to be one of those that the padding cuts off at the
/// end. What all calls give, one after the other, is the transposed convolution of the whole signal, and it has the
/// bits of ``convTranspose1d(_:weight:bias:stride:padding:outputPadding:groups:dilation:layout:options:)`` at
/// ``Precision/strict`` without a limit of workspace, however the signal is cut.
///
/// It is fed and ended as a ``StreamingConv1d`` is, and a value as that: all memory is allocated when it is made,
/// ``feed(_:into:)`` allocates nothing, and a call computes on the thread that makes it.
public struct StreamingConvTranspose1d: Sendable {
    private var state: StreamState

    private var problem: ConvolutionProblem { state.kernel.problem }

    /// A stream with the given weight and bias.
    ///
    /// - Parameters:
    ///   - weight: (C, K / groups, kernel).
    ///   - bias: (K), or `nil` for none.
    ///   - stride: Distance between the outputs that neighbouring samples add to, at least 1.
    ///   - padding: Outputs that are cut off at both ends: a number, or a pair of before and after.
    ///   - outputPadding: Outputs more at the end, fewer than the stride or than the dilation.
    ///   - groups: Groups that the channels are divided into; divides C.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
    ///   - layout: The order of the axes of chunks and outputs.
    ///   - activation: Applied to `sum + bias`.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    ///   - options: How to compute it. The precision is strict, and the algorithm, if one is named, `gemm` or
    ///     `depthwise`.
    /// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, if the options ask for what this machine
    ///   doesn't have or name another algorithm, or if there is no memory for the samples that an output needs.
    public init(
        weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, activation: Activation = .none,
        batch: Int? = 1, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        let parameters = ConvolutionProblem.TransposedParameters(
            stride: stride.convolutionExtents, padding: padding.convolutionPadding,
            outputPadding: .padding(outputPadding.convolutionExtents), dilation: dilation.convolutionExtents,
            groups: groups, layout: layout)
        let problem = try Self.problem(weight.shape, bias?.shape, parameters, batch: batch)
        state = try StreamState(
            StreamKernel(transposed: problem, weight: weight, bias: bias, activation: activation, options: options))
    }

    /// A stream that computes what a layer does.
    ///
    /// - Parameters:
    ///   - layer: Gives weight, bias and everything else.
    ///   - padding: What the stream cuts off at both ends, if it isn't the layer's padding.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    /// - Throws: `ConvolutionError` as for a stream with the weight.
    public init(_ layer: ConvTranspose1d, padding: Padding? = nil, batch: Int? = 1) throws(ConvolutionError) {
        try self.init(
            weight: layer.weight, bias: layer.bias, stride: layer.stride, padding: padding ?? layer.padding,
            outputPadding: layer.outputPadding, groups: layer.groups, dilation: layer.dilation, layout: layer.layout,
            activation: layer.activation, batch: batch, options: layer.options)
    }

    /// A stream with the weight of a state dict, which may hold other layers' tensors too, and with a bias if the state
    /// dict has one for it.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name; a weight is (C, K / groups, kernel).
    ///   - prefix: The layer's name in the model: with "up1" (or "up1.") the names are "up1.weight" and "up1.bias".
    ///   - stride: Distance between the outputs that neighbouring samples add to, at least 1.
    ///   - padding: Outputs that are cut off at both ends: a number, or a pair of before and after.
    ///   - outputPadding: Outputs more at the end, fewer than the stride or than the dilation.
    ///   - groups: Groups that the channels are divided into.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
    ///   - layout: The order of the axes of chunks and outputs.
    ///   - activation: Applied to `sum + bias`.
    ///   - batch: Signals side by side, N; `nil` for a single one without the axis.
    ///   - options: How to compute it, at strict precision.
    /// - Throws: `ConvolutionError.missingParameter`, `.parameterShape` and `.stateDict` as a layer's, and else as for
    ///   a stream with the weight.
    public init(
        stateDict tensors: [String: Tensor], prefix: String = "", stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, activation: Activation = .none,
        batch: Int? = 1, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        try self.init(
            ConvTranspose1d(
                stateDict: tensors, prefix: prefix, stride: stride, padding: padding, outputPadding: outputPadding,
                groups: groups, dilation: dilation, layout: layout, activation: activation, options: options),
            batch: batch)
    }

    /// The transposed convolution of the shortest signal that has an output.
    private static func problem(
        _ weightShape: [Int], _ biasShape: [Int]?, _ parameters: ConvolutionProblem.TransposedParameters, batch: Int?
    ) throws(ConvolutionError) -> ConvolutionProblem {
        let channels = weightShape.first ?? 0
        func problem(_ length: Int) throws(ConvolutionError) -> ConvolutionProblem {
            let shape = parameters.layout.shape(batch: batch, channels: channels, size: [length])
            return try ConvolutionProblem(transposedOfRank: 1, shape, weightShape, biasShape, parameters)
        }
        if let batch, batch < 0 { throw .negativeExtent(tensor: "chunk", shape: [batch, channels, 1]) }
        do throws(ConvolutionError) {
            return try problem(1)
        } catch {
            guard case .outputTooSmall(_, let outputSize) = error.storage else { throw error }
            let stride = try parameters.stride.resolved(rank: 1, absent: 1, parameter: "stride").width
            return try problem(1 + Split.units(1 - outputSize[0], stride))
        }
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
    /// - Returns: The outputs that later samples would have added to, (N, K, ``remainingLength``).
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

    /// The algorithmic latency in outputs. Output `o` belongs to the time of sample `o / stride`; counted in outputs,
    /// it is complete by this much later. That is the padding before, and what is missing to `stride` outputs where a
    /// sample adds to fewer: then those between its own and the next sample's come with the next.
    public var latency: Int { state.kernel.axis.latency }

    /// Outputs that a sample adds to, from the first to the last, `dilation * (kernel - 1) + 1`.
    public var span: Int { problem.width.dilatedKernel }

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
    /// Distance between the outputs that neighbouring samples add to.
    public var stride: Int { problem.width.stride }
    /// Outputs that are cut off at both ends.
    public var padding: AxisPadding { AxisPadding(before: problem.width.before, after: problem.width.after) }
    /// Outputs more at the end.
    public var outputPadding: Int { problem.width.outputPadding }
    /// Distance between the outputs of neighbouring taps.
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
