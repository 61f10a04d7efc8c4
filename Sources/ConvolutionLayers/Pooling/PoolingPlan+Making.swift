// SPDX-License-Identifier: Apache-2.0

import Convolution

extension PoolingPlan {
    /// The largest element of each window, PyTorch's `max_pool1d` and `max_pool2d`. Padding is less than every number.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size); the channels last in that layout.
    ///   - rank: The number of axes of the size, 1 or 2.
    ///   - kernelSize: Extents of the windows: an Int or one per axis.
    ///   - stride: Distance between neighbouring windows; nil for the kernel's size.
    ///   - padding: At both ends of each axis, at most half of the kernel.
    ///   - dilation: Distance between neighbouring elements of a window, at least 1.
    ///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
    ///   - layout: The order of the axes of input and output.
    ///   - options: How many threads run it, and which.
    /// - Throws: `ConvolutionError` if the shape or a parameter isn't legal.
    public static func maximum(
        inputShape: [Int], rank: Int, kernelSize: some ExtentsConvertible,
        stride: (any ExtentsConvertible)? = nil, padding: some ExtentsConvertible = 0,
        dilation: some ExtentsConvertible = 1, ceilMode: Bool = false, layout: TensorLayout = .channelsFirst,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) -> PoolingPlan {
        let input = try PoolingInput(inputShape, rank: rank, layout: layout)
        let kernel = try PoolingKernel(
            rank: rank, size: kernelSize.convolutionExtents, stride: stride?.convolutionExtents,
            padding: padding.convolutionExtents, dilation: dilation.convolutionExtents, ceilMode: ceilMode)
        let axes = try axes(input, kernel, countsPadding: true)
        return try PoolingPlan(input, inputShape: inputShape, .maximum, axes: axes, options: options)
    }

    /// The mean of each window, PyTorch's `avg_pool1d` and `avg_pool2d`.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size); the channels last in that layout.
    ///   - rank: The number of axes of the size, 1 or 2.
    ///   - kernelSize: Extents of the windows: an Int or one per axis.
    ///   - stride: Distance between neighbouring windows; nil for the kernel's size.
    ///   - padding: Zeros at both ends of each axis, at most half of the kernel.
    ///   - ceilMode: Whether a window may reach over the end of the padded input, if it begins before.
    ///   - countIncludePad: Whether the zeros of the padding are counted as elements of a window.
    ///   - layout: The order of the axes of input and output.
    ///   - options: How many threads run it, and which.
    /// - Throws: `ConvolutionError` if the shape or a parameter isn't legal.
    public static func average(
        inputShape: [Int], rank: Int, kernelSize: some ExtentsConvertible,
        stride: (any ExtentsConvertible)? = nil, padding: some ExtentsConvertible = 0, ceilMode: Bool = false,
        countIncludePad: Bool = true, layout: TensorLayout = .channelsFirst,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) -> PoolingPlan {
        let input = try PoolingInput(inputShape, rank: rank, layout: layout)
        let kernel = try PoolingKernel(
            rank: rank, size: kernelSize.convolutionExtents, stride: stride?.convolutionExtents,
            padding: padding.convolutionExtents, dilation: 1, ceilMode: ceilMode)
        let axes = try axes(input, kernel, countsPadding: countIncludePad)
        return try PoolingPlan(input, inputShape: inputShape, .average, axes: axes, options: options)
    }

    /// The means of as many parts as the output has elements, PyTorch's `adaptive_avg_pool1d` and `adaptive_avg_pool2d`: with
    /// an output size of 1 the mean of each channel.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size); the channels last in that layout.
    ///   - rank: The number of axes of the size, 1 or 2.
    ///   - outputSize: Extents of the output: an Int or one per axis.
    ///   - layout: The order of the axes of input and output.
    ///   - options: How many threads run it, and which.
    /// - Throws: `ConvolutionError` if the shape or the size isn't legal.
    public static func adaptiveAverage(
        inputShape: [Int], rank: Int, outputSize: some ExtentsConvertible, layout: TensorLayout = .channelsFirst,
        options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) -> PoolingPlan {
        let input = try PoolingInput(inputShape, rank: rank, layout: layout)
        let size = try PoolingKernel.values(outputSize.convolutionExtents, rank, "output_size")
        guard size.allSatisfy({ $0 > 0 }) else { throw .outputTooSmall(inputSize: input.size, outputSize: size) }
        _ = try elementCount(input.shape(size: size))
        // Sizes that no memory is large enough for are found here: for the windows, which an array would trap for.
        for extent in size { _ = try Tensor(uninitializedShape: [extent, 6]) }
        let axes = zip(input.size, size).map { PoolingAxis.adaptive($0, outputSize: $1) }
        return try PoolingPlan(input, inputShape: inputShape, .average, axes: axes, options: options)
    }

    private static func axes(
        _ input: PoolingInput, _ kernel: PoolingKernel, countsPadding: Bool
    ) throws(ConvolutionError) -> [PoolingAxis] {
        let output = try kernel.outputSize(of: input.size)
        _ = try elementCount(input.shape(size: output))
        return output.indices.map { axis in
            PoolingAxis.kernel(
                input.size[axis], outputSize: output[axis], taps: kernel.size[axis], stride: kernel.stride[axis],
                padding: kernel.padding[axis], dilation: kernel.dilation[axis], countsPadding: countsPadding)
        }
    }
}
