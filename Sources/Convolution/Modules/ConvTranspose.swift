// SPDX-License-Identifier: Apache-2.0

/// A one-dimensional transposed convolution layer, PyTorch's `torch.nn.ConvTranspose1d`.
///
/// ```swift
/// let layer = try ConvTranspose1d(4, 8, kernelSize: 4, stride: 2, padding: 1)
/// let y = try layer(x)    // x: (5, 4, 16)  ->  y: (5, 8, 32)
/// print(layer)            // ConvTranspose1d(4, 8, kernel_size=(4,), stride=(2,), padding=(1,))
/// ```
public typealias ConvTranspose1d = TransposedConvolutionLayer<Rank1>

/// A two-dimensional transposed convolution layer, PyTorch's `torch.nn.ConvTranspose2d`.
///
/// ```swift
/// let layer = try ConvTranspose2d(8, 4, kernelSize: 2, stride: 2)
/// let y = try layer(x)    // x: (5, 8, 10, 5)  ->  y: (5, 4, 20, 10)
/// let z = try layer(x, outputSize: [21, 10])
/// print(layer)            // ConvTranspose2d(8, 4, kernel_size=(2, 2), stride=(2, 2))
/// ```
public typealias ConvTranspose2d = TransposedConvolutionLayer<Rank2>

/// A three-dimensional transposed convolution layer, PyTorch's `torch.nn.ConvTranspose3d`.
///
/// ```swift
/// let layer = try ConvTranspose3d(64, 32, kernelSize: 2, stride: 2)
/// let y = try layer(x)    // x: (1, 64, 16, 16, 16)  ->  y: (1, 32, 32, 32, 32)
/// print(layer)            // ConvTranspose3d(64, 32, kernel_size=(2, 2, 2), stride=(2, 2, 2))
/// ```
public typealias ConvTranspose3d = TransposedConvolutionLayer<Rank3>
