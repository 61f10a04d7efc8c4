// SPDX-License-Identifier: Apache-2.0

import Convolution

/// A function of each element of a tensor: what stands in a network where no convolution stores the elements and applies
/// an `Activation` by the way, which costs no pass over them.
///
/// ```swift
/// let y = try ElementFunction.sigmoid(x)              // a new tensor
/// let z = try sigmoid(x)                              // the same by PyTorch's name
/// var elements = x.mutableSpan
/// ElementFunction.sigmoid.apply(to: &elements)        // in place, allocating nothing
/// ```
///
/// A NaN stays one. A later version of the library may have more of them.
public struct ElementFunction: Hashable, Sendable, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        case clamp(Float, Float)
        case leakyReLU(slope: Float)
        case sigmoid, tanh, silu, gelu, hardSigmoid, hardSwish
    }

    private let storage: Storage
    /// As it is written: `relu`, `leakyReLU(slope: 0.1)`.
    public let description: String

    private init(_ storage: Storage, _ description: String) {
        self.storage = storage
        self.description = description
    }

    /// `max(x, 0)`
    public static let relu = ElementFunction(.clamp(0, .infinity), "relu")
    /// `min(max(x, 0), 6)`
    public static let relu6 = ElementFunction(.clamp(0, 6), "relu6")
    /// `min(max(x, low), high)`
    public static func clamp(_ low: Float, _ high: Float) -> ElementFunction {
        ElementFunction(.clamp(low, high), "clamp(\(low), \(high))")
    }
    /// `x` where `x >= 0`, `slope * x` elsewhere
    public static func leakyReLU(slope: Float) -> ElementFunction {
        ElementFunction(.leakyReLU(slope: slope), "leakyReLU(slope: \(slope))")
    }
    /// `1 / (1 + exp(-x))`
    public static let sigmoid = ElementFunction(.sigmoid, "sigmoid")
    /// The hyperbolic tangent.
    public static let tanh = ElementFunction(.tanh, "tanh")
    /// `x / (1 + exp(-x))`
    public static let silu = ElementFunction(.silu, "silu")
    /// `x * Phi(x)` with the normal distribution's Phi, PyTorch's `approximate='none'`
    public static let gelu = ElementFunction(.gelu, "gelu")
    /// `min(max(x + 3, 0), 6) / 6`
    public static let hardSigmoid = ElementFunction(.hardSigmoid, "hardSigmoid")
    /// `x * min(max(x + 3, 0), 6) / 6`
    public static let hardSwish = ElementFunction(.hardSwish, "hardSwish")

    /// The function of each element, in a new tensor of the same shape.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory for it.
    public func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        var output = try Tensor(uninitializedShape: input.shape)
        var elements = output.mutableSpan
        try run(input: input.span, output: &elements)
        return output
    }

    /// Writes the function of each element into memory of the caller. Allocates nothing.
    ///
    /// - Throws: `ConvolutionError.countMismatch` if the output does not have as many elements as the input.
    public func run(input: Span<Float>, output: inout MutableSpan<Float>) throws(ConvolutionError) {
        guard input.count == output.count else {
            throw .countMismatch(tensor: "output", expected: input.count, got: output.count)
        }
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let base = output.baseAddress else { return }
                apply(input, base, output.count)
            }
        }
    }

    /// Replaces each element by its function. Allocates nothing.
    public func apply(to elements: inout MutableSpan<Float>) {
        elements.withUnsafeMutableBufferPointer { elements in
            guard let base = elements.baseAddress else { return }
            apply(base, base, elements.count)
        }
    }

    private func apply(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ count: Int) {
        switch storage {
        case .clamp(let low, let high): Clamp(low: low, high: high).apply(input, output, count: count)
        case .leakyReLU(let slope): LeakyReLU(slope: slope).apply(input, output, count: count)
        case .sigmoid: Sigmoid().apply(input, output, count: count)
        case .tanh: HyperbolicTangent().apply(input, output, count: count)
        case .silu: SiLU().apply(input, output, count: count)
        case .gelu: GELU().apply(input, output, count: count)
        case .hardSigmoid: HardSigmoid().apply(input, output, count: count)
        case .hardSwish: HardSwish().apply(input, output, count: count)
        }
    }
}

// PyTorch's names. Each throws `ConvolutionError.outOfMemory` alone.

/// `max(x, 0)` of each element.
public func relu(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.relu(input) }

/// `min(max(x, 0), 6)` of each element.
public func relu6(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.relu6(input) }

/// `x` where `x >= 0`, `negativeSlope * x` elsewhere.
public func leakyReLU(_ input: Tensor, negativeSlope: Float = 0.01) throws(ConvolutionError) -> Tensor {
    try ElementFunction.leakyReLU(slope: negativeSlope)(input)
}

/// `1 / (1 + exp(-x))` of each element.
public func sigmoid(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.sigmoid(input) }

/// The hyperbolic tangent of each element.
public func tanh(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.tanh(input) }

/// `x / (1 + exp(-x))` of each element.
public func silu(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.silu(input) }

/// `x * Phi(x)` of each element, PyTorch's `approximate='none'`.
public func gelu(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.gelu(input) }

/// `min(max(x + 3, 0), 6) / 6` of each element.
public func hardSigmoid(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.hardSigmoid(input) }

/// `x * min(max(x + 3, 0), 6) / 6` of each element.
public func hardSwish(_ input: Tensor) throws(ConvolutionError) -> Tensor { try ElementFunction.hardSwish(input) }
