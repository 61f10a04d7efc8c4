// SPDX-License-Identifier: Apache-2.0

/// A one-dimensional convolution layer, PyTorch's `torch.nn.Conv1d`.
///
/// ```swift
/// let layer = try Conv1d(4, 8, kernelSize: 3, stride: 2)
/// let y = try layer(x)    // x: (5, 4, 16)  ->  y: (5, 8, 7)
/// print(layer)            // Conv1d(4, 8, kernel_size=(3,), stride=(2,))
/// ```
public typealias Conv1d = ConvolutionLayer<Rank1>

/// A two-dimensional convolution layer, PyTorch's `torch.nn.Conv2d`.
///
/// ```swift
/// let layer = try Conv2d(8, 14, kernelSize: [3, 2], stride: [2, 1])
/// let y = try layer(x)    // x: (5, 8, 10, 5)  ->  y: (5, 14, 4, 4)
/// print(layer)            // Conv2d(8, 14, kernel_size=(3, 2), stride=(2, 1))
/// ```
public typealias Conv2d = ConvolutionLayer<Rank2>

/// A three-dimensional convolution layer, PyTorch's `torch.nn.Conv3d`.
///
/// ```swift
/// let layer = try Conv3d(3, 64, kernelSize: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3])
/// let y = try layer(x)    // x: (1, 3, 8, 112, 112)  ->  y: (1, 64, 8, 56, 56)
/// print(layer)            // Conv3d(3, 64, kernel_size=(3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3))
/// ```
public typealias Conv3d = ConvolutionLayer<Rank3>

/// How many spatial axes a layer has, as a type: it is there to be used and not to be conformed to.
public protocol SpatialRank: Sendable {
    /// The number of axes.
    static var count: Int { get }
}

/// One axis.
public enum Rank1: SpatialRank {
    /// 1.
    public static var count: Int { 1 }
}

/// Two axes.
public enum Rank2: SpatialRank {
    /// 2.
    public static var count: Int { 2 }
}

/// Three axes.
public enum Rank3: SpatialRank {
    /// 3.
    public static var count: Int { 3 }
}
