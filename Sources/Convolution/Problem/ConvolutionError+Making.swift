// SPDX-License-Identifier: Apache-2.0

extension ConvolutionError {
    // MARK: Shapes

    /// A convolution has 1 to 3 spatial axes, not `rank`.
    public static func unsupportedRank(_ rank: Int) -> Self { Self(.unsupportedRank(rank)) }

    /// The input of a convolution with `rank` spatial axes is neither (N, C, *size) nor (C, *size).
    public static func inputRank(
        rank: Int, inputShape: [Int], operation: ConvolutionOperation = .convolution
    ) -> Self {
        Self(.inputRank(rank: rank, inputShape: inputShape, operation: operation))
    }

    /// The weight isn't (K, C / groups, *kernel), of a transposed convolution (C, K / groups, *kernel). `inputShape`
    /// has its batch axis.
    public static func weightRank(weightShape: [Int], inputShape: [Int]) -> Self {
        Self(.weightRank(weightShape: weightShape, inputShape: inputShape))
    }

    /// An extent is negative.
    public static func negativeExtent(tensor: String, shape: [Int]) -> Self {
        Self(.negativeExtent(tensor: tensor, shape: shape))
    }

    /// The input has `got` channels where the weight and the groups make it `expected`.
    public static func channelMismatch(
        groups: Int, weightShape: [Int], inputShape: [Int], expected: Int, got: Int
    ) -> Self {
        Self(
            .channelMismatch(
                groups: groups, weightShape: weightShape, inputShape: inputShape, expected: expected, got: got))
    }

    /// The weight has fewer output channels than there are groups, or none.
    public static func tooFewOutputChannels(groups: Int, weightShape: [Int]) -> Self {
        Self(.tooFewOutputChannels(groups: groups, weightShape: weightShape))
    }

    /// The groups don't divide the output channels of the weight.
    public static func outputChannelsNotDivisible(groups: Int, weightShape: [Int]) -> Self {
        Self(.outputChannelsNotDivisible(groups: groups, weightShape: weightShape))
    }

    /// The bias isn't one axis with one element per output channel.
    public static func biasShape(weightShape: [Int], biasShape: [Int]) -> Self {
        Self(.biasShape(weightShape: weightShape, biasShape: biasShape))
    }

    /// An extent of the kernel is 0.
    public static func emptyKernel(_ sizes: [Int]) -> Self { Self(.emptyKernel(sizes)) }

    /// A spatial extent of the input is 0 though the batch isn't.
    public static func emptyInput(inputShape: [Int]) -> Self { Self(.emptyInput(inputShape: inputShape)) }

    /// The padded input is smaller than the dilated kernel.
    public static func kernelExceedsInput(paddedSize: [Int], kernelSize: [Int]) -> Self {
        Self(.kernelExceedsInput(paddedSize: paddedSize, kernelSize: kernelSize))
    }

    /// The input of a transposed convolution has `got` channels where the weight, (C, K / groups, *kernel), makes it
    /// `expected`. Its code is that of `channelMismatch`.
    public static func transposedChannelMismatch(
        weightShape: [Int], inputShape: [Int], expected: Int, got: Int
    ) -> Self {
        Self(
            .transposedChannelMismatch(weightShape: weightShape, inputShape: inputShape, expected: expected, got: got))
    }

    /// The groups don't divide the input channels of a transposed convolution's weight, or it has none.
    public static func inputChannelsNotDivisible(groups: Int, weightShape: [Int]) -> Self {
        Self(.inputChannelsNotDivisible(groups: groups, weightShape: weightShape))
    }

    /// The weight of a transposed convolution has no output channels. Its code is that of `tooFewOutputChannels`.
    public static func noTransposedOutputChannels(groups: Int, weightShape: [Int]) -> Self {
        Self(.noTransposedOutputChannels(groups: groups, weightShape: weightShape))
    }

    /// The bias of a transposed convolution isn't one axis with one element per output channel. Its code is that of
    /// `biasShape`.
    public static func transposedBiasShape(weightShape: [Int], groups: Int, biasShape: [Int]) -> Self {
        Self(.transposedBiasShape(weightShape: weightShape, groups: groups, biasShape: biasShape))
    }

    /// An extent of a transposed convolution's output is below 1.
    public static func outputTooSmall(inputSize: [Int], outputSize: [Int]) -> Self {
        Self(.outputTooSmall(inputSize: inputSize, outputSize: outputSize))
    }

