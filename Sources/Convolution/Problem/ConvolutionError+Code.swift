// SPDX-License-Identifier: Apache-2.0

extension ConvolutionError {
    /// What is wrong, without the numbers. A later version of the library may have more codes: a `switch` over one
    /// takes a `default`.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private let name: String

        private init(_ name: String) {
            self.name = name
        }

        /// The name of the constant.
        public var description: String { name }

        /// Lets `catch ConvolutionError.Code.channelMismatch` catch every error of this code.
        public static func ~= (code: Code, error: any Error) -> Bool {
            (error as? ConvolutionError)?.code == code
        }

        // MARK: Shapes

        /// A convolution has 1 to 3 spatial axes, not so many.
        public static let unsupportedRank = Code("unsupportedRank")
        /// The input of a convolution or a pooling is neither (N, C, *size) nor (C, *size).
        public static let inputRank = Code("inputRank")
        /// The weight isn't (K, C / groups, *kernel), of a transposed convolution (C, K / groups, *kernel). The input
        /// has its batch axis.
        public static let weightRank = Code("weightRank")
        /// An extent is negative.
        public static let negativeExtent = Code("negativeExtent")
        /// The input has other channels than the weight and the groups make it have.
        public static let channelMismatch = Code("channelMismatch")
        /// The weight has fewer output channels than there are groups, or none.
        public static let tooFewOutputChannels = Code("tooFewOutputChannels")
        /// The groups don't divide the output channels of the weight.
        public static let outputChannelsNotDivisible = Code("outputChannelsNotDivisible")
        /// The bias isn't one axis with one element per output channel.
        public static let biasShape = Code("biasShape")
        /// An extent of the kernel is 0.
        public static let emptyKernel = Code("emptyKernel")
        /// A spatial extent of the input is 0 though the batch isn't.
        public static let emptyInput = Code("emptyInput")
        /// The padded input is smaller than the dilated kernel.
        public static let kernelExceedsInput = Code("kernelExceedsInput")

        /// An extent of a transposed convolution's or a pooling's output is below 1.
        public static let outputTooSmall = Code("outputTooSmall")
        /// The groups don't divide the input channels of a transposed convolution's weight.
        public static let inputChannelsNotDivisible = Code("inputChannelsNotDivisible")

        // MARK: Parameters

        /// A parameter has neither one value nor one per spatial axis; padding in pairs neither one pair nor one each.
        public static let valueCount = Code("valueCount")
        /// A stride is below 1.
        public static let nonPositiveStride = Code("nonPositiveStride")
        /// A dilation is below 1.
        public static let nonPositiveDilation = Code("nonPositiveDilation")
        /// The number of groups is below 1.
        public static let nonPositiveGroups = Code("nonPositiveGroups")
        /// A padding is below 0. Padding in pairs is listed before, after, before, after.
        public static let negativePadding = Code("negativePadding")
        /// `Padding.same` with a stride above 1.
        public static let samePaddingWithStride = Code("samePaddingWithStride")
        /// A padding word other than "same" and "valid".
        public static let unknownPadding = Code("unknownPadding")
        /// A padding mode other than those of `PaddingMode`.
        public static let unknownPaddingMode = Code("unknownPaddingMode")

        /// The padding of a transposed convolution is a word.
        public static let paddingWordTransposed = Code("paddingWordTransposed")
        /// The padding mode of a transposed convolution isn't zeros.
        public static let paddingModeTransposed = Code("paddingModeTransposed")
        /// An output padding is below 0.
        public static let negativeOutputPadding = Code("negativeOutputPadding")
        /// An output padding is smaller than neither the stride nor the dilation.
        public static let outputPadding = Code("outputPadding")
        /// No output padding makes an output of the size that was asked for.
        public static let outputSize = Code("outputSize")
        /// The padding of a pooling is more than half of its kernel.
        public static let poolingPadding = Code("poolingPadding")
        /// A tensor has no such axis.
        public static let axisOutOfRange = Code("axisOutOfRange")

        // MARK: Modules

        /// The groups of a module don't divide its input channels, or these are negative.
        public static let invalidInputChannels = Code("invalidInputChannels")
        /// The groups of a module don't divide its output channels, or these are below 1.
        public static let invalidOutputChannels = Code("invalidOutputChannels")
        /// Reflection needs a padding smaller than the input on every axis.
        public static let reflectionExceedsInput = Code("reflectionExceedsInput")
        /// Wrapping around needs a padding of at most the input's size.
        public static let wrapExceedsInput = Code("wrapExceedsInput")
        /// A state dict has no tensor of this name.
        public static let missingParameter = Code("missingParameter")
        /// A state dict has a tensor of this name, and the module has no such parameter.
        public static let unexpectedParameter = Code("unexpectedParameter")
        /// The tensor of this name in a state dict can't be a parameter of the module.
        public static let stateDict = Code("stateDict")
        /// The weight of a module isn't (K, C / groups, *kernel), of a transposed one (C, K / groups, *kernel).
        public static let moduleWeightRank = Code("moduleWeightRank")
        /// A parameter of a module has another shape than the module.
        public static let parameterShape = Code("parameterShape")

        // MARK: Sizes and memory

