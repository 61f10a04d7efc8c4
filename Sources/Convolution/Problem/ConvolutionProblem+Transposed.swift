// SPDX-License-Identifier: Apache-2.0

extension ConvolutionProblem {
    /// The transposed convolution of an input of `inputShape` with a weight of `weightShape`: the gradient of the
    /// convolution with that weight with respect to its input.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size) for an unbatched input; (N, *size, C) or (*size, C) with channels
    ///     last. N may be 0; sizes may be 0 only if N is.
    ///   - weightShape: (C, K / groups, *kernel).
    ///   - biasShape: (K), or `nil` without a bias.
    ///   - rank: Spatial axes: 1 to 3; `nil` for as many as the weight has.
    ///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1: an Int or one per
    ///     axis.
    ///   - padding: Outputs that are left out at both ends of each axis: an Int, one per axis, or pairs; no word.
    ///   - outputPadding: What is added to the output's size at its end, smaller than the stride or than the dilation: an
    ///     Int or one per axis.
    ///   - groups: At least 1; divides C.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1: an Int or one per axis.
    ///   - layout: The order of the axes of input and output.
    /// - Returns: A problem whose output has, on each axis, (size - 1) * stride - before - after + dilation * (kernel - 1)
    ///   + outputPadding + 1 elements.
    /// - Throws: The `ConvolutionError` of what is wrong first, with its numbers.
    public static func transposed(
        inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, rank: Int? = nil,
        stride: some ExtentsConvertible = 1, padding: some PaddingConvertible = 0,
        outputPadding: some ExtentsConvertible = 0, groups: Int = 1, dilation: some ExtentsConvertible = 1,
        layout: TensorLayout = .channelsFirst
    ) throws(ConvolutionError) -> ConvolutionProblem {
        guard rank != nil || weightShape.count >= 3 else {
            throw .weightRank(weightShape: weightShape, inputShape: inputShape)
        }
        return try ConvolutionProblem(
            transposedOfRank: rank ?? weightShape.count - 2, inputShape, weightShape, biasShape,
            TransposedParameters(
                stride: stride.convolutionExtents, padding: padding.convolutionPadding,
                outputPadding: .padding(outputPadding.convolutionExtents), dilation: dilation.convolutionExtents,
                groups: groups, layout: layout))
    }

    /// The same whose output has a size that is given, in place of the output padding that makes it.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size) for an unbatched input; (N, *size, C) or (*size, C) with channels
    ///     last. N may be 0; sizes may be 0 only if N is.
    ///   - weightShape: (C, K / groups, *kernel).
    ///   - biasShape: (K), or `nil` without a bias.
    ///   - rank: Spatial axes: 1 to 3; `nil` for as many as the weight has.
    ///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1: an Int or one per
    ///     axis.
    ///   - padding: Outputs that are left out at both ends of each axis: an Int, one per axis, or pairs; no word.
    ///   - outputSize: An extent for each axis, before which N and K may stand, or K of an unbatched output: from
    ///     (size - 1) * stride - before - after + dilation * (kernel - 1) + 1 to that plus stride - 1.
    ///   - groups: At least 1; divides C.
    ///   - dilation: Distance between the outputs of neighbouring taps, at least 1: an Int or one per axis.
    ///   - layout: The order of the axes of input and output.
    /// - Returns: A problem whose output has that size.
    /// - Throws: `ConvolutionError.outputSize` for any other size, and else what the problem with an output padding throws.
    public static func transposed(
        inputShape: [Int], weightShape: [Int], biasShape: [Int]? = nil, rank: Int? = nil,
        stride: some ExtentsConvertible = 1, padding: some PaddingConvertible = 0, outputSize: [Int], groups: Int = 1,
        dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst
    ) throws(ConvolutionError) -> ConvolutionProblem {
        guard rank != nil || weightShape.count >= 3 else {
            throw .weightRank(weightShape: weightShape, inputShape: inputShape)
        }
        return try ConvolutionProblem(
            transposedOfRank: rank ?? weightShape.count - 2, inputShape, weightShape, biasShape,
            TransposedParameters(
                stride: stride.convolutionExtents, padding: padding.convolutionPadding,
                outputPadding: .size(outputSize), dilation: dilation.convolutionExtents, groups: groups,
                layout: layout))
    }

    /// What describes a transposed convolution beside its tensors.
    struct TransposedParameters {
        var stride: Extents
        var padding: Padding
        var outputPadding: OutputPadding
        var dilation: Extents
        var groups: Int
        var layout: TensorLayout
    }

