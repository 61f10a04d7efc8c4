// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// A tensor of `shape` with elements uniform in `-bound..<bound`.
    ///
    /// PyTorch draws the weight of a convolution by `kaiming_uniform_(a: sqrt(5))` and its bias by `uniform_`; with
    /// bound 1 / sqrt(fan in), both are this. The distribution is PyTorch's, the numbers drawn from a seed are not.
    static func uniform(
        _ shape: [Int], bound: Float, using generator: inout some RandomNumberGenerator
    ) throws(ConvolutionError) -> Tensor {
        var tensor = try Tensor(uninitializedShape: shape)
        tensor.withUnsafeMutableBufferPointer { elements in
            for index in elements.indices {
                // 24 bits are a float's precision: each of these numbers in 0..<1 is exact.
                let unit = Float(generator.next() >> 40) * 0x1p-24
                elements[index] = bound * (2 * unit - 1)
            }
        }
        return tensor
    }
}

extension ConvolutionModule {
    /// The initial weight and bias of a module: both uniform within 1 / sqrt(fan in), where the fan in is the number of
    /// products summed for one output.
    static func initialParameters(
        weightShape: [Int], hasBias: Bool, seed: UInt64?
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor?) {
        if let seed {
            var generator = SplitMix64(seed: seed)
            return try parameters(weightShape, hasBias, &generator)
        }
        var generator = SystemRandomNumberGenerator()
        return try parameters(weightShape, hasBias, &generator)
    }

    private static func parameters(
        _ weightShape: [Int], _ hasBias: Bool, _ generator: inout some RandomNumberGenerator
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor?) {
        let fanIn = try CheckedSize.product(Array(weightShape.dropFirst()), of: "the fan in of the weight")
        let bound = fanIn == 0 ? 0 : 1 / Float(fanIn).squareRoot()
        let weight = try Tensor.uniform(weightShape, bound: bound, using: &generator)
        return (weight, hasBias ? try Tensor.uniform([weightShape[0]], bound: bound, using: &generator) : nil)
    }
}
