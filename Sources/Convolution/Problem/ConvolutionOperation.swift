// SPDX-License-Identifier: Apache-2.0

/// What a problem computes: a convolution or a transposed one. A later version may have more: a `switch` over it takes a
/// `default`.
public struct ConvolutionOperation: Sendable, Hashable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what an operation is missing.
    enum Storage: Sendable, Hashable {
        case convolution
        case transposed
    }

    let storage: Storage

    /// `conv1d`, `conv2d` and `conv3d`.
    public static let convolution = ConvolutionOperation(storage: .convolution)
    /// `convTranspose1d`, `convTranspose2d` and `convTranspose3d`.
    public static let transposed = ConvolutionOperation(storage: .transposed)

    /// The name of the constant.
    public var description: String {
        switch storage {
        case .convolution: "convolution"
        case .transposed: "transposed"
        }
    }

    /// The name of the layer of so many axes in PyTorch: `Conv2d`, `ConvTranspose2d`.
    func moduleName(rank: Int) -> String {
        switch storage {
        case .convolution: "Conv\(rank)d"
        case .transposed: "ConvTranspose\(rank)d"
        }
    }

    /// The name of the function of so many axes in PyTorch: `conv2d`, `conv_transpose2d`.
    public func functionName(rank: Int) -> String {
        switch storage {
        case .convolution: "conv\(rank)d"
        case .transposed: "conv_transpose\(rank)d"
        }
    }
}
