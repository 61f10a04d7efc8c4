// SPDX-License-Identifier: Apache-2.0

/// The one-dimensional convolution of an input with a weight, PyTorch's `torch.nn.functional.conv1d`.
///
/// ```swift
/// let x = try Tensor.arange(16).view([1, 1, 16])
/// let w = try Tensor([0.1, 0.2, 0.3], shape: [1, 1, 3])
/// let y = try conv1d(x, weight: w)  // (1, 1, 14): 0.8, 1.4, 2.0, ..., 8.6
/// ```
///
/// It is a cross-correlation: the kernel isn't flipped. Each call packs the weight anew; a `Conv1d` or a
/// `ConvolutionPlan` packs it once. What was chosen for a call is remembered for the next with the same sizes and options.
///
/// - Parameters:
///   - input: (N, C, L), or (C, L) for an unbatched input. N may be 0; L may be 0 only if N is.
///   - weight: (K, C / groups, kernel).
///   - bias: (K), or `nil`.
///   - stride: Distance between the windows of neighbouring outputs, at least 1.
///   - padding: Zeros at both ends: a number, `.same` (with stride 1), `.valid`, or a pair of before and after.
///   - dilation: Distance between neighbouring taps, at least 1.
///   - groups: Groups that the channels are divided into; divides C and K.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, L, C) and (N, output, K).
///   - options: How to compute it.
/// - Returns: (N, K, output), or (K, output) for an unbatched input, with
///   output = floor((L + before + after - dilation * (kernel - 1) - 1) / stride) + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func conv1d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    let problem = try ConvolutionProblem(
        rank: 1, input.shape, weight.shape, bias?.shape, stride.convolutionExtents, padding.convolutionPadding,
        dilation.convolutionExtents, groups, layout)
    return try convolution(problem, input, weight, bias, options)
}

/// The two-dimensional convolution of an input with a weight, PyTorch's `torch.nn.functional.conv2d`.
///
/// ```swift
/// let y = try conv2d(x, weight: w, bias: b, stride: [2, 1], padding: 1)
/// ```
///
/// It is a cross-correlation: the kernel isn't flipped. Each call packs the weight anew; a `Conv2d` or a
/// `ConvolutionPlan` packs it once.
///
/// - Parameters:
///   - input: (N, C, H, W), or (C, H, W) for an unbatched input. N may be 0; H and W may be 0 only if N is.
///   - weight: (K, C / groups, kernel height, kernel width).
///   - bias: (K), or `nil`.
///   - stride: Distance between the windows of neighbouring outputs, at least 1: an Int or one per axis.
///   - padding: Zeros around the input: an Int or one per axis, `.same` (with stride 1), `.valid`, or a pair of before
///     and after per axis.
///   - dilation: Distance between neighbouring taps, at least 1: an Int or one per axis.
///   - groups: Groups that the channels are divided into; divides C and K.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, H, W, C) and
///     (N, output height, output width, K).
///   - options: How to compute it.
/// - Returns: (N, K, output height, output width), or (K, output height, output width) for an unbatched input, where on
///   each axis output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func conv2d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    let problem = try ConvolutionProblem(
        rank: 2, input.shape, weight.shape, bias?.shape, stride.convolutionExtents, padding.convolutionPadding,
        dilation.convolutionExtents, groups, layout)
    return try convolution(problem, input, weight, bias, options)
}

/// The three-dimensional convolution of an input with a weight, PyTorch's `torch.nn.functional.conv3d`.
///
/// ```swift
/// let y = try conv3d(x, weight: w, bias: b, stride: [1, 2, 2], padding: [1, 3, 3])
/// ```
///
/// It is a cross-correlation: the kernel isn't flipped. Each call packs the weight anew; a `Conv3d` or a
/// `ConvolutionPlan` packs it once.
///
/// - Parameters:
///   - input: (N, C, D, H, W), or (C, D, H, W) for an unbatched input. N may be 0; D, H and W may be 0 only if N is.
///   - weight: (K, C / groups, kernel depth, kernel height, kernel width).
///   - bias: (K), or `nil`.
///   - stride: Distance between the windows of neighbouring outputs, at least 1: an Int or one per axis.
///   - padding: Zeros around the input: an Int or one per axis, `.same` (with stride 1), `.valid`, or a pair of before
///     and after per axis.
///   - dilation: Distance between neighbouring taps, at least 1: an Int or one per axis.
///   - groups: Groups that the channels are divided into; divides C and K.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, D, H, W, C) and
///     (N, output depth, output height, output width, K).
///   - options: How to compute it.
/// - Returns: (N, K, output depth, output height, output width), or without N for an unbatched input, where on each axis
///   output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func conv3d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    let problem = try ConvolutionProblem(
        rank: 3, input.shape, weight.shape, bias?.shape, stride.convolutionExtents, padding.convolutionPadding,
        dilation.convolutionExtents, groups, layout)
    return try convolution(problem, input, weight, bias, options)
}

/// One run of a problem.
func convolution(
    _ problem: ConvolutionProblem, _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ options: ConvolutionOptions
) throws(ConvolutionError) -> Tensor {
    // The output first: where there is no memory for it, nothing else is done.
    var output = try Tensor(uninitializedShape: problem.outputShape)
    let plan = try ConvolutionPlan(
        problem, weight: weight, bias: bias, activation: .none, options: options, isForOneRun: true)
    var elements = output.mutableSpan
    try plan.run(input: input.span, output: &elements)
    return output
}
