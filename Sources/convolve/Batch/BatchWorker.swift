// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// Computes the jobs of a batch, one after the other, and keeps what several of them need.
struct BatchWorker {
    /// A tensor that many jobs share, and what identifies its contents.
    private struct Shared {
        let tensor: Tensor
        let hash: String
    }

    /// What a plan is made for.
    private struct Key: Hashable {
        let job: String
        let inputShape: [Int]
    }

    let defaults: BatchJob.Parameters
    let execution: ExecutionOptions
    private var tensors: [TensorLocation: Shared] = [:]
    private var plans: [Key: ConvolutionCall.Prepared] = [:]

    /// A batch of ever new weights or shapes does not keep them all.
    private static let (mostTensors, mostPlans) = (16, 32)

    init(defaults: BatchJob.Parameters, execution: ExecutionOptions) {
        self.defaults = defaults
        self.execution = execution
    }

    /// Reads the weight and the bias of the options.
    mutating func loadDefaults() throws {
        for location in [defaults.weight, defaults.bias] { if let location { _ = try shared(location) } }
    }

    /// The answer to a job, which is skipped if it is noted as done.
    mutating func result(of job: BatchJob, line: Int, _ manifest: BatchManifest?) -> BatchResult {
        var result = BatchResult(line: line)
        (result.id, result.input, result.output) = (job.id, job.input, job.output)
        do {
            try compute(job, &result, manifest)
        } catch {
            result.fail(error)
        }
        return result
    }

    private mutating func compute(_ job: BatchJob, _ result: inout BatchResult, _ manifest: BatchManifest?) throws {
        guard let location = job.parameters.weight else { throw Failure(.bug, "a job without a weight") }
        try job.requireOwnOutput()
        let weight = try shared(location)
        let bias = try job.parameters.bias.map { try shared($0) }
        let operation = try job.parameters.operation ?? Operation(weightShape: weight.tensor.shape)
        try job.parameters.check(operation)
        let fingerprint = fingerprint(job, operation, weight, bias)
        // Before it is read: a file that changes while it is read is of neither time.
        let state = FileState(encodeArgument(job.source.path))
        if let known = manifest?.entry(of: job, fingerprint, state) {
            (result.status, result.bytes, result.sha256) = (.skipped, known.outputBytes, known.sha256)
            return
        }
        let source = try job.source.open()
        let prepared = try plan(job, operation, weight.tensor, bias?.tensor, source.shape, fingerprint)
        let input = try source.tensor()
        let clock = ContinuousClock()
        let start = clock.now
        let output = try prepared.run(input)
        let time = (clock.now - start) / .milliseconds(1)
        try job.target.save(output)
        let file = try hashOfFile(encodeArgument(job.target.path))
        (result.shape, result.bytes, result.sha256) = (output.shape, file.count, file.hash)
        result.milliseconds = (time * 1000).rounded() / 1000
        (result.algorithm, result.isa) = (prepared.plan.algorithm.rawValue, prepared.plan.instructionSet.rawValue)
        try manifest?.note(
            BatchManifest.Entry(
                input: job.input, inputBytes: state?.size ?? 0, inputModified: state?.modified ?? 0,
                output: job.output, outputBytes: file.count, sha256: file.hash, job: fingerprint))
    }

    private mutating func shared(_ location: TensorLocation) throws -> Shared {
        if let known = tensors[location] { return known }
        if tensors.count >= Self.mostTensors { tensors.removeAll() }
        let tensor = try location.load()
        var hash = SHA256()
        hash.update(Array((tensor.shape.map(String.init).joined(separator: ",") + "\n").utf8))
        tensor.span.withUnsafeBytes { hash.update($0) }
        let shared = Shared(tensor: tensor, hash: hash.hexadecimal())
        tensors[location] = shared
        return shared
    }

    private mutating func plan(
        _ job: BatchJob, _ operation: Operation, _ weight: Tensor, _ bias: Tensor?, _ inputShape: [Int],
        _ fingerprint: String
    ) throws -> ConvolutionCall.Prepared {
        let key = Key(job: fingerprint, inputShape: inputShape)
        if let known = plans[key] { return known }
        if plans.count >= Self.mostPlans { plans.removeAll() }
        let prepared = try ConvolutionCall(
            operation: operation, inputShape: inputShape, weight: weight, bias: bias, geometry: job.parameters.geometry,
            paddingMode: job.parameters.paddingMode, layout: job.parameters.layout.library
        ).preparedForManyRuns(execution.library)
        plans[key] = prepared
        return prepared
    }

    /// What the output depends on beside the input: a hash of a text that `python/convolution_ray.py` writes too.
    private func fingerprint(_ job: BatchJob, _ operation: Operation, _ weight: Shared, _ bias: Shared?) -> String {
        let parameters = job.parameters
        let geometry = parameters.geometry
        func list(_ values: [Int]) -> String {
            (values.count == 1 ? [Int](repeating: values[0], count: operation.rank) : values)
                .map(String.init).joined(separator: ",")
        }
        let padding =
            switch geometry.padding {
            case .same: "same"
            case .valid: "valid"
            case .amounts(let amounts):
                list(amounts).split(separator: ",").map { "\($0),\($0)" }.joined(separator: ",")
            case .pairs(let pairs): pairs.map(String.init).joined(separator: ",")
            }
        let text = """
            version \(toolVersion)
            op \(operation.rawValue)
            weight \(weight.hash)
            bias \(bias?.hash ?? "none")
            stride \(list(geometry.stride))
            padding \(padding)
            dilation \(list(geometry.dilation))
            groups \(geometry.groups)
            output_padding \(list(geometry.outputPadding))
            output_size \(geometry.outputSize.map(list) ?? "none")
            padding_mode \(parameters.paddingMode.rawValue)
            layout \(parameters.layout.rawValue)
            algorithm \(execution.algorithm.name)
            precision \(execution.precision.rawValue)
            isa \(execution.isa.name)
            tuning \(execution.tuning.tuning.rawValue)

            """
        var hash = SHA256()
        hash.update(Array(text.utf8))
        return hash.hexadecimal()
    }
}

/// What tells that a file has changed.
struct FileState: Equatable {
    let size: Int
    /// In nanoseconds since 1970.
    let modified: Int

    /// nil if there is none.
    init?(_ path: [UInt8]) {
        guard let status = fileStatus(path) else { return nil }
        size = Int(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        // A time beyond the year 2262 wraps around: it is only compared with itself.
        modified = time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
    }
}
