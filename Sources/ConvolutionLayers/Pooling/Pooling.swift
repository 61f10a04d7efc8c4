// SPDX-License-Identifier: Apache-2.0

import Convolution

// PyTorch's functions. Each makes a `PoolingPlan` and runs it once.

/// The largest element of each window along one axis, PyTorch's `max_pool1d`.
///
/// - Parameters:
///   - input: (N, C, L), or (C, L); the channels last in that layout.
///   - kernelSize: The extent of the windows.
///   - stride: Distance between neighbouring windows; nil for the kernel's size.
///   - padding: Less than every number, at both ends, at most half of the kernel.
///   - dilation: Distance between neighbouring elements of a window, at least 1.
///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
public func maxPool1d(
    _ input: Tensor, kernelSize: some ExtentsConvertible, stride: (any ExtentsConvertible)? = nil,
    padding: some ExtentsConvertible = 0, dilation: some ExtentsConvertible = 1, ceilMode: Bool = false,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.maximum(
        inputShape: input.shape, rank: 1, kernelSize: kernelSize, stride: stride, padding: padding,
        dilation: dilation, ceilMode: ceilMode, layout: layout, options: options)(input)
}

/// The largest element of each window along two axes, PyTorch's `max_pool2d`.
///
/// - Parameters:
///   - input: (N, C, H, W), or (C, H, W); the channels last in that layout.
///   - kernelSize: Extents of the windows: an Int or one per axis.
///   - stride: Distance between neighbouring windows; nil for the kernel's size.
///   - padding: Less than every number, at both ends of each axis, at most half of the kernel.
///   - dilation: Distance between neighbouring elements of a window, at least 1.
///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
public func maxPool2d(
    _ input: Tensor, kernelSize: some ExtentsConvertible, stride: (any ExtentsConvertible)? = nil,
    padding: some ExtentsConvertible = 0, dilation: some ExtentsConvertible = 1, ceilMode: Bool = false,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.maximum(
        inputShape: input.shape, rank: 2, kernelSize: kernelSize, stride: stride, padding: padding,
        dilation: dilation, ceilMode: ceilMode, layout: layout, options: options)(input)
}

/// The mean of each window along one axis, PyTorch's `avg_pool1d`.
///
/// - Parameters:
///   - input: (N, C, L), or (C, L); the channels last in that layout.
///   - kernelSize: The extent of the windows.
///   - stride: Distance between neighbouring windows; nil for the kernel's size.
///   - padding: Zeros at both ends, at most half of the kernel.
///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
///   - countIncludePad: Whether the zeros of the padding are counted as elements of a window.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
public func avgPool1d(
    _ input: Tensor, kernelSize: some ExtentsConvertible, stride: (any ExtentsConvertible)? = nil,
    padding: some ExtentsConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.average(
        inputShape: input.shape, rank: 1, kernelSize: kernelSize, stride: stride, padding: padding,
        ceilMode: ceilMode, countIncludePad: countIncludePad, layout: layout, options: options)(input)
}

/// The mean of each window along two axes, PyTorch's `avg_pool2d`.
///
/// - Parameters:
///   - input: (N, C, H, W), or (C, H, W); the channels last in that layout.
///   - kernelSize: Extents of the windows: an Int or one per axis.
///   - stride: Distance between neighbouring windows; nil for the kernel's size.
///   - padding: Zeros at both ends of each axis, at most half of the kernel.
///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
///   - countIncludePad: Whether the zeros of the padding are counted as elements of a window.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or a parameter isn't legal.
public func avgPool2d(
    _ input: Tensor, kernelSize: some ExtentsConvertible, stride: (any ExtentsConvertible)? = nil,
    padding: some ExtentsConvertible = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    layout: TensorLayout = .channelsFirst, options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.average(
        inputShape: input.shape, rank: 2, kernelSize: kernelSize, stride: stride, padding: padding,
        ceilMode: ceilMode, countIncludePad: countIncludePad, layout: layout, options: options)(input)
}

/// The means of `outputSize` parts along one axis, PyTorch's `adaptive_avg_pool1d`.
///
/// - Parameters:
///   - input: (N, C, L), or (C, L); the channels last in that layout.
///   - outputSize: The extent of the output.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or the size isn't legal.
public func adaptiveAvgPool1d(
    _ input: Tensor, outputSize: some ExtentsConvertible, layout: TensorLayout = .channelsFirst,
    options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.adaptiveAverage(
        inputShape: input.shape, rank: 1, outputSize: outputSize, layout: layout, options: options)(input)
}

/// The means of `outputSize` parts along two axes, PyTorch's `adaptive_avg_pool2d`.
///
/// - Parameters:
///   - input: (N, C, H, W), or (C, H, W); the channels last in that layout.
///   - outputSize: Extents of the output: an Int or one per axis.
///   - layout: The order of the axes of input and output.
///   - options: How many threads run it, and which.
/// - Throws: `ConvolutionError` if a shape or the size isn't legal.
public func adaptiveAvgPool2d(
    _ input: Tensor, outputSize: some ExtentsConvertible, layout: TensorLayout = .channelsFirst,
    options: ConvolutionOptions = .init()
) throws(ConvolutionError) -> Tensor {
    try PoolingPlan.adaptiveAverage(
        inputShape: input.shape, rank: 2, outputSize: outputSize, layout: layout, options: options)(input)
}
