// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// What the exit codes of every subcommand mean.
enum ExitStatus: Int32 {
    case done = 0
    /// The answer is no: a case failed, a layer has become slower.
    case no = 1
    case couldNotMeasure = 2
    /// A build that `check` compares has died, is silent or answers nonsense.
    case buildFailed = 3
    /// `run-cases` has run no case.
    case noCase = 5
    /// Wrong usage: of an option, or of a program that `check` is to start and cannot.
    case usage = 64
    /// A shape or a file is wrong.
    case badData = 65
    /// The tool contradicts itself.
    case bug = 70
    /// The system would not: a full disk, a limit, no memory, no process.
    case system = 74
}

/// Why a subcommand ends before its work is done: an exit code, and one line for standard error.
struct Failure: Error, Equatable {
    let status: ExitStatus
    let message: String?

    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message.map(singleLine)
    }

    static func badData(_ message: String) -> Failure { Failure(.badData, message) }

    /// Classifies an error that a subcommand threw; nil for ArgumentParser's own, which it reports itself.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as ConvolutionError:
            self.init(error.isSystemFailure ? .system : .badData, error.description)
        case is OutputClosed: self.init(.done)
        case let error as FileError where error.code == .writeFailure && error.errorNumber == EPIPE: self.init(.done)
        case let error as FileError: self.init(error.isSystemFailure ? .system : .badData, error.description)
        case is ExitCode, is ValidationError, is CleanExit: return nil
        default:
            // Errors of the parser are of a private type; only what came from this package is recognised above.
            if String(reflecting: type(of: error)).hasPrefix("ArgumentParser.") { return nil }
            self.init(.bug, "internal: \(error)")
        }
    }
}

/// The text on one line, since each error is promised to be one line.
func singleLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
}
