// SPDX-License-Identifier: Apache-2.0

// What an error names, each nil where an error names no such thing. A later version may name more.
extension ConvolutionError {
    // MARK: Shapes and sizes

    /// The shape of the input, as it was given or with its batch axis.
    public var inputShape: [Int]? {
        switch storage {
        case .inputRank(_, let shape, _), .weightRank(_, let shape), .channelMismatch(_, _, let shape, _, _),
            .transposedChannelMismatch(_, let shape, _, _), .emptyInput(let shape), .poolingInputRank(_, let shape),
            .reflectionExceedsInput(_, _, let shape), .wrapExceedsInput(_, _, let shape):
            shape
        default: nil
        }
    }

    /// The shape of the weight.
    public var weightShape: [Int]? {
        switch storage {
        case .weightRank(let shape, _), .channelMismatch(_, let shape, _, _, _), .tooFewOutputChannels(_, let shape),
            .outputChannelsNotDivisible(_, let shape), .biasShape(let shape, _), .moduleWeightRank(_, let shape, _),
            .transposedChannelMismatch(let shape, _, _, _), .inputChannelsNotDivisible(_, let shape),
            .noTransposedOutputChannels(_, let shape), .transposedBiasShape(let shape, _, _):
            shape
        default: nil
        }
    }

    /// The shape of the tensor that is wrong: the one that ``name`` names, a bias, or one that was to be made.
    public var shape: [Int]? {
        switch storage {
        case .negativeExtent(_, let shape), .biasShape(_, let shape), .transposedBiasShape(_, _, let shape),
            .stateDict(_, let shape, _),
            .parameterShape(_, _, let shape), .elementCount(_, let shape), .byteCount(_, _, let shape),
            .shapeMismatch(_, _, let shape), .axisOutOfRange(_, let shape):
            shape
        default: nil
        }
    }

    /// What ``shape`` should be.
    public var expectedShape: [Int]? {
        switch storage {
        case .parameterShape(_, let shape, _), .shapeMismatch(_, let shape, _): shape
        default: nil
        }
    }

    /// How many channels, elements or threads there are.
    public var count: Int? {
        switch storage {
        case .channelMismatch(_, _, _, _, let count), .transposedChannelMismatch(_, _, _, let count),
            .invalidInputChannels(let count, _),
            .invalidOutputChannels(let count, _), .elementCount(let count, _), .countMismatch(_, _, let count),
            .invalidThreadCount(let count):
            count
        default: nil
        }
    }

    /// How many there should be.
    public var expectedCount: Int? {
        switch storage {
        case .channelMismatch(_, _, _, let count, _), .transposedChannelMismatch(_, _, let count, _),
            .countMismatch(_, let count, _):
            count
        default: nil
        }
    }

    /// How many bytes there are, or were asked for.
    public var bytes: Int? {
        switch storage {
        case .outOfMemory(let bytes), .byteCount(_, let bytes, _), .workspaceLimitExceeded(_, let bytes, _),
            .workspaceTooSmall(let bytes, _):
            bytes
        default: nil
        }
    }

    /// How many bytes there should be, or may be at most, or a multiple of which is asked for.
    public var expectedBytes: Int? {
        switch storage {
        case .byteCount(let bytes, _, _), .workspaceLimitExceeded(_, _, let bytes), .workspaceTooSmall(_, let bytes),
            .workspaceMisaligned(_, let bytes):
            bytes
        default: nil
        }
    }

    /// The input's size with its padding, an extent for each spatial axis.
    public var paddedSize: [Int]? {
        if case .kernelExceedsInput(let size, _) = storage { size } else { nil }
    }

    /// The kernel's size, an extent for each spatial axis.
    public var kernelSize: [Int]? {
        switch storage {
        case .emptyKernel(let size), .kernelExceedsInput(_, let size), .poolingPadding(_, let size): size
        default: nil
        }
    }

    // MARK: Parameters

