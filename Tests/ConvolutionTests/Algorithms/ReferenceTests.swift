// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ReferenceTests {
    /// The definition, element by element and without a thought for speed.
    private func definition(_ problem: ConvolutionProblem, _ input: [Float], _ weight: [Float], _ bias: [Float]?)
        -> [Double]
    {
        let (height, width) = (problem.height, problem.width)
        let channels = problem.inputChannels / problem.groups
        var output: [Double] = []
        for n in 0..<problem.batch {
            for k in 0..<problem.outputChannels {
                let group = k / (problem.outputChannels / problem.groups)
                for y in 0..<height.output {
                    for x in 0..<width.output {
                        var sum = Double(bias?[k] ?? 0)
                        for c in 0..<channels {
                            for ky in 0..<height.kernel {
                                for kx in 0..<width.kernel {
                                    let row = y * height.stride - height.before + ky * height.dilation
                                    let column = x * width.stride - width.before + kx * width.dilation
                                    guard (0..<height.input).contains(row), (0..<width.input).contains(column) else {
                                        continue
                                    }
                                    let channel = n * problem.inputChannels + group * channels + c
                                    let tap = ((k * channels + c) * height.kernel + ky) * width.kernel + kx
                                    sum +=
                                        Double(weight[tap])
                                        * Double(input[(channel * height.input + row) * width.input + column])
                                }
                            }
                        }
                        output.append(sum)
                    }
                }
            }
        }
        return output
    }

    @Test(arguments: 0..<200)
    func `The reference is the definition`(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        // Small integers: the sums are exact in any order.
        func integers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(draw(-9...9)) } }
        func pad() -> AxisPadding { AxisPadding(before: draw(0...3), after: draw(0...3)) }
        let groups = draw(1...3)
        let (channels, outputs) = (groups * draw(0...3), groups * draw(1...3))
        guard
            let problem = try? ConvolutionProblem(
                inputShape: [draw(0...3), channels, draw(1...7), draw(1...7)],
                weightShape: [outputs, channels / groups, draw(1...4), draw(1...4)], rank: 2,
                stride: [draw(1...3), draw(1...3)], padding: .pairs([pad(), pad()]),
                dilation: [draw(1...2), draw(1...2)], groups: groups)
        else {
            // The kernel exceeds the input.
            return
        }
        let (input, weight) = (integers(problem.inputCount), integers(problem.weightCount))
        let bias = draw(0...1) == 1 ? integers(outputs) : nil
        let expected = definition(problem, input, weight, bias)
        #expect(reference(problem, input, weight, bias, zero: 0 as Double) == expected)
        #expect(reference(problem, input, weight, bias, zero: Float(0)) == expected.map(Float.init))
    }

    @Test func `A padded tap is skipped, so an infinite weight doesn't meet a zero`() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 1, 3], weightShape: [1, 1, 3], rank: 1, padding: 1)
        let output = reference(problem, [1, 2, 3], [.infinity, 1, -.infinity], nil, zero: Float(0))
        #expect(output[0] == -.infinity)
        #expect(output[1].isNaN)
        #expect(output[2] == .infinity)
    }

    @Test func `The sum is in double precision`() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 3, 1], weightShape: [1, 3, 1], rank: 1)
        let output = reference(problem, [1e8, 1, -1e8], [1, 1, 1], nil, zero: Float(0))
        #expect(output == [1], "a float sum is 0")
    }

    @Test func `Activations are applied to the double sum`() {
        let inputs: [Double] = [-2, -0.5, 0, 0.5, 7]
        func values(_ activation: Activation) -> [Double] { inputs.map { activation($0) } }
        #expect(values(.none) == inputs)
        #expect(values(.relu) == [0, 0, 0, 0.5, 7])
        #expect(values(.relu6) == [0, 0, 0, 0.5, 6])
        #expect(values(.leakyReLU(slope: 0.25)) == [-0.5, -0.125, 0, 0.5, 7])
        #expect(values(.hardSwish(scale: 6, offset: 1)) == [-1, -0.25, 1, 2.75, 43])
        #expect(Activation.hardSwish(-.infinity) == 0 && Activation.hardSwish(-3) == 0)
        #expect(values(.clamp(-1, 1)) == [-1, -0.5, 0, 0.5, 1])
        // x / (1 + exp(-x)) and x * Phi(x) in Python's float64.
        let silu = [-0.2384058440442351, -0.1887703343990727, 0, 0.3112296656009273, 6.993622641639196]
        let gelu = [-0.04550026389635844, -0.15426876936299344, 0, 0.34573123063700656, 6.999999999991041]
        for (got, expected) in zip(values(.silu) + values(.gelu), silu + gelu) {
            #expect(abs(got - expected) < 1e-12)
        }
        for activation in [
            Activation.none, .relu, .relu6, .leakyReLU(slope: 0.1), .silu, .gelu, .hardSwish, .clamp(0, 1),
        ] {
            #expect(activation(.nan).isNaN)
        }
    }

    private func reference(
        _ problem: ConvolutionProblem, _ input: [Float], _ weight: [Float], _ bias: [Float]?, zero: Float
    ) -> [Float] {
        var output = [Float](repeating: .nan, count: problem.outputCount)
        withBuffers(input, weight, bias) { input, weight, bias in
            output.withUnsafeMutableBufferPointer {
                referenceConvolution(problem, input: input, weight: weight, bias: bias, output: $0)
            }
        }
        return output
    }

    private func reference(
        _ problem: ConvolutionProblem, _ input: [Float], _ weight: [Float], _ bias: [Float]?, zero: Double
    ) -> [Double] {
        var output = [Double](repeating: .nan, count: problem.outputCount)
        withBuffers(input, weight, bias) { input, weight, bias in
            output.withUnsafeMutableBufferPointer {
                referenceConvolution(problem, input: input, weight: weight, bias: bias, output: $0)
            }
        }
        return output
    }

    private func withBuffers(
        _ input: [Float], _ weight: [Float], _ bias: [Float]?,
        _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>?) -> Void
    ) {
        input.withUnsafeBufferPointer { input in
            weight.withUnsafeBufferPointer { weight in
                if let bias {
                    bias.withUnsafeBufferPointer { body(input, weight, $0) }
                } else {
                    body(input, weight, nil)
                }
            }
        }
    }
}