    /// The input of a pooling along `rank` axes is neither (N, C, *size) nor (C, *size). Its code is that of `inputRank`.
    public static func poolingInputRank(rank: Int, inputShape: [Int]) -> Self {
        Self(.poolingInputRank(rank: rank, inputShape: inputShape))
    }

    // MARK: Parameters

    /// A parameter has neither one value nor one per spatial axis (for padding in pairs: one pair, or one per axis).
    public static func valueCount(parameter: String, rank: Int, values: [Int]) -> Self {
        Self(.valueCount(parameter: parameter, rank: rank, values: values))
    }

    /// A stride is below 1.
    public static func nonPositiveStride(_ values: [Int]) -> Self { Self(.nonPositiveStride(values)) }

    /// A dilation is below 1.
    public static func nonPositiveDilation(_ values: [Int]) -> Self { Self(.nonPositiveDilation(values)) }

    /// The number of groups is below 1.
    public static func nonPositiveGroups(_ groups: Int) -> Self { Self(.nonPositiveGroups(groups)) }

    /// A padding is below 0. Padding in pairs is listed before, after, before, after.
    public static func negativePadding(_ values: [Int]) -> Self { Self(.negativePadding(values)) }

    /// `Padding.same` with a stride above 1.
    public static func samePaddingWithStride(_ stride: [Int]) -> Self { Self(.samePaddingWithStride(stride)) }

    /// A padding word other than "same" and "valid".
    public static func unknownPadding(_ word: String) -> Self { Self(.unknownPadding(word)) }

    /// A padding mode other than those of `PaddingMode`.
    public static func unknownPaddingMode(_ word: String) -> Self { Self(.unknownPaddingMode(word)) }

    /// The padding of a transposed convolution is the word.
    public static func paddingWordTransposed(_ word: String) -> Self { Self(.paddingWordTransposed(word)) }

    /// The padding mode of a transposed convolution of `rank` axes isn't zeros.
    public static func paddingModeTransposed(rank: Int, _ word: String) -> Self {
        Self(.paddingModeTransposed(rank: rank, word: word))
    }

    /// An output padding is below 0.
    public static func negativeOutputPadding(_ values: [Int]) -> Self { Self(.negativeOutputPadding(values)) }

    /// An output padding is smaller than neither the stride nor the dilation.
    public static func outputPadding(_ values: [Int], stride: [Int], dilation: [Int]) -> Self {
        Self(.outputPadding(values, stride: stride, dilation: dilation))
    }

    /// An output size was asked for that is not between `least` and `most` on each axis.
    public static func outputSize(_ requested: [Int], least: [Int], most: [Int], inputSize: [Int]) -> Self {
        Self(.outputSize(requested, least: least, most: most, inputSize: inputSize))
    }

    /// The padding of a pooling is more than half of its kernel.
    public static func poolingPadding(_ values: [Int], kernelSize: [Int]) -> Self {
        Self(.poolingPadding(values, kernelSize: kernelSize))
    }

    /// A tensor of `shape` has no axis of this number.
    public static func axisOutOfRange(_ axis: Int, shape: [Int]) -> Self {
        Self(.axisOutOfRange(axis, shape: shape))
    }

    // MARK: Modules

    /// The groups of a module don't divide its input channels, or these are negative.
    public static func invalidInputChannels(_ channels: Int, groups: Int) -> Self {
        Self(.invalidInputChannels(channels, groups: groups))
    }

    /// The groups of a module don't divide its output channels, or these are below 1.
    public static func invalidOutputChannels(_ channels: Int, groups: Int) -> Self {
        Self(.invalidOutputChannels(channels, groups: groups))
    }

