// SPDX-License-Identifier: Apache-2.0

import CConvolutionInterface
import Convolution

/// A call that the library would not understand: what C lets a program say, and Swift does not.
struct CallError: Error {
    let name: String
    let message: String

    init(_ name: String, _ message: String) {
        self.name = name
        self.message = message
    }

    static func null(_ argument: String) -> CallError { CallError("nullPointer", "\(argument) is NULL") }

    static func misaligned(_ argument: String, _ alignment: Int) -> CallError {
        CallError("misalignedPointer", "\(argument) is not aligned to \(alignment) bytes")
    }

    static func overlap(_ first: String, _ second: String) -> CallError {
        CallError("overlap", "\(first) and \(second) overlap")
    }

    static func unknownName(_ field: String, _ name: String, _ known: [String]) -> CallError {
        CallError("unknownName", "\(field) is '\(name)', not one of \(known.joined(separator: ", "))")
    }

    static func descriptionSize(_ size: Int, least: Int) -> CallError {
        CallError(
            "descriptionSize",
            """
            the description is of \(UInt(bitPattern: size)) bytes, and this version's of \(least): fill it in with \
            convolution_description_init
            """)
    }

    static func unknownFields(size: Int, known: Int) -> CallError {
        CallError(
            "descriptionSize",
            "the description is of \(size) bytes and sets fields beyond the \(known) that this version knows")
    }
}

/// Runs a body and returns its status, having stored what it throws.
func status(_ body: () throws -> Void) -> convolution_status {
    do {
        try body()
        return convolution_status(CONVOLUTION_OK)
    } catch {
        let (status, name, message) =
            switch error {
            case let error as CallError: (CONVOLUTION_BAD_CALL, error.name, error.message)
            case let error as ConvolutionError: (error.status, error.code.description, error.description)
            default: (CONVOLUTION_BAD_CALL, "unknown", "\(error)")
            }
        convolution_store_error(convolution_status(status), name, message)
        return convolution_status(status)
    }
}

extension ConvolutionError {
    fileprivate var status: Int {
        if isSystemFailure { return CONVOLUTION_SYSTEM }
        return switch code {
        case .algorithmNotApplicable, .instructionSetUnavailable, .executorUnavailable, .workspaceLimitExceeded:
            CONVOLUTION_UNAVAILABLE
        default: CONVOLUTION_BAD_ARGUMENT
        }
    }
}
