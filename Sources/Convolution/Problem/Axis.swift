// SPDX-License-Identifier: Apache-2.0

/// One spatial axis of a convolution.
public struct Axis: Sendable, Hashable {
    /// Extent of the input, without padding.
    public let input: Int
    /// Taps of the kernel.
    public let kernel: Int
    /// Distance between the windows of neighbouring outputs.
    public let stride: Int
    /// Distance between neighbouring taps.
    public let dilation: Int
    /// Padding before the first element.
    public let before: Int
    /// Padding after the last element.
    public let after: Int
    /// Extent of the output.
    public let output: Int

    /// Extent of the input with its padding.
    public var paddedInput: Int { input + before + after }

    /// Extent that the taps of one output span.
    public var dilatedKernel: Int { dilation * (kernel - 1) + 1 }
}
