// SPDX-License-Identifier: Apache-2.0

// Not `@testable`: this is a user's file, and what it uses is what docs/public-api.md promises.
import Convolution
import Testing

/// What a user's code may do with what the library names and throws, and what every later version must compile.
struct PublicContractTests {
    private let input = [1, 4, 8, 8]

    private func call(_ weight: [Int], stride: Int = 1, options: ConvolutionOptions = .init()) throws(ConvolutionError)
    {
        _ = try conv2d(Tensor.ones(input), weight: Tensor.ones(weight), stride: stride, options: options)
    }

    /// Each is looked up by its name and shown by it, whatever else there is.
    @Test func namedValuesAreParsedAndShownByTheirNames() {
        func check<Value>(_ type: Value.Type, _ names: [String], _ values: [Value]) -> Int
        where Value: RawRepresentable<String> & CaseIterable & Hashable & CustomStringConvertible & Sendable {
            #expect(zip(names, values).allSatisfy { Value(rawValue: $0) == $1 && "\($1)" == $0 && $1.rawValue == $0 })
            #expect(names.count == values.count && Set(Value.allCases).isSuperset(of: values))
            #expect(Set(Value.allCases).count == Value.allCases.count)
            #expect(Value.allCases.allSatisfy { Value(rawValue: $0.rawValue) == $0 })
            #expect(Value(rawValue: "another") == nil)
            return names.count
        }
        var count = check(
            Algorithm.self, ["reference", "im2col", "direct", "gemm", "depthwise", "fft"],
            [.reference, .im2col, .direct, .gemm, .depthwise, .fft])
        count += check(
            Algorithm.self, ["winograd2", "winograd3", "winograd4", "winograd4x2", "winograd6", "winograd7x4"],
            [.winograd2, .winograd3, .winograd4, .winograd4x2, .winograd6, .winograd7x4])
        count += check(Precision.self, ["strict", "standard", "fast"], [.strict, .standard, .fast])
        count += check(InstructionSet.self, ["scalar", "avx2", "avx512"], [.scalar, .avx2, .avx512])
        count += check(ExecutorKind.self, ["serial", "dispatch", "openmp"], [.serial, .dispatch, .openmp])
        count += check(
            PaddingMode.self, ["zeros", "reflect", "replicate", "circular"], [.zeros, .reflect, .replicate, .circular])
        count += check(TensorLayout.self, ["channelsFirst", "channelsLast"], [.channelsFirst, .channelsLast])
        #expect(count == 27)
        #expect(Precision.strict < .standard && Precision.standard < .fast && InstructionSet.scalar < .avx2)
    }

    @Test func aSwitchOverAValueHasADefault() {
        func words(_ algorithm: Algorithm) -> String {
            switch algorithm {
            case .direct, .gemm, .depthwise: "sums the products"
            case .fft: "transforms"
            default: "something else"
            }
        }
        #expect([.gemm, .fft, .winograd4].map(words) == ["sums the products", "transforms", "something else"])
    }

