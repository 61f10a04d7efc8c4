// SPDX-License-Identifier: Apache-2.0

import Convolution
import Testing

@testable import ConvolveCommands

@Suite struct ExplanationTests {
    @Test func anElementIsTheSumOfItsTaps() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 1, 16], weightShape: [1, 1, 3], rank: 1)
        let element = try ElementSum(problem, index: [0, 0, 13], data: ExampleData())
        let terms = element.channels[0]
        #expect(terms.map(\.input) == [13, 14, 15])
        #expect(terms.map(\.weight) == [0.1, 0.2, 0.3])
        #expect(terms.map(\.inputIndex) == [[0, 0, 13], [0, 0, 14], [0, 0, 15]])
        #expect(abs(element.sum - 8.6) < 1e-6)
    }

    @Test func tapsInThePaddingAreSkipped() throws {
        let problem = try ConvolutionProblem(
            inputShape: [1, 1, 4], weightShape: [1, 1, 3], rank: 1, padding: 2, dilation: 2)
        let element = try ElementSum(problem, index: [0, 0, 1], data: ExampleData(kernel: [1, 10, 100]))
        #expect(element.channels[0].map(\.inputIndex) == [nil, [0, 0, 1], [0, 0, 3]])
        #expect(element.sum == 310)
    }

    @Test func groupsReadTheirOwnChannels() throws {
        let problem = try ConvolutionProblem(inputShape: [4, 3, 3], weightShape: [6, 2, 1, 1], rank: 2, groups: 2)
        let element = try ElementSum(problem, index: [3, 2, 1], data: ExampleData())
        #expect(element.channels.map { $0[0].inputIndex } == [[2, 2, 1], [3, 2, 1]])
        #expect(element.channels.map { $0[0].weightIndex } == [[3, 0, 0, 0], [3, 1, 0, 0]])
    }

    @Test(arguments: [[0, 0, 14], [0, 1, 0], [0, 0], [-1, 0, 0], [0, 0, 0, 0]])
    func elementsOutsideTheOutputAreRefused(index: [Int]) throws {
        let problem = try ConvolutionProblem(inputShape: [1, 1, 16], weightShape: [1, 1, 3], rank: 1)
        let failure = #expect(throws: Failure.self) { try ElementSum(problem, index: index, data: ExampleData()) }
        #expect(failure?.status == .badData)
        #expect(failure?.message?.contains("(1, 1, 14)") == true)
    }

    @Test func sumsAgreeWithTheLibrary() throws {
        let problem = try ConvolutionProblem(
            inputShape: [2, 4, 7, 6], weightShape: [6, 2, 3, 2], rank: 2, stride: [2, 1], padding: [1, 0],
            dilation: [1, 2], groups: 2)
        let data = ExampleData()
        let input = try Tensor(
            (0..<problem.inputCount).map { data.input(at: index(of: $0, in: [2, 4, 7, 6]), in: [2, 4, 7, 6]) },
            shape: [2, 4, 7, 6])
        let weight = try Tensor(
            (0..<problem.weightCount).map { data.weight(at: index(of: $0, in: [6, 2, 3, 2]), in: [6, 2, 3, 2]) },
            shape: [6, 2, 3, 2])
        let output = try ConvolutionPlan(problem, weight: weight, options: .init(algorithm: .reference))(input)
        for position in 0..<problem.outputCount {
            let element = try ElementSum(problem, index: index(of: position, in: problem.outputShape), data: data)
            #expect(abs(element.sum - Double(output.elements[position])) < 1e-5)
        }
    }
}
