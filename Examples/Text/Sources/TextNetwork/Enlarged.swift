// SPDX-License-Identifier: Apache-2.0

import Convolution

// The pyramid enlarges coarse levels, each pixel to a square, and convolves them with those beside them. Both together are
// a transposed convolution of the coarse level: an element of it adds to the outputs that any pixel of its square adds to.
// Per output and channel it takes ((scale + 2) / scale)^2 products instead of 9, and the enlarged level is never made.

/// The weight of the transposed convolution, of stride `scale` and padding 1, that enlarging an image and then convolving
/// it with 3 x 3 and padding 1 is together.
///
/// Pixel p of an element's square, of 0 to scale - 1 along an axis, and tap t meet at output p + 1 - t of the square. That
/// is tap p + 2 - t of the transposed convolution, whose first output lies one before the square.
///
/// - Parameters:
///   - weight: (K, C, 3, 3).
///   - channels: Those of C that are enlarged.
///   - scale: How many times.
/// - Returns: (channels, K, scale + 2, scale + 2).
/// - Throws: `ConvolutionError.parameterShape` if the weight has another shape.
func weightOfEnlarged(
    _ weight: Tensor, channels: Range<Int>, scale: Int
) throws(ConvolutionError) -> Tensor {
    guard weight.rank == 4, weight.shape[1] >= channels.upperBound, weight.shape[2...] == [3, 3] else {
        throw .parameterShape(
            name: "the weight behind an enlarged level",
            expected: [weight.shape.first ?? 1, channels.upperBound, 3, 3], got: weight.shape)
    }
    let (outputs, inputs, size) = (weight.shape[0], weight.shape[1], scale + 2)
    let taps = weight.elements
    // The pixels of a square, from 0 to scale - 1, that tap `at` of the result stands for, each with a tap of its own.
    func tapsMeeting(_ at: Int) -> ClosedRange<Int> { max(0, 2 - at)...min(2, scale + 1 - at) }
    return try Tensor(shape: [channels.count, outputs, size, size]) { result in
        for channel in channels {
            for output in 0..<outputs {
                let first = (output * inputs + channel) * 9
                for row in 0..<size {
                    for column in 0..<size {
                        var sum = 0.0
                        for y in tapsMeeting(row) {
                            for x in tapsMeeting(column) { sum += Double(taps[first + 3 * y + x]) }
                        }
                        result.append(Float(sum))
                    }
                }
            }
        }
    }
}

/// The finest level of the pyramid, whose 96 channels are never made: they are few channels before, and few behind.
///
///     out(factors * lateral(reduced) + enlarged(coarser)) = fused(reduced) + ofCoarser(coarser)
///
/// The factors of the channels depend on the image, and so does the weight of `fused`, a convolution of 3 x 3: it is packed
/// anew in each run, which takes a few hundredths of the time that it saves.
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
        let transposed = try weightOfEnlarged(outWeight, channels: 0..<many, scale: 2)
        var coarser = shape
        (coarser[1], coarser[2], coarser[3]) = (many, shape[2] / 2, shape[3] / 2)
        let problem = try ConvolutionProblem.transposed(
            inputShape: coarser, weightShape: transposed.shape, stride: 2, padding: 1)
        ofCoarser = try ConvolutionPlan(problem, weight: transposed, options: options)
        var sameAlgorithm = options
        sameAlgorithm.algorithm = fused.algorithm
        self.options = sameAlgorithm
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
