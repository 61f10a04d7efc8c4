// SPDX-License-Identifier: Apache-2.0

/// The sizes and parameters of a convolution, or of a transposed one, validated: whoever holds a problem can rely on
/// every size in it.
///
/// ```swift
/// let problem = try ConvolutionProblem(inputShape: [1, 64, 56, 56], weightShape: [32, 64, 3, 3], padding: 1)
/// let up = try ConvolutionProblem.transposed(
///     inputShape: [1, 64, 56, 56], weightShape: [64, 32, 4, 4], stride: 2, padding: 1)
/// print(problem.outputShape, up.outputShape)  // [1, 32, 56, 56] [1, 32, 112, 112]
/// ```
///
/// A problem of fewer than three axes has a depth, or a depth and a height, of 1 with a kernel of 1. All extents are
/// stored inline; building a problem doesn't allocate. Every count fits in `Int`, in bytes too, and so do the number of
/// multiplications and every offset that a kernel forms while it walks over its tensors.
public struct ConvolutionProblem: Sendable, Hashable {
    /// What is computed.
    public let operation: ConvolutionOperation
    /// Spatial axes: 1 to 3.
    public let rank: Int
    /// Images in the batch; 1 if the input has no batch axis.
    public let batch: Int
    /// Channels of the input, C.
    public let inputChannels: Int
    /// Channels of the output, K.
    public let outputChannels: Int
    /// Groups that the channels are divided into.
    public let groups: Int
    /// Whether input and output have no batch axis.
    public let isUnbatched: Bool
    /// The order of the axes of input and output.
    public let layout: TensorLayout
    /// The first axis of a problem of rank 3; of fewer axes, an axis of extent 1.
    public let depth: Axis
    /// The last axis but one; of rank 1, an axis of extent 1.
    public let height: Axis
    /// The last axis.
    public let width: Axis
    /// Elements of the input.
    public let inputCount: Int
    /// Elements of the weight.
    public let weightCount: Int
    /// Elements of the output.
    public let outputCount: Int

    /// (N, C, *size), or (C, *size) if unbatched; (N, *size, C) with channels last.
    public var inputShape: [Int] {
        layout.shape(batch: isUnbatched ? nil : batch, channels: inputChannels, size: size(\.input))
    }

    /// (K, C / groups, *kernel); of a transposed convolution (C, K / groups, *kernel).
    public var weightShape: [Int] {
        [weightChannels.outer, weightChannels.inner] + size(\.kernel)
    }

    /// The first two extents of the weight.
    var weightChannels: (outer: Int, inner: Int) {
        isTransposed ? (inputChannels, outputChannels / groups) : (outputChannels, inputChannels / groups)
    }

    /// Whether it is a transposed convolution.
    public var isTransposed: Bool { operation == .transposed }

    /// (N, K, *size), or (K, *size) if unbatched; (N, *size, K) with channels last.
    public var outputShape: [Int] {
        layout.shape(batch: isUnbatched ? nil : batch, channels: outputChannels, size: size(\.output))
    }

    /// Multiplications of the defining sum, those by padding included; of a transposed convolution each element of the input
    /// with all weights of its channel, those whose products fall beside the output included.
    public var multiplications: Double {
        Double(isTransposed ? inputCount : outputCount) * Double(weightChannels.inner)
            * Double(depth.kernel * height.kernel * width.kernel)
    }

    /// The spatial axes, first axis first.
    public var spatialAxes: [Axis] { axes.values(rank: rank) }

    /// The axes, those that it lacks among them.
    var axes: Axes<Axis> { Axes(depth: depth, height: height, width: width) }

    /// One extent of each spatial axis, first axis first: `size(\.output)`.
    public func size(_ extent: (Axis) -> Int) -> [Int] {
        axes.map(extent).values(rank: rank)
    }

    /// The convolution of an input of `inputShape` with a weight of `weightShape`.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size) for an unbatched input; (N, *size, C) or (*size, C) with channels
    ///     last. N may be 0; sizes may be 0 only if N is.
    ///   - weightShape: (K, C / groups, *kernel).
    ///   - biasShape: (K), or `nil` without a bias.
    ///   - rank: Spatial axes: 1 to 3; `nil` for as many as the weight has.
    ///   - stride: At least 1: an Int or one per axis.
    ///   - padding: Zeros around the input: an Int or one per axis, `.same` (with stride 1), `.valid`, or pairs.
    ///   - dilation: At least 1: an Int or one per axis.
    ///   - groups: At least 1; divides C and K.
    ///   - layout: The order of the axes of input and output.
    /// - Throws: The `ConvolutionError` of what is wrong first, with its numbers.
    public init(
        inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, rank: Int? = nil,
        stride: some ExtentsConvertible = 1, padding: some PaddingConvertible = 0,
        dilation: some ExtentsConvertible = 1, groups: Int = 1, layout: TensorLayout = .channelsFirst
    ) throws(ConvolutionError) {
        guard rank != nil || weightShape.count >= 3 else {
            throw .weightRank(weightShape: weightShape, inputShape: inputShape)
        }
        try self.init(
            rank: rank ?? weightShape.count - 2, inputShape, weightShape, biasShape, stride.convolutionExtents,
            padding.convolutionPadding, dilation.convolutionExtents, groups, layout)
    }