    @Test func activationsAreWrittenAndComparedAsBefore() {
        let activations: [Activation] = [
            .none, .relu, .relu6, .leakyReLU(slope: 0.5), .silu, .gelu, .clamp(-1, 1), .hardSwish,
            .hardSwish(scale: 0.5, offset: 1),
        ]
        #expect(Set(activations).count == 9)
        #expect(activations[3] == .leakyReLU(slope: 0.5) && activations[3] != .leakyReLU(slope: 0.25))
        #expect(
            activations.map(\.description) == [
                "none", "relu", "relu6", "leakyReLU(slope: 0.5)", "silu", "gelu", "clamp(-1.0, 1.0)", "hardSwish",
                "hardSwish(scale: 0.5, offset: 1.0)",
            ])
    }

    // MARK: Errors

    /// As docs/public-api.md writes it.
    @Test func anErrorIsCaughtByItsValueByItsCodeAndByWhatItNames() throws {
        let x = try Tensor.ones(input)
        func said(_ weight: [Int], stride: Int = 1) throws -> String {
            let w = try Tensor.ones(weight)
            var y: Tensor?
            do {
                y = try conv2d(x, weight: w, stride: stride)
            } catch .nonPositiveStride([0, 0]) {
                return "this very error"
            } catch ConvolutionError.Code.nonPositiveStride {
                return "any stride below 1"
            } catch let error where error.code == .channelMismatch {
                return "\(error.count ?? 0) channels instead of \(error.expectedCount ?? 0)"
            } catch {
                return error.description
            }
            return "\(y?.shape ?? [])"
        }
        #expect(try said([6, 4, 3, 3]) == "[1, 6, 6, 6]")
        #expect(try said([6, 4, 3, 3], stride: 0) == "this very error")
        #expect(try said([6, 4, 3, 3], stride: -1) == "any stride below 1")
        #expect(try said([6, 3, 3, 3]) == "4 channels instead of 3")
        #expect(
            try said([6, 4, 9, 3])
                == "Calculated padded input size per channel: (8 x 8). Kernel size: (9 x 3). "
                + "Kernel size can't be greater than actual input size")
    }

    /// Where the type of an error is not known.
    @Test func anErrorIsCaughtAmongOthers() {
        func caught(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "nothing"
            } catch ConvolutionError.nonPositiveGroups(0) {
                return "no groups"
            } catch ConvolutionError.Code.algorithmNotApplicable {
                return "an algorithm"
            } catch FileError.Code.unreadable {
                return "a file"
            } catch let error as ConvolutionError where error.isSystemFailure {
                return "the system"
            } catch FileError.unknownFormat(path: "y.txt") {
                return "a name"
            } catch {
                return "\(error)"
            }
        }
        #expect(caught { throw ConvolutionError.nonPositiveGroups(0) } == "no groups")
        #expect(
            caught { throw ConvolutionError.nonPositiveGroups(-1) }
                == "non-positive groups is not supported, but got -1")
        #expect(caught { try call([6, 4, 3, 3], options: .init(algorithm: .depthwise)) } == "an algorithm")
        #expect(caught { _ = try Tensor(contentsOf: "missing.npy") } == "a file")
        #expect(caught { _ = try Tensor.zeros([1 << 30, 1 << 30]) } == "the system")
        #expect(caught { try Tensor.ones([1]).write(to: "y.txt") } == "a name")
    }

    @Test func anErrorTellsWhatItNames() throws {
        let channels = #expect(throws: ConvolutionError.self) { try call([6, 3, 3, 3]) }
        #expect(
            channels == .channelMismatch(groups: 1, weightShape: [6, 3, 3, 3], inputShape: input, expected: 3, got: 4))
        #expect(channels?.inputShape == input && channels?.weightShape == [6, 3, 3, 3] && channels?.groups == 1)
        #expect(channels?.values == nil && channels?.algorithm == nil && channels?.path == nil)
        #expect("\(ConvolutionError.Code.channelMismatch)" == "channelMismatch")

        let limited = #expect(throws: ConvolutionError.self) {
            try call([6, 4, 3, 3], options: .init(algorithm: .im2col, workspaceLimit: 16))
        }
        #expect(limited?.code == .workspaceLimitExceeded && limited?.algorithm == .im2col)
        #expect(limited?.expectedBytes == 16 && (limited?.bytes ?? 0) > 16)

        let missing = #expect(throws: FileError.self) { try Tensor(contentsOf: "missing.npy") }
        #expect(missing == .unreadable(path: "missing.npy", reason: "no such file"))
        #expect(missing?.path == "missing.npy" && missing?.reason == "no such file" && missing?.errorNumber == nil)
        #expect(missing?.isSystemFailure == false)
    }

    // MARK: The README

    /// The names that the README shows, as it writes them.
    @Test func theReadmesCallsCompile() throws {
        let (x, weight, bias) = try (Tensor.ones(1, 4, 8, 8), Tensor.ones(6, 4, 3, 3), Tensor.zeros(6))
        var options = ConvolutionOptions(threads: 2)
        options.tuning = .measured
        options.tuning = .measured(file: "tuning.json")
        options.tuning = .estimated
        options.algorithm = .direct
        let plan = try ConvolutionPlan(
            inputShape: [1, 4, 8, 8], weight: weight, bias: bias, padding: 1, activation: .relu, options: options)
        var y = try plan(x)
        try plan.run(x, into: &y)
        #expect(plan.algorithm == .direct && plan.kernelName.contains("direct") && plan.workspaceBytes >= 0)
        let layer = try Conv2d(
            4, 6, kernelSize: 3, padding: .same, paddingMode: .reflect, layout: .channelsLast, activation: .clamp(0, 1))
        y = try Tensor.zeros(1, 8, 8, 6)
        try layer(Tensor.ones(1, 8, 8, 4), into: &y)
        #expect(y.shape == [1, 8, 8, 6] && layer.plan?.executor == .dispatch)
    }
}
