// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A function applied to each output element as it is stored, after the bias and the residual are added. A later version
/// of the library may have more of them.
public struct Activation: Hashable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what an activation is missing.
    enum Storage: Hashable, Sendable {
        case none, relu, relu6
        case leakyReLU(slope: Float)
        case silu, gelu
        case hardSwish(scale: Float, offset: Float)
        case clamp(Float, Float)
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// `x`
    public static let none = Activation(.none)
    /// `max(x, 0)`
    public static let relu = Activation(.relu)
    /// `min(max(x, 0), 6)`
    public static let relu6 = Activation(.relu6)
    /// `x` where `x >= 0`, `slope * x` elsewhere
    public static func leakyReLU(slope: Float) -> Activation { Activation(.leakyReLU(slope: slope)) }
    /// `x / (1 + exp(-x))`
    public static let silu = Activation(.silu)
    /// `x * Phi(x)` with the normal distribution's Phi, PyTorch's `approximate='none'`
    public static let gelu = Activation(.gelu)
    /// `x * min(max(x + 3, 0), 6) / 6`
    public static let hardSwish = Activation(.hardSwish(scale: 1, offset: 0))
    /// `scale * hardSwish(x) + offset`, as in networks that learn what follows it.
    public static func hardSwish(scale: Float, offset: Float) -> Activation {
        Activation(.hardSwish(scale: scale, offset: offset))
    }
    /// `min(max(x, low), high)`
    public static func clamp(_ low: Float, _ high: Float) -> Activation { Activation(.clamp(low, high)) }

    /// As it is written: `relu`, `leakyReLU(slope: 0.1)`, `clamp(0.0, 1.0)`.
    public var description: String { self == .hardSwish ? "hardSwish" : "\(storage)" }

    /// The activation as a kernel takes it.
    var kernelParameters: (kind: ck_activation, low: Float, high: Float) {
        switch storage {
        case .none: (CK_ACTIVATION_CLAMP, -.infinity, .infinity)
        case .relu: (CK_ACTIVATION_CLAMP, 0, .infinity)
        case .relu6: (CK_ACTIVATION_CLAMP, 0, 6)
        case .clamp(let low, let high): (CK_ACTIVATION_CLAMP, low, high)
        case .leakyReLU(let slope): (CK_ACTIVATION_LEAKY_RELU, slope, 0)
        case .silu: (CK_ACTIVATION_SILU, 0, 0)
        case .gelu: (CK_ACTIVATION_GELU, 0, 0)
        case .hardSwish(let scale, let offset): (CK_ACTIVATION_HARD_SWISH, scale / 6, offset)
        }
    }
}