    /// The same with all types settled.
    init(
        rank: Int, _ inputShape: [Int], _ weightShape: [Int], _ biasShape: [Int]?, _ stride: Extents,
        _ padding: Padding, _ dilation: Extents, _ groups: Int, _ layout: TensorLayout
    ) throws(ConvolutionError) {
        try ConvolutionProblem.checkRanks(inputShape: inputShape, weightShape: weightShape, rank: rank)
        let isUnbatched = inputShape.count == rank + 1
        let inputChannels = inputShape[layout.channelAxis(count: inputShape.count, rank: rank)]
        let firstAxis = layout.widthAxis(count: inputShape.count) - rank + 1
        let stride = try stride.resolved(rank: rank, absent: 1, parameter: "stride")
        let dilation = try dilation.resolved(rank: rank, absent: 1, parameter: "dilation")
        try ConvolutionProblem.checkSigns(rank: rank, stride: stride, dilation: dilation, groups: groups)
        try ConvolutionProblem.checkChannels(
            inputShape: inputShape, weightShape: weightShape, biasShape: biasShape, isUnbatched: isUnbatched,
            channels: inputChannels, groups: groups)
        let kernel = Axes(rank: rank, absent: 1) { weightShape[2 + $0] }
        guard kernel.allSatisfy({ $0 > 0 }) else { throw .emptyKernel(kernel.values(rank: rank)) }
        let padding = try padding.resolved(rank: rank, kernel: kernel, stride: stride, dilation: dilation)
        try self.init(
            .convolution, rank: rank, batch: isUnbatched ? 1 : inputShape[0], inputChannels: inputChannels,
            outputChannels: weightShape[0], groups: groups, isUnbatched: isUnbatched, layout: layout,
            UncheckedAxis.axes(
                input: Axes(rank: rank, absent: 1) { inputShape[firstAxis + $0] }, kernel: kernel, stride: stride,
                dilation: dilation, padding: padding))
    }

    /// The same operation on another input: `batch` images of `size`, one value per axis, first axis first.
    ///
    /// The problem returned is unbatched if this one is and `batch` is 1.
    ///
    /// - Throws: `ConvolutionError.valueCount` unless `size` has as many values as the problem has axes, and what
    ///   `init` throws for the new input.
    public func with(batch: Int, size: [Int]) throws(ConvolutionError) -> ConvolutionProblem {
        guard size.count == rank else { throw .valueCount(parameter: "size", rank: rank, values: size) }
        guard batch >= 0, size.allSatisfy({ $0 >= 0 }) else {
            throw .negativeExtent(
                tensor: "input", shape: layout.shape(batch: batch, channels: inputChannels, size: size))
        }
        return try ConvolutionProblem(
            operation, rank: rank, batch: batch, inputChannels: inputChannels, outputChannels: outputChannels,
            groups: groups,
            isUnbatched: isUnbatched && batch == 1, layout: layout,
            axes.zip(Axes(rank: rank, absent: 1) { size[$0] }) { UncheckedAxis($0, input: $1) })
    }

    /// The convolution of these extents, whose signs and groups have been checked.
    init(
        _ operation: ConvolutionOperation, rank: Int, batch: Int, inputChannels: Int, outputChannels: Int, groups: Int,
        isUnbatched: Bool,
        layout: TensorLayout, _ axes: Axes<UncheckedAxis>
    ) throws(ConvolutionError) {
        guard batch == 0 || axes.allSatisfy({ $0.input > 0 }) else {
            throw .emptyInput(
                inputShape: layout.shape(
                    batch: batch, channels: inputChannels, size: axes.map(\.input).values(rank: rank)))
        }
        let checked =
            switch operation.storage {
            case .convolution: try ConvolutionProblem.checked(axes, rank: rank)
            case .transposed: try ConvolutionProblem.checkedTransposed(axes, rank: rank)
            }
        self.operation = operation
        self.rank = rank
        self.batch = batch
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.groups = groups
        self.isUnbatched = isUnbatched
        self.layout = layout
        (depth, height, width) = (checked.depth, checked.height, checked.width)
        inputCount = try ConvolutionProblem.count(
            "input", batch, inputChannels, checked.map(\.input), rank: rank)
        outputCount = try ConvolutionProblem.count(
            "output", batch, outputChannels, checked.map(\.output), rank: rank)
        weightCount = try ConvolutionProblem.count(
            "weight", operation == .transposed ? inputChannels : outputChannels,
            (operation == .transposed ? outputChannels : inputChannels) / groups, checked.map(\.kernel), rank: rank)
        if operation == .transposed {
            try ConvolutionProblem.checkTransposedLoops(checked, channels: max(inputChannels, outputChannels))
        } else {
            try ConvolutionProblem.checkLoops(height: height, width: width, channels: inputChannels)
        }
        try checkWork()
    }
}