    /// What the output has beyond the smallest that the input can have come from.
    enum OutputPadding {
        case padding(Extents)
        /// As much as makes an output of this size: a value for each axis, or as many as the input has.
        case size([Int])
    }

    /// The same with all types settled.
    init(
        transposedOfRank rank: Int, _ inputShape: [Int], _ weightShape: [Int], _ biasShape: [Int]?,
        _ parameters: TransposedParameters
    ) throws(ConvolutionError) {
        let (groups, layout) = (parameters.groups, parameters.layout)
        try ConvolutionProblem.checkRanks(
            inputShape: inputShape, weightShape: weightShape, rank: rank, operation: .transposed)
        let isUnbatched = inputShape.count == rank + 1
        let inputChannels = inputShape[layout.channelAxis(count: inputShape.count, rank: rank)]
        let firstAxis = layout.widthAxis(count: inputShape.count) - rank + 1
        let stride = try parameters.stride.resolved(rank: rank, absent: 1, parameter: "stride")
        let dilation = try parameters.dilation.resolved(rank: rank, absent: 1, parameter: "dilation")
        try ConvolutionProblem.checkSigns(rank: rank, stride: stride, dilation: dilation, groups: groups)
        let outputChannels = try ConvolutionProblem.checkTransposedChannels(
            inputShape: isUnbatched ? [1] + inputShape : inputShape, weightShape: weightShape, biasShape: biasShape,
            channels: inputChannels, groups: groups)
        let kernel = Axes(rank: rank, absent: 1) { weightShape[2 + $0] }
        guard kernel.allSatisfy({ $0 > 0 }) else { throw .emptyKernel(kernel.values(rank: rank)) }
        let padding = try parameters.padding.resolvedForTransposed(rank: rank, kernel: kernel)
        let input = Axes(rank: rank, absent: 1) { inputShape[firstAxis + $0] }
        let plain = UncheckedAxis.axes(
            input: input, kernel: kernel, stride: stride, dilation: dilation, padding: padding)
        let outputPadding: Axes<Int>
        switch parameters.outputPadding {
        case .padding(let extents):
            outputPadding = try extents.resolved(rank: rank, absent: 0, parameter: "output_padding")
            try ConvolutionProblem.check(
                outputPadding: outputPadding, stride: stride, dilation: dilation, rank: rank)
        case .size(let size):
            outputPadding = try ConvolutionProblem.outputPadding(size, plain, rank: rank, isUnbatched: isUnbatched)
        }
        try self.init(
            .transposed, rank: rank, batch: isUnbatched ? 1 : inputShape[0], inputChannels: inputChannels,
            outputChannels: outputChannels, groups: groups, isUnbatched: isUnbatched, layout: layout,
            UncheckedAxis.axes(
                input: input, kernel: kernel, stride: stride, dilation: dilation, padding: padding,
                outputPadding: outputPadding))
    }

    /// Checks an output padding.
    static func check(
        outputPadding: Axes<Int>, stride: Axes<Int>, dilation: Axes<Int>, rank: Int
    ) throws(ConvolutionError) {
        guard outputPadding.allSatisfy({ $0 >= 0 }) else {
            throw .negativeOutputPadding(outputPadding.values(rank: rank))
        }
        guard outputPadding.zip(stride.zip(dilation, max), <).allSatisfy({ $0 }) else {
            throw .outputPadding(
                outputPadding.values(rank: rank), stride: stride.values(rank: rank),
                dilation: dilation.values(rank: rank))
        }
    }

    /// Checks what channels and groups have to do with the shapes.
    ///
    /// - Parameter inputShape: With its batch axis.
    /// - Returns: K.
    private static func checkTransposedChannels(
        inputShape: [Int], weightShape: [Int], biasShape: [Int]?, channels: Int, groups: Int
    ) throws(ConvolutionError) -> Int {
        guard weightShape[0] >= groups, weightShape[0] % groups == 0 else {
            throw .inputChannelsNotDivisible(groups: groups, weightShape: weightShape)
        }
        guard channels == weightShape[0] else {
            throw .transposedChannelMismatch(
                weightShape: weightShape, inputShape: inputShape, expected: weightShape[0], got: channels)
        }
        guard weightShape[1] > 0 else { throw .noTransposedOutputChannels(groups: groups, weightShape: weightShape) }
        let outputChannels = try (CheckedSize(weightShape[1]) * groups)
            .get("the number of output channels", [weightShape[1], groups])
        if let biasShape, biasShape != [outputChannels] {
            throw .transposedBiasShape(weightShape: weightShape, groups: groups, biasShape: biasShape)
        }
        return outputChannels
    }

