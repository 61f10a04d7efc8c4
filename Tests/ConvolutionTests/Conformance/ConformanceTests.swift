// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation
import TestSupport
import Testing

/// PyTorch's and ONNX's own cases, and awkward ones, through the library; expected values are PyTorch's in float64.
@Suite struct ConformanceTests {
    static let suite = try? ConformanceSuite(
        directory: Bundle.module.bundleURL.appending(path: "Fixtures/conformance"))
    static let cases = suite?.cases.filter { $0.rank != nil } ?? []

    @Test func `The manifest is complete, and only ops that the library does not have are left out`() throws {
        let all = try #require(Self.suite).cases
        #expect(all.count == 268)
        #expect(Self.cases.filter { $0.op == "conv1d" }.count == 70)
        #expect(Self.cases.filter { $0.op == "conv2d" }.count == 165)
        #expect(Self.cases.filter { $0.op == "conv3d" }.count == 13)
        #expect(Self.cases.count(where: \.isTransposed) == 20)
        #expect(all.allSatisfy { $0.rank != nil })
    }

    @Test(arguments: cases.filter { $0.expected == .ok })
    func `Every algorithm answers on every instruction set`(_ conformanceCase: ConformanceCase) throws {
        let tensors = try #require(Self.suite).tensors(of: conformanceCase)
        var answered: Set<Algorithm> = []
        for instructionSet in InstructionSet.available {
            for algorithm in Algorithm.allCases {
                let options = ConvolutionOptions(
                    algorithm: algorithm, precision: .fast, instructionSet: instructionSet)
                do {
                    let output = try run(conformanceCase, tensors, options)
                    check(conformanceCase, output, tensors, algorithm, "\(algorithm) on \(instructionSet)")
                    answered.insert(algorithm)
                } catch ConvolutionError.Code.algorithmNotApplicable {
                    continue
                }
            }
        }
        #expect(answered.isSuperset(of: [.reference, .im2col, .direct, .gemm]), "these apply to every convolution")
    }

    @Test(arguments: cases.filter { $0.expected == .ok })
    func `Every algorithm answers with the channels last`(_ conformanceCase: ConformanceCase) throws {
        var tensors = try #require(Self.suite).tensors(of: conformanceCase)
        let rank = try #require(conformanceCase.rank)
        tensors["input"] = try #require(tensors["input"]).withChannelsLast(rank: rank)
        for algorithm in Algorithm.allCases {
            let options = ConvolutionOptions(algorithm: algorithm, precision: .fast)
            do {
                let output = try run(conformanceCase, tensors, options, layout: .channelsLast)
                check(
                    conformanceCase, try output.withChannelsFirst(rank: rank), tensors, algorithm, "\(algorithm)")
            } catch ConvolutionError.Code.algorithmNotApplicable {
                continue
            }
        }
    }