    /// Reflection needs a padding smaller than the input on every axis; `axis` counts from the batch, which is 0.
    public static func reflectionExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int]) -> Self {
        Self(.reflectionExceedsInput(padding: padding, axis: axis, inputShape: inputShape))
    }

    /// Wrapping around needs a padding of at most the input's size; `axis` counts from the batch, which is 0.
    public static func wrapExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int]) -> Self {
        Self(.wrapExceedsInput(padding: padding, axis: axis, inputShape: inputShape))
    }

    /// A state dict has no tensor of this name.
    public static func missingParameter(_ name: String) -> Self { Self(.missingParameter(name)) }

    /// A state dict has a tensor of this name, and the module has no such parameter.
    public static func unexpectedParameter(_ name: String) -> Self { Self(.unexpectedParameter(name)) }

    /// The tensor of this name in a state dict can't be a parameter of the module; `error` says why.
    public static func stateDict(name: String, shape: [Int], error: ConvolutionError) -> Self {
        Self(.stateDict(name: name, shape: shape, error: error))
    }

    /// The weight of a module with `rank` spatial axes isn't (K, C / groups, *kernel), of a transposed one
    /// (C, K / groups, *kernel).
    public static func moduleWeightRank(
        rank: Int, weightShape: [Int], operation: ConvolutionOperation = .convolution
    ) -> Self {
        Self(.moduleWeightRank(rank: rank, weightShape: weightShape, operation: operation))
    }

    /// A parameter of a module has another shape than the module.
    public static func parameterShape(name: String, expected: [Int], got: [Int]) -> Self {
        Self(.parameterShape(name: name, expected: expected, got: got))
    }

    // MARK: Sizes and memory

    /// A size doesn't fit in `Int`.
    public static func sizeOverflow(quantity: String, values: [Int]) -> Self {
        Self(.sizeOverflow(quantity: quantity, values: values))
    }

    /// The system has no memory for a buffer of `bytes`.
    public static func outOfMemory(bytes: Int) -> Self { Self(.outOfMemory(bytes: bytes)) }

    /// `count` elements don't make a tensor of `shape`.
    public static func elementCount(count: Int, shape: [Int]) -> Self {
        Self(.elementCount(count: count, shape: shape))
    }

    /// `got` bytes don't make a tensor of `shape`, which takes `expected`.
    public static func byteCount(expected: Int, got: Int, shape: [Int]) -> Self {
        Self(.byteCount(expected: expected, got: got, shape: shape))
    }

    /// No range of numbers goes from `start` to `end` by `step`: the step is zero, or one of the three is not finite.
    public static func unsupportedRange(start: Double, end: Double, step: Double) -> Self {
        Self(.unsupportedRange(start: start, end: end, step: step))
    }

    /// A tensor isn't the one of the problem that was planned.
    public static func shapeMismatch(tensor: String, expected: [Int], got: [Int]) -> Self {
        Self(.shapeMismatch(tensor: tensor, expected: expected, got: got))
    }

    /// A buffer has another number of elements than its tensor.
    public static func countMismatch(tensor: String, expected: Int, got: Int) -> Self {
        Self(.countMismatch(tensor: tensor, expected: expected, got: got))
    }

    // MARK: Plans

    /// The algorithm can't compute this problem.
    public static func algorithmNotApplicable(_ algorithm: Algorithm, reason: String) -> Self {
        Self(.algorithmNotApplicable(algorithm, reason: reason))
    }

    /// The instruction set isn't among those of this processor and operating system.
    public static func instructionSetUnavailable(
        _ instructionSet: InstructionSet, available: [InstructionSet]
    ) -> Self {
        Self(.instructionSetUnavailable(instructionSet, available: available))
    }

    /// The executor isn't part of this build or isn't on this machine.
    public static func executorUnavailable(_ executor: ExecutorKind, reason: String) -> Self {
        Self(.executorUnavailable(executor, reason: reason))
    }

    /// A plan needs at least one thread.
    public static func invalidThreadCount(_ threads: Int) -> Self { Self(.invalidThreadCount(threads)) }

    /// The algorithm needs more workspace than the limit allows.
    public static func workspaceLimitExceeded(algorithm: Algorithm, bytes: Int, limit: Int) -> Self {
        Self(.workspaceLimitExceeded(algorithm: algorithm, bytes: bytes, limit: limit))
    }

    /// The workspace that a run is given has fewer bytes than the plan needs.
    public static func workspaceTooSmall(bytes: Int, expected: Int) -> Self {
        Self(.workspaceTooSmall(bytes: bytes, expected: expected))
    }

    /// The workspace that a run is given does not begin at a multiple of `alignment` bytes.
    public static func workspaceMisaligned(address: UInt, alignment: Int) -> Self {
        Self(.workspaceMisaligned(address: address, alignment: alignment))
    }

    /// The file that tunings are to be remembered in can't be read or written, or is something else.
    public static func tuningFile(path: String, reason: String) -> Self {
        Self(.tuningFile(path: path, reason: reason))
    }

    /// The system would not read or write the file that tunings are to be remembered in: the disk is full.
    public static func tuningFileFailure(_ error: FileError) -> Self { Self(.tuningFileFailure(error)) }
}
