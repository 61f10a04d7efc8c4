// SPDX-License-Identifier: Apache-2.0

extension ConvolutionModule {
    /// The initial weight and bias of a module: both uniform within 1 / sqrt(fan in), where the fan in is the product of all
    /// extents of the weight but the first: of a convolution the number of products summed for one output.
    static func initialParameters(
        weightShape: [Int], biasCount: Int?, seed: UInt64?
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor?) {
        let fanIn = try CheckedSize.product(Array(weightShape.dropFirst()), of: "the fan in of the weight")
        let bound = fanIn == 0 ? 0 : 1 / Float(fanIn).squareRoot()
        var generator = SplitMix64(seed)
        let weight = try Tensor.uniform(weightShape, bound: bound, using: &generator)
        guard let biasCount else { return (weight, nil) }
        return (weight, try Tensor.uniform([biasCount], bound: bound, using: &generator))
    }
}