        /// A size doesn't fit in `Int`.
        public static let sizeOverflow = Code("sizeOverflow")
        /// The system has no memory for a buffer.
        public static let outOfMemory = Code("outOfMemory")
        /// So many elements don't make a tensor of the shape.
        public static let elementCount = Code("elementCount")
        /// So many bytes don't make a tensor of the shape.
        public static let byteCount = Code("byteCount")
        /// No range of numbers goes from the start to the end by the step: it is zero, or one of them is not finite.
        public static let unsupportedRange = Code("unsupportedRange")
        /// A tensor isn't the one of the problem that was planned.
        public static let shapeMismatch = Code("shapeMismatch")
        /// A buffer has another number of elements than its tensor.
        public static let countMismatch = Code("countMismatch")

        // MARK: Plans

        /// The algorithm can't compute this problem.
        public static let algorithmNotApplicable = Code("algorithmNotApplicable")
        /// The instruction set isn't among those of this processor and operating system.
        public static let instructionSetUnavailable = Code("instructionSetUnavailable")
        /// The executor isn't part of this build or isn't on this machine.
        public static let executorUnavailable = Code("executorUnavailable")
        /// A plan needs at least one thread.
        public static let invalidThreadCount = Code("invalidThreadCount")
        /// The algorithm needs more workspace than the limit allows.
        public static let workspaceLimitExceeded = Code("workspaceLimitExceeded")
        /// The workspace that a run is given has fewer bytes than the plan needs.
        public static let workspaceTooSmall = Code("workspaceTooSmall")
        /// The workspace that a run is given does not begin at a multiple of `ConvolutionPlan.workspaceAlignment`.
        public static let workspaceMisaligned = Code("workspaceMisaligned")
        /// The file that tunings are to be remembered in can't be read or written, or is something else.
        public static let tuningFile = Code("tuningFile")
        /// The system would not read or write the file that tunings are to be remembered in: the disk is full.
        public static let tuningFileFailure = Code("tuningFileFailure")
    }

    /// What is wrong, without the numbers.
    public var code: Code {
        switch storage {
        case .unsupportedRank: .unsupportedRank
        case .inputRank: .inputRank
        case .weightRank: .weightRank
        case .negativeExtent: .negativeExtent
        case .channelMismatch: .channelMismatch
        case .tooFewOutputChannels: .tooFewOutputChannels
        case .outputChannelsNotDivisible: .outputChannelsNotDivisible
        case .biasShape: .biasShape
        case .emptyKernel: .emptyKernel
        case .emptyInput: .emptyInput
        case .kernelExceedsInput: .kernelExceedsInput
        case .transposedChannelMismatch: .channelMismatch
        case .inputChannelsNotDivisible: .inputChannelsNotDivisible
        case .noTransposedOutputChannels: .tooFewOutputChannels
        case .transposedBiasShape: .biasShape
        case .outputTooSmall: .outputTooSmall
        case .poolingInputRank: .inputRank
        case .valueCount: .valueCount
        case .nonPositiveStride: .nonPositiveStride
        case .nonPositiveDilation: .nonPositiveDilation
        case .nonPositiveGroups: .nonPositiveGroups
        case .negativePadding: .negativePadding
        case .samePaddingWithStride: .samePaddingWithStride
        case .unknownPadding: .unknownPadding
        case .unknownPaddingMode: .unknownPaddingMode
        case .paddingWordTransposed: .paddingWordTransposed
        case .paddingModeTransposed: .paddingModeTransposed
        case .negativeOutputPadding: .negativeOutputPadding
        case .outputPadding: .outputPadding
        case .outputSize: .outputSize
        case .poolingPadding: .poolingPadding
        case .axisOutOfRange: .axisOutOfRange
        case .invalidInputChannels: .invalidInputChannels
        case .invalidOutputChannels: .invalidOutputChannels
        case .reflectionExceedsInput: .reflectionExceedsInput
        case .wrapExceedsInput: .wrapExceedsInput
        case .missingParameter: .missingParameter
        case .unexpectedParameter: .unexpectedParameter
        case .stateDict: .stateDict
        case .moduleWeightRank: .moduleWeightRank
        case .parameterShape: .parameterShape
        case .sizeOverflow: .sizeOverflow
        case .outOfMemory: .outOfMemory
        case .elementCount: .elementCount
        case .byteCount: .byteCount
        case .unsupportedRange: .unsupportedRange
        case .shapeMismatch: .shapeMismatch
        case .countMismatch: .countMismatch
        case .algorithmNotApplicable: .algorithmNotApplicable
        case .instructionSetUnavailable: .instructionSetUnavailable
        case .executorUnavailable: .executorUnavailable
        case .invalidThreadCount: .invalidThreadCount
        case .workspaceLimitExceeded: .workspaceLimitExceeded
        case .workspaceTooSmall: .workspaceTooSmall
        case .workspaceMisaligned: .workspaceMisaligned
        case .tuningFile: .tuningFile
        case .tuningFileFailure: .tuningFileFailure
        }
    }

    /// Lets `catch ConvolutionError.nonPositiveStride([0])` catch this error among others.
    public static func ~= (pattern: ConvolutionError, error: any Error) -> Bool {
        error as? ConvolutionError == pattern
    }
}
