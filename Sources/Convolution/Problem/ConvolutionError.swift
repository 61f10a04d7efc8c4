// SPDX-License-Identifier: Apache-2.0

/// Why a convolution, or a transposed one, can't be computed. `description` says it in one sentence with the numbers
/// that explain it, in PyTorch's words where PyTorch has the same error, and so does `localizedDescription`.
///
/// ``code`` says what is wrong, for a program; a later version of the library may have more of them. What an error
/// names can be asked for, as ``inputShape``, and an error can be compared with one that is made by its name:
///
/// ```swift
/// do {
///     y = try conv2d(x, weight: w, stride: stride)
/// } catch .nonPositiveStride([0, 0]) {
///     // This very error.
/// } catch ConvolutionError.Code.channelMismatch {
///     // Any error of this code.
/// } catch {
///     print(error.code, error.inputShape ?? [])
/// }
/// ```
public struct ConvolutionError: Error, Equatable, Sendable {
    /// What the library switches over, so that the compiler finds what an error is missing.
    enum Storage: Equatable, Sendable {
        case unsupportedRank(Int)
        case inputRank(rank: Int, inputShape: [Int], operation: ConvolutionOperation)
        case weightRank(weightShape: [Int], inputShape: [Int])
        case negativeExtent(tensor: String, shape: [Int])
        case channelMismatch(groups: Int, weightShape: [Int], inputShape: [Int], expected: Int, got: Int)
        case tooFewOutputChannels(groups: Int, weightShape: [Int])
        case outputChannelsNotDivisible(groups: Int, weightShape: [Int])
        case biasShape(weightShape: [Int], biasShape: [Int])
        case emptyKernel([Int])
        case emptyInput(inputShape: [Int])
        case kernelExceedsInput(paddedSize: [Int], kernelSize: [Int])
        case transposedChannelMismatch(weightShape: [Int], inputShape: [Int], expected: Int, got: Int)
        case inputChannelsNotDivisible(groups: Int, weightShape: [Int])
        case noTransposedOutputChannels(groups: Int, weightShape: [Int])
        case transposedBiasShape(weightShape: [Int], groups: Int, biasShape: [Int])
        case outputTooSmall(inputSize: [Int], outputSize: [Int])
        case poolingInputRank(rank: Int, inputShape: [Int])

        case valueCount(parameter: String, rank: Int, values: [Int])
        case nonPositiveStride([Int])
        case nonPositiveDilation([Int])
        case nonPositiveGroups(Int)
        case negativePadding([Int])
        case samePaddingWithStride([Int])
        case unknownPadding(String)
        case unknownPaddingMode(String)
        case paddingWordTransposed(String)
        case paddingModeTransposed(rank: Int, word: String)
        case negativeOutputPadding([Int])
        case outputPadding([Int], stride: [Int], dilation: [Int])
        case outputSize([Int], least: [Int], most: [Int], inputSize: [Int])
        case poolingPadding([Int], kernelSize: [Int])
        case axisOutOfRange(Int, shape: [Int])

        case invalidInputChannels(Int, groups: Int)
        case invalidOutputChannels(Int, groups: Int)
        case reflectionExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int])
        case wrapExceedsInput(padding: AxisPadding, axis: Int, inputShape: [Int])
        case missingParameter(String)
        case unexpectedParameter(String)
        indirect case stateDict(name: String, shape: [Int], error: ConvolutionError)
        case moduleWeightRank(rank: Int, weightShape: [Int], operation: ConvolutionOperation)
        case parameterShape(name: String, expected: [Int], got: [Int])

        case sizeOverflow(quantity: String, values: [Int])
        case outOfMemory(bytes: Int)
        case elementCount(count: Int, shape: [Int])
        case byteCount(expected: Int, got: Int, shape: [Int])
        case unsupportedRange(start: Double, end: Double, step: Double)
        case shapeMismatch(tensor: String, expected: [Int], got: [Int])
        case countMismatch(tensor: String, expected: Int, got: Int)

        case algorithmNotApplicable(Algorithm, reason: String)
        case instructionSetUnavailable(InstructionSet, available: [InstructionSet])
        case executorUnavailable(ExecutorKind, reason: String)
        case invalidThreadCount(Int)
        case workspaceLimitExceeded(algorithm: Algorithm, bytes: Int, limit: Int)
        case workspaceTooSmall(bytes: Int, expected: Int)
        case workspaceMisaligned(address: UInt, alignment: Int)
        case tuningFile(path: String, reason: String)
        indirect case tuningFileFailure(FileError)
    }

    let storage: Storage

    init(_ storage: Storage) {
        self.storage = storage
    }

    /// Whether the system would not, and not the call is wrong: the same may succeed with more memory or space.
    public var isSystemFailure: Bool {
        switch storage {
        case .outOfMemory, .tuningFileFailure: true
        default: false
        }
    }
}
