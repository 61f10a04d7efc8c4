// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A function applied to each output element as it is stored, after the bias and the residual are added.
public enum Activation: Sendable, Hashable {
    /// `x`
    case none
    /// `max(x, 0)`
    case relu
    /// `min(max(x, 0), 6)`
    case relu6
    /// `x` where `x >= 0`, `slope * x` elsewhere
    case leakyReLU(slope: Float)
    /// `x / (1 + exp(-x))`
    case silu
    /// `x * Phi(x)` with the normal distribution's Phi, PyTorch's `approximate='none'`
    case gelu
    /// `min(max(x, low), high)`
    case clamp(Float, Float)

    /// The activation as a kernel takes it.
    var kernelParameters: (kind: ck_activation, low: Float, high: Float) {
        switch self {
        case .none: (CK_ACTIVATION_CLAMP, -.infinity, .infinity)
        case .relu: (CK_ACTIVATION_CLAMP, 0, .infinity)
        case .relu6: (CK_ACTIVATION_CLAMP, 0, 6)
        case .clamp(let low, let high): (CK_ACTIVATION_CLAMP, low, high)
        case .leakyReLU(let slope): (CK_ACTIVATION_LEAKY_RELU, slope, 0)
        case .silu: (CK_ACTIVATION_SILU, 0, 0)
        case .gelu: (CK_ACTIVATION_GELU, 0, 0)
        }
    }
}
