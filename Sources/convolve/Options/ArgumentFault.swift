// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Which part of an argument is wrong. ArgumentParser asks a value for itself or nil, and so cannot say which of the names
/// in a list nobody knows; the list notes it here.
final class ArgumentFault: Sendable {
    /// That of the command line that is being parsed.
    @TaskLocal static var current: ArgumentFault?

    private let latest = Mutex<(argument: String, fault: String)?>(nil)

    static func note(_ fault: String, in argument: String) {
        current?.latest.withLock { $0 = (argument, fault) }
    }

    /// ArgumentParser's message, with the fault if it is about that argument.
    func completing(_ message: String) -> String {
        guard let (argument, fault) = latest.withLock({ $0 }),
            message.hasPrefix("The value '\(argument)' is invalid for")
        else { return message }
        // What ArgumentParser would list are the values of a list of one.
        return (message.split(separator: ". Please provide").first ?? "") + ": " + fault
    }
}
