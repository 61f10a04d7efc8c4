// SPDX-License-Identifier: Apache-2.0

/// Why a convolution can't be computed. Each case carries the numbers that explain it; `description` says it in one
/// sentence, in PyTorch's words where PyTorch has the same error, and so does `localizedDescription`.
public enum ConvolutionError: Error, Equatable, Sendable {
    // MARK: Shapes

    /// A convolution has 1 or 2 spatial axes, not `rank`.
    case unsupportedRank(Int)
    /// The input of a convolution with `rank` spatial axes is neither (N, C, *size) nor (C, *size).
    case inputRank(rank: Int, inputShape: [Int])
    /// The weight isn't (K, C / groups, *kernel). `inputShape` has its batch axis.
    case weightRank(weightShape: [Int], inputShape: [Int])
    /// An extent is negative.
    case negativeExtent(tensor: String, shape: [Int])
    /// The input has `got` channels where the weight and the groups make it `expected`.
    case channelMismatch(groups: Int, weightShape: [Int], inputShape: [Int], expected: Int, got: Int)
    /// The weight has fewer output channels than there are groups, or none.
    case tooFewOutputChannels(groups: Int, weightShape: [Int])
    /// The groups don't divide the output channels of the weight.
    case outputChannelsNotDivisible(groups: Int, weightShape: [Int])
    /// The bias isn't one axis with one element per output channel.
    case biasShape(weightShape: [Int], biasShape: [Int])
    /// An extent of the kernel is 0.
    case emptyKernel([Int])
    /// A spatial extent of the input is 0 though the batch isn't.
    case emptyInput(inputShape: [Int])
    /// The padded input is smaller than the dilated kernel.
    case kernelExceedsInput(paddedSize: [Int], kernelSize: [Int])

    // MARK: Parameters

    /// A parameter has neither one value nor one per spatial axis (for padding in pairs: one pair, or one per axis).
    case valueCount(parameter: String, rank: Int, values: [Int])
    /// A stride is below 1.
    case nonPositiveStride([Int])
    /// A dilation is below 1.
    case nonPositiveDilation([Int])
    /// The number of groups is below 1.
    case nonPositiveGroups(Int)
    /// A padding is below 0. Padding in pairs is listed before, after, before, after.
    case negativePadding([Int])
    /// `Padding.same` with a stride above 1.
    case samePaddingWithStride([Int])
    /// A padding word other than "same" and "valid".
    case unknownPadding(String)
    /// A padding mode other than those of `PaddingMode`.
    case unknownPaddingMode(String)

    // MARK: Modules

    /// The groups of a module don't divide its input channels, or these are negative.
    case invalidInputChannels(Int, groups: Int)
    /// The groups of a module don't divide its output channels, or these are below 1.
    case invalidOutputChannels(Int, groups: Int)
    /// Reflection needs a padding smaller than the input on every axis; `axis` counts from the batch, which is 0.
    case reflectionExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int])
    /// Wrapping around needs a padding of at most the input's size; `axis` counts from the batch, which is 0.
    case wrapExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int])
    /// A state dict has no tensor of this name.
    case missingParameter(String)
    /// A state dict has a tensor of this name, and the module has no such parameter.
    case unexpectedParameter(String)
    /// The tensor of this name in a state dict can't be a parameter of the module; `error` says why.
    indirect case stateDict(name: String, shape: [Int], error: ConvolutionError)
    /// The weight of a module with `rank` spatial axes isn't (K, C / groups, *kernel).
    case moduleWeightRank(rank: Int, weightShape: [Int])
    /// A parameter of a module has another shape than the module.
    case parameterShape(name: String, expected: [Int], got: [Int])

    // MARK: Sizes and memory

    /// A size doesn't fit in `Int`.
    case sizeOverflow(quantity: String, values: [Int])
    /// The system has no memory for a buffer of `bytes`.
    case outOfMemory(bytes: Int)
    /// `count` elements don't make a tensor of `shape`.
    case elementCount(count: Int, shape: [Int])
    /// `got` bytes don't make a tensor of `shape`, which takes `expected`.
    case byteCount(expected: Int, got: Int, shape: [Int])
    /// No range of numbers goes from `start` to `end` by `step`: the step is zero, or one of the three is not finite.
    case unsupportedRange(start: Double, end: Double, step: Double)
    /// A tensor isn't the one of the problem that was planned.
    case shapeMismatch(tensor: String, expected: [Int], got: [Int])
    /// A buffer has another number of elements than its tensor.
    case countMismatch(tensor: String, expected: Int, got: Int)

    // MARK: Plans

    /// The algorithm can't compute this problem.
    case algorithmNotApplicable(Algorithm, reason: String)
    /// The instruction set isn't among those of this processor and operating system.
    case instructionSetUnavailable(InstructionSet, available: [InstructionSet])
    /// The executor isn't part of this build or isn't on this machine.
    case executorUnavailable(ExecutorKind, reason: String)
    /// A plan needs at least one thread.
    case invalidThreadCount(Int)
    /// The algorithm needs more workspace than the limit allows.
    case workspaceLimitExceeded(algorithm: Algorithm, bytes: Int, limit: Int)
    /// The file that tunings are to be remembered in can't be read or written, or is something else.
    case tuningFile(path: String, reason: String)
    /// The system would not read or write the file that tunings are to be remembered in: the disk is full.
    indirect case tuningFileFailure(FileError)

    /// Whether the system would not, and not the call is wrong: the same may succeed with more memory or space.
    public var isSystemFailure: Bool {
        switch self {
        case .outOfMemory, .tuningFileFailure: true
        default: false
        }
    }
}