    /// The output padding that makes an output of a size: of `rank` values, which N and C may come before, or C where the
    /// input is unbatched.
    private static func outputPadding(
        _ size: [Int], _ axes: Axes<UncheckedAxis>, rank: Int, isUnbatched: Bool
    ) throws(ConvolutionError) -> Axes<Int> {
        guard size.count == rank || size.count == rank + (isUnbatched ? 1 : 2) else {
            throw .valueCount(parameter: "output_size", rank: rank, values: size)
        }
        let least = try axes.map { (axis) throws(ConvolutionError) in try axis.transposedOutput() }
        let most = try least.zip(axes) { (least, axis) throws(ConvolutionError) in
            try CheckedSize.sum(least, axis.stride - 1, of: "the output size")
        }
        let requested = Axes(rank: rank, absent: 1) { size[size.count - rank + $0] }
        guard requested.zip(least, >=).allSatisfy({ $0 }), requested.zip(most, <=).allSatisfy({ $0 }) else {
            throw .outputSize(
                requested.values(rank: rank), least: least.values(rank: rank), most: most.values(rank: rank),
                inputSize: axes.map(\.input).values(rank: rank))
        }
        return requested.zip(least, -)
    }

    /// The axes of a transposed convolution with their outputs.
    static func checkedTransposed(_ axes: Axes<UncheckedAxis>, rank: Int) throws(ConvolutionError) -> Axes<Axis> {
        let output = try axes.map { (axis) throws(ConvolutionError) in try axis.transposedOutput() }
        guard output.allSatisfy({ $0 > 0 }) else {
            throw .outputTooSmall(
                inputSize: axes.map(\.input).values(rank: rank), outputSize: output.values(rank: rank))
        }
        return axes.zip(output) { axis, output in
            Axis(
                input: axis.input, kernel: axis.kernel, stride: axis.stride, dilation: axis.dilation,
                before: axis.padding.before, after: axis.padding.after, output: output,
                outputPadding: axis.outputPadding)
        }
    }

    /// Checks the offsets into input and output: those of the convolution that it is the gradient of, and of the first output
    /// of each phase of a stride, which is less than a stride and a kernel behind the last one.
    static func checkTransposedLoops(_ axes: Axes<Axis>, channels: Int) throws(ConvolutionError) {
        var element = CheckedSize(max(channels, 1))
        for axis in [axes.width, axes.height, axes.depth] {
            let stride = axis.input == 1 ? 1 : axis.stride
            let reach = CheckedSize(axis.kernel - 1) * axis.dilation + 1
            let last = (reach + stride + axis.before + axis.output) * 2
            _ = try (last * element).floats(
                "an offset into the output", [axis.stride, axis.dilation, axis.kernel, axis.before])
            element = element * max(axis.input, axis.output, 1)
        }
        func mirrored(_ axis: Axis) -> Axis {
            Axis(
                input: max(axis.input, axis.output), kernel: axis.kernel, stride: axis.input == 1 ? 1 : axis.stride,
                dilation: axis.dilation, before: axis.before, after: axis.after, output: max(axis.input, axis.output))
        }
        try checkLoops(height: mirrored(axes.height), width: mirrored(axes.width), channels: channels)
    }
}

extension ConvolutionProblem.UncheckedAxis {
    /// The extent of a transposed convolution's output, which may be below 1.
    func transposedOutput() throws(ConvolutionError) -> Int {
        let values = [input, stride, padding.before, padding.after, dilation, kernel, outputPadding]
        func checked(_ size: CheckedSize) throws(ConvolutionError) -> Int {
            try size.get("the output size", values)
        }
        let span = try checked(CheckedSize(dilation) * (kernel - 1) + outputPadding + 1)
        let reach = try checked(CheckedSize(stride) * (input - 1) + span)
        return try reach - checked(CheckedSize(padding.before) + padding.after)
    }
}

extension Padding {
    /// What is left out at the ends of each axis of a transposed convolution's output.
    func resolvedForTransposed(rank: Int, kernel: Axes<Int>) throws(ConvolutionError) -> Axes<AxisPadding> {
        switch storage {
        case .same, .valid, .causal: throw .paddingWordTransposed(description)
        case .symmetric, .pairs:
            // Strides and dilations have a say in words alone.
            let ones = kernel.map { _ in 1 }
            return try resolved(rank: rank, kernel: kernel, stride: ones, dilation: ones)
        }
    }
}
