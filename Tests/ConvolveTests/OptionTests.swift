// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Testing

@testable import ConvolveCommands

@Suite struct OptionTests {
    @Test(arguments: [("2", [2]), ("2,1", [2, 1]), ("-1", [-1]), ("0,-3,7", [0, -3, 7])])
    func integerListsAreRead(text: String, values: [Int]) {
        #expect(IntegerList(argument: text)?.values == values)
    }

    @Test(arguments: ["", "x", "1,", ",1", "1;2", "1.5", "99999999999999999999", "1, 2"])
    func malformedIntegerListsAreRefused(text: String) {
        #expect(IntegerList(argument: text) == nil)
    }

    @Test func realListsAreRead() {
        #expect(RealList(argument: "0.1,-2,3e1")?.values == [0.1, -2, 30])
        #expect(RealList(argument: "0.1,,2") == nil)
    }

    @Test func valueListsKeepTheirOrderAndDropRepetitions() {
        let list = ValueList<Choice<InstructionSet>>(argument: "avx2,auto,avx2")
        #expect(list?.values == [.named(.avx2), .auto])
        #expect(ValueList<Choice<InstructionSet>>(argument: "avx3") == nil)
        #expect(ValueList<ExecutorKind>(argument: "") == nil)
    }

    @Test func choicesNameAValueOrNone() {
        #expect(Choice<Algorithm>(argument: "auto")?.value == nil)
        #expect(Choice<Algorithm>(argument: "auto") == .auto)
        #expect(Choice<Algorithm>(argument: "winograd4")?.value == .winograd4)
        #expect(Choice<Algorithm>(argument: "winograd9") == nil)
        #expect(Choice<Algorithm>.allValueStrings.first == "auto")
    }

    @Test func algorithmSelectionsAreAllOrAList() {
        #expect(AlgorithmSelection(argument: "all") == .all)
        #expect(AlgorithmSelection(argument: "auto") == .listed([.auto]))
        #expect(AlgorithmSelection(argument: "direct,gemm") == .listed([.named(.direct), .named(.gemm)]))
        #expect(AlgorithmSelection(argument: "all,gemm") == nil)
        #expect(AlgorithmSelection(argument: "auto,all") == .autoAndAll)
        #expect(AlgorithmSelection(argument: "all,auto") == .autoAndAll)
    }

    @Test func allWithAutoIsAllAndOneMore() throws {
        let problem = try ConvolutionProblem(inputShape: [1, 4, 8, 8], weightShape: [4, 4, 3, 3], rank: 2)
        let all = try CandidateGrid(algorithms: .all).candidates(for: problem)
        let both = try CandidateGrid(algorithms: .autoAndAll).candidates(for: problem)
        #expect(both.first?.algorithm == .auto)
        #expect(Array(both.dropFirst()) == all)
    }

    @Test func allLeavesOutAReferenceThatTakesLong() throws {
        let large = try ConvolutionProblem(inputShape: [1, 256, 256, 256], weightShape: [256, 256, 3, 3], rank: 2)
        func hasReference(_ problem: ConvolutionProblem) throws -> Bool {
            try CandidateGrid(threads: [1]).candidates(for: problem).contains { $0.algorithm == .named(.reference) }
        }
        #expect(try !hasReference(large))
        let asked = CandidateGrid(algorithms: .listed([.named(.reference)]))
        #expect(try asked.candidates(for: large).count == 1)
        let small = try ConvolutionProblem(inputShape: [1, 4, 8, 8], weightShape: [4, 4, 3, 3], rank: 2)
        #expect(try hasReference(small))
    }

    @Test func callsAreAListOrAll() {
        #expect(TimedCalls(argument: "all")?.calls == Set(TimedCall.allCases))
        #expect(TimedCalls(argument: "plan,first")?.calls == [.plan, .first])
        #expect(TimedCalls(argument: "second") == nil)
        #expect(!TimedCalls.prepared.areMore)
    }

    @Test func networksAreNamedOrListed() {
        #expect(NetworkArgument(argument: "crepe") == .network(.crepe))
        #expect(NetworkArgument(argument: "list") == .list)
        #expect(NetworkArgument(argument: "resnet51") == nil)
        #expect(NetworkArgument.allValueStrings.contains("unet"))
    }

    @Test(
        arguments: [
            ("x.npy", "x.npy", nil), ("a:b/x.npy", "a:b/x.npy", nil), ("m.safetensors", "m.safetensors", nil),
            ("m.safetensors:conv1.weight", "m.safetensors", "conv1.weight"),
            ("c:/m.safetensors:a:b", "c:/m.safetensors", "a:b"),
        ] as [(String, String, String?)])
    func tensorLocationsSplitAtTheKey(argument: String, path: String, key: String?) {
        let location = TensorLocation(argument: argument)
        #expect(location.path == path)
        #expect(location.key == key)
    }

    @Test func paddingIsAmountsOrAWord() {
        #expect(PaddingArgument(argument: "1,0") == .amounts([1, 0]))
        #expect(PaddingArgument(argument: "same") == .same)
        #expect(PaddingArgument(argument: "valid") == .valid)
        #expect(PaddingArgument(argument: "full") == nil)
    }

    @Test func padsAreBeforeAndAfterAxisByAxis() throws {
        let padding = try PaddingArgument.pairs([1, 2, 3, 4]).library(rank: 2)
        #expect(padding == .pairs([AxisPadding(before: 1, after: 2), AxisPadding(before: 3, after: 4)]))
        #expect(throws: ConvolutionError.valueCount(parameter: "pads", rank: 2, values: [1, 2])) {
            try PaddingArgument.pairs([1, 2]).library(rank: 2)
        }
    }

    @Test func geometryOptionsAreParsedWithNegativeNumbers() throws {
        let options = try GeometryOptions.parse(["--stride", "-1", "--pads", "0,1", "--groups", "-2"])
        #expect(
            options.geometry == Geometry(stride: [-1], padding: .pairs([0, 1]), dilation: [1], groups: -2))
        #expect(try GeometryOptions.parse([]).geometry == Geometry())
    }

    @Test(arguments: [
        ["--padding", "1", "--pads", "0,1"], ["--pads", "1"], ["--padding", "full"], ["--stride", "x"],
    ])
    func contradictoryGeometryIsAUsageError(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try GeometryOptions.parse(arguments) }
        #expect(error.map { GeometryOptions.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: [
        ["--threads", "0"], ["--threads", "1025"], ["--isa", "mmx"], ["--algorithm", "fast"],
        ["--tuning", "guessed"], ["--tuning-file", "t.json"], ["--tuning", "estimated", "--tuning-file", "t.json"],
    ])
    func impossibleExecutionIsAUsageError(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try ExecutionOptions.parse(arguments) }
        #expect(error.map { ExecutionOptions.exitCode(for: $0) } == .validationFailure)
    }

    @Test func executionOptionsReachTheLibrary() throws {
        let options = try ExecutionOptions.parse([
            "--algorithm", "gemm", "--precision", "strict", "--isa", "scalar", "--executor", "serial", "--threads", "3",
        ]).library
        #expect(options.algorithm == .gemm)
        #expect(options.precision == .strict)
        #expect(options.instructionSet == .scalar)
        #expect(options.executor == .serial)
        #expect(options.threads == 3)
        #expect(options.tuning == .estimated)
        let measured = try ExecutionOptions.parse(["--tuning", "measured"]).library
        #expect(measured.tuning == .measured)
        let remembered = try ExecutionOptions.parse(["--tuning", "measured", "--tuning-file", "t.json"]).library
        #expect(remembered.tuning == .measured(file: "t.json"))
    }
}
