// SPDX-License-Identifier: Apache-2.0

/// One spatial axis of a convolution, or of a transposed one.
public struct Axis: Sendable, Hashable {
    /// Extent of the input, without padding.
    public let input: Int
    /// Taps of the kernel.
    public let kernel: Int
    /// Distance between the windows of neighbouring outputs; of a transposed convolution, between those of the outputs that
    /// neighbouring inputs are added to.
    public let stride: Int
    /// Distance between neighbouring taps.
    public let dilation: Int
    /// Padding before the first element; of a transposed convolution, the outputs that are left out there.
    public let before: Int
    /// Padding after the last element; of a transposed convolution, the outputs that are left out there.
    public let after: Int
    /// Extent of the output.
    public let output: Int
    /// Of a transposed convolution, what is added to the extent of the output; 0 for others.
    public private(set) var outputPadding = 0

    /// Extent of the input with its padding.
    public var paddedInput: Int { input + before + after }

    /// Extent that the taps of one output span.
    public var dilatedKernel: Int { dilation * (kernel - 1) + 1 }
}
