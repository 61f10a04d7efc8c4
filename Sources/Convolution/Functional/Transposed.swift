// SPDX-License-Identifier: Apache-2.0

/// The one-dimensional transposed convolution of an input with a weight, PyTorch's
/// `torch.nn.functional.conv_transpose1d`.
///
/// ```swift
/// let x = try Tensor([1, 2, 3], shape: [1, 1, 3])
/// let w = try Tensor([1, 10, 100], shape: [1, 1, 3])
/// let y = try convTranspose1d(x, weight: w, stride: 2)  // (1, 1, 7): 1, 10, 102, 20, 203, 30, 300
/// ```
///
/// Each element of the input is multiplied with the whole kernel, and the products are added to the output, those of
/// neighbours a stride apart. It is the gradient of `conv1d` with the same weight with respect to its input. Each call
/// packs the weight anew; a `ConvTranspose1d` or a `ConvolutionPlan` packs it once.
///
/// - Parameters:
///   - input: (N, C, L), or (C, L) for an unbatched input. N may be 0; L may be 0 only if N is.
///   - weight: (C, K / groups, kernel).
///   - bias: (K), or `nil`.
///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1.
///   - padding: Outputs that are left out at both ends: a number, or a pair of before and after.
///   - outputPadding: What is added to the size of the output at its end, smaller than the stride or than the dilation.
///   - groups: Groups that the channels are divided into; divides C.
///   - dilation: Distance between the outputs of neighbouring taps, at least 1.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, L, C) and (N, output, K).
///   - options: How to compute it.
/// - Returns: (N, K, output), or (K, output) for an unbatched input, with
///   output = (L - 1) * stride - before - after + dilation * (kernel - 1) + outputPadding + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func convTranspose1d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
    dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try transposedConvolution(
        rank: 1, input, weight, bias,
        ConvolutionProblem.TransposedParameters(
            stride: stride.convolutionExtents, padding: padding.convolutionPadding,
            outputPadding: .padding(outputPadding.convolutionExtents), dilation: dilation.convolutionExtents,
            groups: groups, layout: layout), options)
}

/// The two-dimensional transposed convolution of an input with a weight, PyTorch's
/// `torch.nn.functional.conv_transpose2d`.
///
/// ```swift
/// let y = try convTranspose2d(x, weight: w, bias: b, stride: 2, padding: 1)  // 4 x 4 kernels: twice the size
/// ```
///
/// Each element of the input is multiplied with the whole kernel, and the products are added to the output, those of
/// neighbours a stride apart. It is the gradient of `conv2d` with the same weight with respect to its input. Each call
/// packs the weight anew; a `ConvTranspose2d` or a `ConvolutionPlan` packs it once.
///
/// - Parameters:
///   - input: (N, C, H, W), or (C, H, W) for an unbatched input. N may be 0; H and W may be 0 only if N is.
///   - weight: (C, K / groups, kernel height, kernel width).
///   - bias: (K), or `nil`.
///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1: an Int or one per axis.
///   - padding: Outputs that are left out at the ends: an Int or one per axis, or a pair of before and after per axis.
///   - outputPadding: What is added to the size of the output at its end, smaller than the stride or than the dilation:
///     an Int or one per axis.
///   - groups: Groups that the channels are divided into; divides C.
///   - dilation: Distance between the outputs of neighbouring taps, at least 1: an Int or one per axis.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, H, W, C) and
///     (N, output height, output width, K).
///   - options: How to compute it.
/// - Returns: (N, K, output height, output width), or without N for an unbatched input, where on each axis
///   output = (size - 1) * stride - before - after + dilation * (kernel - 1) + outputPadding + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func convTranspose2d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
    dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try transposedConvolution(
        rank: 2, input, weight, bias,
        ConvolutionProblem.TransposedParameters(
            stride: stride.convolutionExtents, padding: padding.convolutionPadding,
            outputPadding: .padding(outputPadding.convolutionExtents), dilation: dilation.convolutionExtents,
            groups: groups, layout: layout), options)
}

/// The three-dimensional transposed convolution of an input with a weight, PyTorch's
/// `torch.nn.functional.conv_transpose3d`.
///
/// ```swift
/// let y = try convTranspose3d(x, weight: w, bias: b, stride: 2)  // 2 x 2 x 2 kernels: twice the size
/// ```
///
/// Each element of the input is multiplied with the whole kernel, and the products are added to the output, those of
/// neighbours a stride apart. It is the gradient of `conv3d` with the same weight with respect to its input. Each call
/// packs the weight anew; a `ConvTranspose3d` or a `ConvolutionPlan` packs it once.
///
/// - Parameters:
///   - input: (N, C, D, H, W), or (C, D, H, W) for an unbatched input. N may be 0; D, H and W may be 0 only if N is.
///   - weight: (C, K / groups, kernel depth, kernel height, kernel width).
///   - bias: (K), or `nil`.
///   - stride: Distance between the outputs that neighbouring inputs are added to, at least 1: an Int or one per axis.
///   - padding: Outputs that are left out at the ends: an Int or one per axis, or a pair of before and after per axis.
///   - outputPadding: What is added to the size of the output at its end, smaller than the stride or than the dilation:
///     an Int or one per axis.
///   - groups: Groups that the channels are divided into; divides C.
///   - dilation: Distance between the outputs of neighbouring taps, at least 1: an Int or one per axis.
///   - layout: The order of the axes of input and output; with `.channelsLast` they are (N, D, H, W, C) and
///     (N, output depth, output height, output width, K).
///   - options: How to compute it.
/// - Returns: (N, K, output depth, output height, output width), or without N for an unbatched input, where on each axis
///   output = (size - 1) * stride - before - after + dilation * (kernel - 1) + outputPadding + 1.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or if the options ask for what this machine
///   doesn't have.
public func convTranspose3d(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
    padding: some PaddingConvertible = 0, outputPadding: some ExtentsConvertible = 0, groups: Int = 1,
    dilation: some ExtentsConvertible = 1, layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try transposedConvolution(
        rank: 3, input, weight, bias,
        ConvolutionProblem.TransposedParameters(
            stride: stride.convolutionExtents, padding: padding.convolutionPadding,
            outputPadding: .padding(outputPadding.convolutionExtents), dilation: dilation.convolutionExtents,
            groups: groups, layout: layout), options)
}

private func transposedConvolution(
    rank: Int, _ input: Tensor, _ weight: Tensor, _ bias: Tensor?,
    _ parameters: ConvolutionProblem.TransposedParameters,
    _ options: ConvolutionOptions
) throws(ConvolutionError) -> Tensor {
    let problem = try ConvolutionProblem(
        transposedOfRank: rank, input.shape, weight.shape, bias?.shape, parameters)
    return try convolution(problem, input, weight, bias, options)
}