    @Test(arguments: cases.filter { $0.expected == .ok })
    func `The chosen algorithm answers at every precision`(_ conformanceCase: ConformanceCase) throws {
        let tensors = try #require(Self.suite).tensors(of: conformanceCase)
        for precision in Precision.allCases {
            let options = ConvolutionOptions(precision: precision)
            let output = try run(conformanceCase, tensors, options)
            let problem = try problem(conformanceCase, tensors)
            let chosen = try ConvolutionPlan.explainChoice(problem, options: options).first(where: \.isChosen)
            check(conformanceCase, output, tensors, try #require(chosen).algorithm, "\(precision)")
        }
    }

    @Test(arguments: cases.filter { $0.expected == .ok })
    func `Modules answer, batched and unbatched calls sharing their plans`(_ conformanceCase: ConformanceCase) throws {
        let tensors = try #require(Self.suite).tensors(of: conformanceCase)
        let layer = try layer(conformanceCase, tensors, ConvolutionOptions(precision: .strict))
        let input = try #require(tensors["input"])
        for _ in 0..<2 {
            check(conformanceCase, try layer(input), tensors, .direct, "module")
        }
        if input.shape.count == layer.rank + 1 {
            let batched = try layer(input.view([1] + input.shape))
            check(
                conformanceCase, try batched.view(Array(batched.shape.dropFirst())), tensors, .direct, "batched module")
        }
    }

    @Test(arguments: cases.filter { $0.expected == .error })
    func `A call that PyTorch rejects throws a typed error`(_ conformanceCase: ConformanceCase) throws {
        let tensors = try #require(Self.suite).tensors(of: conformanceCase)
        let error = #expect(throws: ConvolutionError.self) { try run(conformanceCase, tensors, .init()) }
        #expect(error?.description.isEmpty == false)
    }

    // MARK: Calls

    /// The case as a function call; as a module's where the padding isn't zeros, which PyTorch's functions don't have.
    private func run(
        _ conformanceCase: ConformanceCase, _ tensors: [String: Tensor], _ options: ConvolutionOptions,
        layout: TensorLayout = .channelsFirst
    ) throws -> Tensor {
        guard conformanceCase.paddingMode == "zeros" else {
            return try layer(conformanceCase, tensors, options, layout: layout)(#require(tensors["input"]))
        }
        let (input, weight) = (try #require(tensors["input"]), try #require(tensors["weight"]))
        let (stride, dilation) = (conformanceCase.stride, conformanceCase.dilation)
        let padding = try conformanceCase.libraryPadding()
        if conformanceCase.isTransposed {
            return try runTransposed(conformanceCase, input, weight, tensors["bias"], layout, options)
        }
        switch conformanceCase.rank {
        case 1:
            return try conv1d(
                input, weight: weight, bias: tensors["bias"], stride: stride, padding: padding, dilation: dilation,
                groups: conformanceCase.groups, layout: layout, options: options)
        case 2:
            return try conv2d(
                input, weight: weight, bias: tensors["bias"], stride: stride, padding: padding, dilation: dilation,
                groups: conformanceCase.groups, layout: layout, options: options)
        default:
            return try conv3d(
                input, weight: weight, bias: tensors["bias"], stride: stride, padding: padding, dilation: dilation,
                groups: conformanceCase.groups, layout: layout, options: options)
        }
    }

    private func runTransposed(
        _ conformanceCase: ConformanceCase, _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ layout: TensorLayout,
        _ options: ConvolutionOptions
    ) throws -> Tensor {
        let (stride, dilation, groups) = (conformanceCase.stride, conformanceCase.dilation, conformanceCase.groups)
        let (padding, extra) = (try conformanceCase.libraryPadding(), conformanceCase.outputPadding ?? [0])
        switch conformanceCase.rank {
        case 1:
            return try convTranspose1d(
                input, weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: extra,
                groups: groups, dilation: dilation, layout: layout, options: options)
        case 2:
            return try convTranspose2d(
                input, weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: extra,
                groups: groups, dilation: dilation, layout: layout, options: options)
        default:
            return try convTranspose3d(
                input, weight: weight, bias: bias, stride: stride, padding: padding, outputPadding: extra,
                groups: groups, dilation: dilation, layout: layout, options: options)
        }
    }

    private func problem(
        _ conformanceCase: ConformanceCase, _ tensors: [String: Tensor]
    ) throws -> ConvolutionProblem {
        if conformanceCase.isTransposed {
            return try .transposed(
                inputShape: #require(tensors["input"]).shape, weightShape: #require(tensors["weight"]).shape,
                rank: conformanceCase.rank, stride: Extents(conformanceCase.stride),
                padding: conformanceCase.libraryPadding(),
                outputPadding: Extents(conformanceCase.outputPadding ?? [0]), groups: conformanceCase.groups,
                dilation: Extents(conformanceCase.dilation))
        }
        return try convolutionProblem(conformanceCase, tensors)
    }

    private func convolutionProblem(
        _ conformanceCase: ConformanceCase, _ tensors: [String: Tensor]
    ) throws -> ConvolutionProblem {
        try ConvolutionProblem(
            inputShape: #require(tensors["input"]).shape, weightShape: #require(tensors["weight"]).shape,
            rank: conformanceCase.rank, stride: Extents(conformanceCase.stride),
            padding: conformanceCase.libraryPadding(), dilation: Extents(conformanceCase.dilation),
            groups: conformanceCase.groups)
    }

    private struct Layer {
        let rank: Int
        let call: (Tensor) throws -> Tensor

        func callAsFunction(_ input: Tensor) throws -> Tensor { try call(input) }
    }

    private func layer(
        _ conformanceCase: ConformanceCase, _ tensors: [String: Tensor], _ options: ConvolutionOptions,
        layout: TensorLayout = .channelsFirst
    ) throws -> Layer {
        switch conformanceCase.rank {
        case 1: try layer(Rank1.self, conformanceCase, tensors, options, layout)
        case 2: try layer(Rank2.self, conformanceCase, tensors, options, layout)
        default: try layer(Rank3.self, conformanceCase, tensors, options, layout)
        }
    }

    private func layer<Rank: SpatialRank>(
        _ rank: Rank.Type, _ conformanceCase: ConformanceCase, _ tensors: [String: Tensor],
        _ options: ConvolutionOptions, _ layout: TensorLayout
    ) throws -> Layer {
        let weight = try #require(tensors["weight"])
        let stride = Extents(conformanceCase.stride)
        let dilation = Extents(conformanceCase.dilation)
        let padding = try conformanceCase.libraryPadding()
        let mode = try PaddingMode(parsing: conformanceCase.paddingMode)
        if conformanceCase.isTransposed {
            let layer = try TransposedConvolutionLayer<Rank>(
                weight: weight, bias: tensors["bias"], stride: stride, padding: padding,
                outputPadding: Extents(conformanceCase.outputPadding ?? [0]), groups: conformanceCase.groups,
                dilation: dilation, layout: layout, options: options)
            return Layer(rank: Rank.count) { try layer($0) }
        }
        let layer = try ConvolutionLayer<Rank>(
            weight: weight, bias: tensors["bias"], stride: stride, padding: padding, dilation: dilation,
            groups: conformanceCase.groups, paddingMode: mode, layout: layout, options: options)
        return Layer(rank: Rank.count) { try layer($0) }
    }

    private func check(
        _ conformanceCase: ConformanceCase, _ output: Tensor, _ tensors: [String: Tensor], _ algorithm: Algorithm,
        _ context: String
    ) {
        #expect(output.shape == conformanceCase.outputShape, "\(context)")
        let mismatch = conformanceCase.mismatch(
            got: output.elements, expected: tensors["output"]?.elements ?? [])
        #expect(mismatch == nil, "\(context)")
    }
}
