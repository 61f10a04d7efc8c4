// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The answer to one job: a line of JSON.
struct BatchResult: Encodable, Equatable {
    enum Status: String, Encodable {
        case done
        /// The output was there already.
        case skipped
        case failed
    }

    private enum CodingKeys: String, CodingKey {
        case line, id, input, output, status, shape, bytes, sha256, milliseconds, algorithm, isa, error, code
        case exitCode = "exit_code"
    }

    /// Of the job in its list, from 1.
    let line: Int
    var id: String?
    var input: String?
    var output: String?
    var status = Status.done
    /// Of the output.
    var shape: [Int]?
    /// Of its file.
    var bytes: Int?
    var sha256: String?
    /// The time of the convolution without reading and writing.
    var milliseconds: Double?
    var algorithm: String?
    var isa: String?
    var error: String?
    /// The name of what is wrong, as `ConvolutionError.Code` and `FileError.Code` have it, or `badJob`.
    var code: String?
    /// That of `convolve run` with the same tensors.
    var exitCode: Int32?

    init(line: Int) {
        self.line = line
    }

    init(line: Int, failure error: any Error) {
        self.init(line: line)
        fail(error)
    }

    mutating func fail(_ thrown: any Error) {
        let failure = Failure(thrown) ?? Failure(.bug, "internal: \(thrown)")
        status = .failed
        error = failure.message ?? ""
        exitCode = failure.status.rawValue
        code =
            switch thrown {
            case let error as ConvolutionError: error.code.description
            case let error as FileError: error.code.description
            default: "badJob"
            }
    }
}

/// Counts results.
struct BatchTally: Equatable {
    private(set) var done = 0
    private(set) var skipped = 0
    private(set) var failed = 0
    /// Those that may go away by themselves.
    private(set) var systemFailures = 0

    mutating func add(_ result: BatchResult) {
        switch result.status {
        case .done: done += 1
        case .skipped: skipped += 1
        case .failed:
            failed += 1
            if result.exitCode == ExitStatus.system.rawValue { systemFailures += 1 }
        }
    }

    var summary: String { "\(done) done, \(skipped) skipped, \(failed) failed" }
}