    /// What the error is about: a tensor, a parameter, a quantity, or the word that is none of those that there are.
    public var name: String? {
        switch storage {
        case .negativeExtent(let name, _), .valueCount(let name, _, _), .unknownPadding(let name),
            .unknownPaddingMode(let name), .paddingWordTransposed(let name), .paddingModeTransposed(_, let name),
            .missingParameter(let name), .unexpectedParameter(let name),
            .stateDict(let name, _, _), .parameterShape(let name, _, _), .sizeOverflow(let name, _),
            .shapeMismatch(let name, _, _), .countMismatch(let name, _, _):
            name
        default: nil
        }
    }

    /// The values of the parameter or the quantity, one an axis.
    public var values: [Int]? {
        switch storage {
        case .valueCount(_, _, let values), .nonPositiveStride(let values), .nonPositiveDilation(let values),
            .negativePadding(let values), .samePaddingWithStride(let values), .sizeOverflow(_, let values),
            .negativeOutputPadding(let values), .outputPadding(let values, _, _), .outputSize(let values, _, _, _),
            .outputTooSmall(_, let values), .poolingPadding(let values, _):
            values
        default: nil
        }
    }

    /// The number of groups.
    public var groups: Int? {
        switch storage {
        case .channelMismatch(let groups, _, _, _, _), .tooFewOutputChannels(let groups, _),
            .outputChannelsNotDivisible(let groups, _), .nonPositiveGroups(let groups),
            .invalidInputChannels(_, let groups), .invalidOutputChannels(_, let groups),
            .inputChannelsNotDivisible(let groups, _), .noTransposedOutputChannels(let groups, _),
            .transposedBiasShape(_, let groups, _):
            groups
        default: nil
        }
    }

    /// The number of spatial axes.
    public var rank: Int? {
        switch storage {
        case .unsupportedRank(let rank), .inputRank(let rank, _, _), .poolingInputRank(let rank, _),
            .valueCount(_, let rank, _), .moduleWeightRank(let rank, _, _), .paddingModeTransposed(let rank, _):
            rank
        default: nil
        }
    }

    /// The padding that the input is too small for.
    public var padding: AxisPadding? {
        switch storage {
        case .reflectionExceedsInput(let padding, _, _), .wrapExceedsInput(let padding, _, _): padding
        default: nil
        }
    }

    /// The axis that is padded, counted from the batch, which is 0, or that the tensor doesn't have.
    public var axis: Int? {
        switch storage {
        case .reflectionExceedsInput(_, let axis, _), .wrapExceedsInput(_, let axis, _), .axisOutOfRange(let axis, _):
            axis
        default: nil
        }
    }

    /// The numbers that make no range.
    public var range: (start: Double, end: Double, step: Double)? {
        if case .unsupportedRange(let start, let end, let step) = storage { (start, end, step) } else { nil }
    }

    // MARK: Plans

    /// The algorithm that does not apply, or needs too much workspace.
    public var algorithm: Algorithm? {
        switch storage {
        case .algorithmNotApplicable(let algorithm, _), .workspaceLimitExceeded(let algorithm, _, _): algorithm
        default: nil
        }
    }

    /// The instruction set that this machine doesn't have; those that it has are ``InstructionSet/available``.
    public var instructionSet: InstructionSet? {
        if case .instructionSetUnavailable(let instructionSet, _) = storage { instructionSet } else { nil }
    }

    /// The executor that can't be used.
    public var executor: ExecutorKind? {
        if case .executorUnavailable(let executor, _) = storage { executor } else { nil }
    }

    /// Why not, as a clause.
    public var reason: String? {
        switch storage {
        case .algorithmNotApplicable(_, let reason), .executorUnavailable(_, let reason), .tuningFile(_, let reason):
            reason
        default: nil
        }
    }

    /// The file of tunings.
    public var path: String? {
        switch storage {
        case .tuningFile(let path, _): path
        case .tuningFileFailure(let error): error.path
        default: nil
        }
    }

    /// The error behind this one: a `ConvolutionError` or a `FileError`.
    public var underlyingError: (any Error)? {
        switch storage {
        case .stateDict(_, _, let error): error
        case .tuningFileFailure(let error): error
        default: nil
        }
    }
}
