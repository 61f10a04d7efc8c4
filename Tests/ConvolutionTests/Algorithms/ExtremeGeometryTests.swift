// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Convolution

/// Legal calls whose numbers are far from those of any network.
@Suite struct ExtremeGeometryTests {
    /// A stride or a dilation that reaches no other element may be as large as it likes.
    @Test(arguments: [
        [1, 1 << 40, 1], [1, 1, 1 << 40], [1, 1 << 40, 1 << 40], [3, 1 << 40, 2], [2, 1 << 40, 3],
    ])
    func stridesAndDilationsDoNotOverflow(numbers: [Int]) throws {
        let (kernel, stride, dilation) = (numbers[0], numbers[1], numbers[2])
        for ((channels, groups), layout) in [(1, 1), (3, 1), (32, 1), (4, 4)].flatMap({ groups in
            TensorLayout.allCases.map { (groups, $0) }
        }) {
            let input = try Tensor.arange(Float(channels * 9)).view(
                layout.shape(batch: 1, channels: channels, size: [9]))
            let weight = try Tensor.ones([4, channels / groups, kernel])
            func answer(_ algorithm: Algorithm?) throws -> [Float] {
                try conv1d(
                    input, weight: weight, stride: Extents(stride), dilation: Extents(dilation), groups: groups,
                    layout: layout, options: .init(algorithm: algorithm)
                ).elements
            }
            let expected = try answer(.reference)
            let scale = expected.reduce(1) { max($0, abs($1)) }
            #expect(try answer(nil).count == expected.count)
            for algorithm in Algorithm.allCases {
                do {
                    let isClose = try answer(algorithm).largestDifference(from: expected) <= 1e-5 * scale
                    #expect(isClose, "\(algorithm), \(layout)")
                } catch let error as ConvolutionError where error.code == .algorithmNotApplicable {
                    #expect(error.algorithm == algorithm)
                }
            }
        }
    }

    /// Weights that were packed for picking pixels are read in the same order however large the image is.
    @Test func packedWeightsOfAStridedPointwiseKernelServeLargeImages() throws {
        let weight = try Tensor.arange(192).view([3, 64, 1, 1])
        let problem = try ConvolutionProblem(
            inputShape: [1, 64, 9, 9], weightShape: [3, 64, 1, 1], rank: 2, stride: 2)
        let plan = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .gemm))
        let large = try plan.resized(batch: 1, inputSize: [511, 511])
        #expect(large.kernelName == plan.kernelName)
        let output = try large(Tensor.ones([1, 64, 511, 511])).elements
        for channel in 0..<3 {
            let sum = (0..<64).reduce(Float(0)) { $0 + Float(64 * channel + $1) }
            #expect(output[channel * 256 * 256..<(channel + 1) * 256 * 256].allSatisfy { $0 == sum })
        }
    }
}
