// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// The command `convolve`: runs convolutions, checks them, compares the algorithms and explains the results.
@main
struct Convolve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convolve",
        abstract: "Run, check, time and explain conv1d and conv2d on this machine's processor.",
        discussion: """
            Exit codes: 0 done; 1 the answer is no (a failed case, a regression); 2 could not measure; 64 wrong usage; \
            65 bad data (a shape, a file), with one line on standard error that begins with "error:"; 70 a bug; 74 the \
            system would not (a full disk, a limit, no memory).
            """,
        version: toolVersion,
        subcommands: [Run.self, RunCases.self, Bench.self, Check.self, Explain.self, Info.self]
    )

    /// Parses the command line, runs the command, and turns whatever it throws into the promised exit code.
    static func main() {
        // A reader that goes away, as in `convolve bench | head`, is then an error of write(2) and not a signal.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that grows beyond the limit of `ulimit -f`.
        signal(SIGXFSZ, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            exit(reporting: error)
        }
    }

    private static func exit(reporting error: any Error) -> Never {
        guard let failure = Failure(error) else {
            // ArgumentParser's own: a usage error, a request for help or for the version, an exit code.
            exit(withError: error)
        }
        if let message = failure.message {
            StandardError.write("error: \(message)\n")
        }
        Foundation.exit(failure.status.rawValue)
    }
}
