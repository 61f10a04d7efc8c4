// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The finest level of the pyramid, whose 96 channels are never made: they are few channels before, and few behind.
///
///     out(factors * lateral(reduced) + enlarged(coarser)) = fused(reduced) + ofCoarser(coarser)
///
/// The factors of the channels depend on the image, and so does the weight of `fused`, a convolution of 3 x 3: it is
/// packed anew in each run, which takes little of the time that it saves.
struct FinestLevel: Sendable {
    /// To few channels.
    var reduce: ConvolutionPlan
    /// For the shapes and for the choice of an algorithm; its weight is that of factors of 1.
    var fused: ConvolutionPlan
    var ofCoarser: ConvolutionPlan
    let lateralExcitation: Excitation
    let outExcitation: Excitation

    private let lateral: [Float]
    private let out: [Float]
    private let options: ConvolutionOptions

    /// - Throws: `ConvolutionError` if a parameter is missing or has another shape.
    init(
        _ parameters: Parameters, _ name: String, shape: [Int], options: ConvolutionOptions
    ) throws(ConvolutionError) {
        let reduceWeight = try parameters.tensor("\(name).reduce.weight")
        reduce = try ConvolutionPlan(
            inputShape: shape, weight: reduceWeight, bias: parameters.tensor("\(name).reduce.bias"), options: options)
        let lateralWeight = try parameters.tensor("\(name).lateral.weight")
        let outWeight = try parameters.tensor("\(name).out.weight")
        let few = reduce.problem.outputChannels
        let many = lateralWeight.shape.first ?? 0
        guard lateralWeight.shape == [many, few, 1, 1] else {
            throw .parameterShape(
                name: "\(name).lateral.weight", expected: [many, few, 1, 1], got: lateralWeight.shape)
        }
        let outputs = outWeight.shape.first ?? 0
        guard outWeight.shape == [outputs, many, 3, 3] else {
            throw .parameterShape(name: "\(name).out.weight", expected: [outputs, many, 3, 3], got: outWeight.shape)
        }
        lateralExcitation = try Excitation(parameters, "\(name).lateral_excitation", channels: many, slope: 0.2)
        outExcitation = try Excitation(parameters, "\(name).out_excitation", channels: outputs, slope: 0.2)
        (lateral, out) = (lateralWeight.elements, outWeight.elements)
        fused = try ConvolutionPlan(
            inputShape: reduce.problem.outputShape,
            weight: FinestLevel.fusedWeight(lateral, out, factors: [Float](repeating: 1, count: many)), padding: 1,
            options: options)
        let transposed = try weightOfEnlarged(outWeight, scale: 2)
        var coarser = shape
        (coarser[1], coarser[2], coarser[3]) = (many, shape[2] / 2, shape[3] / 2)
        let problem = try ConvolutionProblem.transposed(
            inputShape: coarser, weightShape: transposed.shape, stride: 2, padding: 1)
        ofCoarser = try ConvolutionPlan(problem, weight: transposed, options: options)
        var sameAlgorithm = options
        sameAlgorithm.algorithm = fused.algorithm
        self.options = sameAlgorithm
    }

    /// Gives the level another size.
    mutating func resize(to size: [Int], coarser: [Int]) throws(ConvolutionError) {
        _ = try TextNetwork.resize(&reduce, size)
        _ = try TextNetwork.resize(&fused, size)
        _ = try TextNetwork.resize(&ofCoarser, coarser)
    }

    /// The plan of the fused convolution for an image.
    ///
    /// - Parameter means: Of the reduced channels in that image.
    func fused(_ means: [Float]) throws(ConvolutionError) -> ConvolutionPlan {
        let few = means.count
        // The mean of a sum of planes is the sum of their means.
        let lateralMeans = (0..<lateralExcitation.channels).map { row in
            (0..<few).reduce(Float(0)) { $0 + lateral[row * few + $1] * means[$1] }
        }
        let factors = lateralExcitation(lateralMeans).map { 1 + $0 }
        return try ConvolutionPlan(
            fused.problem, weight: FinestLevel.fusedWeight(lateral, out, factors: factors), options: options)
    }

    /// (outputs, few, 3, 3): the products of `out` (outputs, many, 3, 3), the factors, and `lateral` (many, few).
    private static func fusedWeight(
        _ lateral: [Float], _ out: [Float], factors: [Float]
    ) throws(ConvolutionError) -> Tensor {
        let many = factors.count
        let (few, outputs) = (lateral.count / many, out.count / many / 9)
        var weight = [Float](repeating: 0, count: outputs * few * 9)
        for output in 0..<outputs {
            for channel in 0..<many {
                for column in 0..<few {
                    let factor = lateral[channel * few + column] * factors[channel]
                    for tap in 0..<9 {
                        weight[(output * few + column) * 9 + tap] += out[(output * many + channel) * 9 + tap] * factor
                    }
                }
            }
        }
        return try Tensor(weight, shape: [outputs, few, 3, 3])
    }
}
