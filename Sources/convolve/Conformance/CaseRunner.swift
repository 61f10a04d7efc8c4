// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What became of one case.
enum CaseOutcome: Equatable {
    case passed
    case failed(String)
    /// Not tried, with the reason as it is counted: another operation, or an algorithm that does not apply.
    case skipped(String)
}

/// Runs the cases of a manifest.
struct CaseRunner {
    let manifest: Manifest
    let options: ConvolutionOptions

    /// - Throws: An error of the case's file. Whatever the convolution throws is an outcome.
    func run(_ testCase: ConformanceCase) throws -> CaseOutcome {
        guard let operation = Operation(rawValue: testCase.op) else { return .skipped(testCase.op) }
        let file = try SafetensorsFile(contentsOf: encodeArgument(manifest.path(of: testCase.file)))
        let input = try tensor("input", testCase.inputShape, testCase, file)
        let weight = try tensor("weight", testCase.weightShape, testCase, file)
        let bias = try testCase.hasBias ? tensor("bias", testCase.biasShape, testCase, file) : nil
        do {
            let call = ConvolutionCall(
                operation: operation, inputShape: input.shape, weight: weight, bias: bias, geometry: testCase.geometry,
                paddingMode: try PaddingMode(parsing: testCase.paddingMode))
            if testCase.expected == .error {
                // What the shapes forbid is refused before an algorithm is looked at, so each one is a fair test.
                var options = options
                options.algorithm = nil
                _ = try call.prepared(options).run(input)
                return .failed("an error is expected, but the call is accepted")
            }
            let prepared = try call.prepared(options)
            return judge(try prepared.run(input), try file.tensor("output"), testCase, prepared.plan)
        } catch let error as ConvolutionError {
            if error.code == .algorithmNotApplicable, let algorithm = error.algorithm {
                return .skipped("\(algorithm) does not apply")
            }
            return testCase.expected == .error && error.isAboutTheCall
                ? .passed : .failed("error: \(singleLine(error.description))")
        }
    }

    private func tensor(
        _ name: String, _ shape: [Int]?, _ testCase: ConformanceCase, _ file: SafetensorsFile
    ) throws -> Tensor {
        let tensor = try file.tensor(name)
        guard tensor.shape == shape else {
            throw Failure.badData(
                """
                \(testCase.file): \(name) has shape \(tuple(tensor.shape)), but the manifest says \
                \(shape.map(tuple) ?? "nothing")
                """)
        }
        return tensor
    }

    private func judge(
        _ output: Tensor, _ expected: Tensor, _ testCase: ConformanceCase, _ plan: ConvolutionPlan
    ) -> CaseOutcome {
        guard output.shape == expected.shape else {
            return .failed("shape \(tuple(output.shape)), expected \(tuple(expected.shape))")
        }
        guard let tolerance = testCase.tol else { return .failed("the manifest gives no tolerance") }
        let comparison = Comparison(tolerance: tolerance)
        guard let mismatch = comparison.mismatch(output.span, expected.span) else { return .passed }
        return .failed(
            """
            element \(tuple(index(of: mismatch.offset, in: output.shape))) \(mismatch.text(tolerance)); \
            \(mismatch.count) of \(output.count) elements are wrong (\(plan.algorithm.rawValue), \
            \(plan.instructionSet.rawValue))
            """)
    }
}

extension ConvolutionError {
    /// Whether the shapes or parameters are at fault, and not what this machine or build has.
    fileprivate var isAboutTheCall: Bool {
        switch code {
        case .instructionSetUnavailable, .executorUnavailable, .invalidThreadCount, .workspaceLimitExceeded,
            .outOfMemory, .algorithmNotApplicable:
            false
        default: true
        }
    }
}

/// The index of an element by its offset in a row-major tensor.
func index(of offset: Int, in shape: [Int]) -> [Int] {
    var rest = offset
    var index: [Int] = []
    for extent in shape.reversed() {
        index.append(extent > 0 ? rest % extent : 0)
        rest = extent > 0 ? rest / extent : 0
    }
    return index.reversed()
}
