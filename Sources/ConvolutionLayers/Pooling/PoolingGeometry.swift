// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The shape of an input of a pooling: what its axes are.
struct PoolingInput {
    let batch: Int?
    let channels: Int
    let size: [Int]
    let layout: TensorLayout

    /// - Throws: `ConvolutionError.poolingInputRank` if the shape has neither `rank + 1` nor `rank + 2` axes, `.emptyInput` if
    ///   an extent other than the batch is 0, and others if it is no shape.
    init(_ shape: [Int], rank: Int, layout: TensorLayout) throws(ConvolutionError) {
        guard (1...2).contains(rank), shape.count == rank + 1 || shape.count == rank + 2 else {
            throw .poolingInputRank(rank: rank, inputShape: shape)
        }
        _ = try elementCount(shape)
        let isBatched = shape.count == rank + 2
        let image = shape.suffix(rank + 1)
        guard image.allSatisfy({ $0 > 0 }) else { throw .emptyInput(inputShape: shape) }
        batch = isBatched ? shape[0] : nil
        channels = layout == .channelsLast ? image.last ?? 0 : image.first ?? 0
        size = Array(layout == .channelsLast ? image.dropLast() : image.dropFirst())
        self.layout = layout
    }

    func shape(size: [Int]) -> [Int] { layout.shape(batch: batch, channels: channels, size: size) }
}

/// The parameters of a pooling with a kernel, a value for each axis.
struct PoolingKernel {
    let size, stride, padding, dilation: [Int]
    let ceilMode: Bool

    /// - Throws: `ConvolutionError` if a parameter isn't legal.
    init(
        rank: Int, size: Extents, stride: Extents?, padding: Extents, dilation: Extents, ceilMode: Bool
    ) throws(ConvolutionError) {
        self.size = try Self.values(size, rank, "kernel_size")
        self.stride =
            try stride.map { stride throws(ConvolutionError) in try Self.values(stride, rank, "stride") }
            ?? self.size
        self.padding = try Self.values(padding, rank, "padding")
        self.dilation = try Self.values(dilation, rank, "dilation")
        self.ceilMode = ceilMode
        guard self.size.allSatisfy({ $0 > 0 }) else { throw .emptyKernel(self.size) }
        guard self.stride.allSatisfy({ $0 > 0 }) else { throw .nonPositiveStride(self.stride) }
        guard self.dilation.allSatisfy({ $0 > 0 }) else { throw .nonPositiveDilation(self.dilation) }
        guard self.padding.allSatisfy({ $0 >= 0 }) else { throw .negativePadding(self.padding) }
        for axis in 0..<rank {
            guard self.padding[axis] <= self.size[axis] / 2 else {
                throw .poolingPadding(self.padding, kernelSize: self.size)
            }
        }
    }

    /// The output's size.
    ///
    /// - Throws: `ConvolutionError.outputTooSmall` if an extent is below 1.
    func outputSize(of inputSize: [Int]) throws(ConvolutionError) -> [Int] {
        var output: [Int] = []
        for axis in inputSize.indices {
            output.append(try outputExtent(inputSize[axis], axis))
        }
        guard output.allSatisfy({ $0 > 0 }) else { throw .outputTooSmall(inputSize: inputSize, outputSize: output) }
        return output
    }

    private func outputExtent(_ input: Int, _ axis: Int) throws(ConvolutionError) -> Int {
        let (padding, stride) = (padding[axis], stride[axis])
        let reach = try Self.reach(size[axis], dilation[axis])
        let (padded, overflows) = input.addingReportingOverflow(2 * padding)
        // The highest that can be added below.
        guard !overflows, padded <= Int.max - stride else {
            throw .sizeOverflow(quantity: "the size of a pooling's output", values: [input, padding, stride])
        }
        let span = padded - reach - 1 + (ceilMode ? stride - 1 : 0)
        var output = span >= 0 ? span / stride + 1 : 0
        // No window begins in the padding behind the input.
        if ceilMode, (output - 1) * stride >= input + padding { output -= 1 }
        return output
    }

    /// From the first tap to the last.
    private static func reach(_ taps: Int, _ dilation: Int) throws(ConvolutionError) -> Int {
        let (reach, overflows) = (taps - 1).multipliedReportingOverflow(by: dilation)
        // Small enough that what is computed with it does not overflow.
        guard !overflows, reach <= Int.max / 4 else {
            throw .sizeOverflow(quantity: "the reach of a pooling's kernel", values: [taps, dilation])
        }
        return reach
    }

    static func values(_ extents: Extents, _ rank: Int, _ parameter: String) throws(ConvolutionError) -> [Int] {
        let values = extents.values
        if values.count == 1 { return Array(repeating: values[0], count: rank) }
        guard values.count == rank else { throw .valueCount(parameter: parameter, rank: rank, values: values) }
        return values
    }
}
