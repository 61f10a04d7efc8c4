// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// An error of which the system may be the reason.
public protocol SystemError: Error {
    /// Whether it is: for want of memory or of space, so that it may go away by itself.
    var isSystemFailure: Bool { get }
}

extension FileError: SystemError {}
extension ConvolutionError: SystemError {}

/// Does the work of a program. An error is said in a sentence on standard error.
///
/// - Throws: `ExitCode`: the work's own, 74 if the system was the reason for an error or did not take what was printed,
///   and 65 for any other.
public func reportingErrors(_ work: () throws -> Void) throws {
    do {
        try work()
        // What was printed may still be on its way.
        try flushOutput()
    } catch let code as ExitCode {
        throw code
    } catch {
        FileHandle.standardError.write(Data("error: \(error)\n".utf8))
        throw ExitCode((error as? any SystemError)?.isSystemFailure == true ? 74 : 65)
    }
}

/// Hands what was printed to whoever reads it.
///
/// - Throws: `UnwritableFile`.
public func flushOutput() throws(UnwritableFile) {
    guard fflush(nil) == 0 else { throw UnwritableFile(path: "standard output", errorNumber: errno) }
}

/// Weights that have not been brought yet.
public struct MissingWeights: Error, CustomStringConvertible {
    let path: String

    /// The error in one sentence.
    public var description: String { "\(path) is not there; ./weights.py brings it" }
}

/// Refuses a file of weights that is not there.
///
/// - Throws: `MissingWeights`.
public func requireWeights(_ path: String) throws(MissingWeights) {
    guard FileManager.default.fileExists(atPath: path) else { throw MissingWeights(path: path) }
}
