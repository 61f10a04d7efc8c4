// SPDX-License-Identifier: Apache-2.0

extension ConvolutionModule {
    /// The initial weight and bias of a module: both uniform within 1 / sqrt(fan in), where the fan in is the number of
    /// products summed for one output.
    static func initialParameters(
        weightShape: [Int], hasBias: Bool, seed: UInt64?
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor?) {
        let fanIn = try CheckedSize.product(Array(weightShape.dropFirst()), of: "the fan in of the weight")
        let bound = fanIn == 0 ? 0 : 1 / Float(fanIn).squareRoot()
        var generator = SplitMix64(seed)
        let weight = try Tensor.uniform(weightShape, bound: bound, using: &generator)
        return (weight, hasBias ? try Tensor.uniform([weightShape[0]], bound: bound, using: &generator) : nil)
    }
}
