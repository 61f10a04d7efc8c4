// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// The command `convolve`: runs convolutions, checks them, compares the algorithms and explains the results.
struct Convolve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convolve",
        abstract: "Run, check, time and explain conv1d, conv2d, conv3d and transposed convolutions on this processor.",
        discussion: """
            Exit codes: 0 done; 1 the answer is no (a failed case, a regression); 2 could not measure; 3 a build that \
            'check' compares died, was silent or answered nonsense; 5 'run-cases' ran no case; 64 wrong usage; 65 bad \
            data (a shape, a file); 70 a bug; 74 the system would not (a full disk, no memory). From 64 on, one line on \
            standard error begins with "error:".
            """,
        version: toolVersion,
        subcommands: [Run.self, RunCases.self, RunBatch.self, Bench.self, Check.self, Explain.self, Info.self]
    )

    private static var commandNames: [String] { configuration.subcommands.map { $0._commandName } }

    /// A command line that names no command is wrong usage, and no request for help.
    func run() throws {
        let commands = Convolve.commandNames.joined(separator: ", ")
        throw ValidationError("A command is missing; usage: convolve <command>, which is one of \(commands)")
    }

    /// Parses the arguments, runs the command, and turns whatever it throws into the promised exit code.
    static func run(_ arguments: [String]) -> ExitStatus {
        // A reader that goes away, as in `convolve bench | head`, is then an error of write(2) and not a signal.
        signal(SIGPIPE, SIG_IGN)
        // So is a file that grows beyond the limit of `ulimit -f`.
        signal(SIGXFSZ, SIG_IGN)
        let fault = ArgumentFault()
        do {
            var command = try ArgumentFault.$current.withValue(fault) { try parseAsRoot(arguments) }
            try command.run()
            return .done
        } catch {
            return report(error, arguments, fault)
        }
    }

    private static func report(_ error: any Error, _ arguments: [String], _ fault: ArgumentFault) -> ExitStatus {
        if let failure = Failure(error) {
            if let message = failure.message { StandardError.write("error: \(message)\n") }
            return failure.status
        }
        // ArgumentParser's own: a request for help, for the version or for a completion script, or wrong usage.
        let message = message(for: error)
        guard exitCode(for: error) != .success else {
            do {
                try StandardOutput.write(message + "\n")
                return .done
            } catch {
                return report(error, arguments, fault)
            }
        }
        let command = commandNames.first { $0 == arguments.first }
        let help = (["convolve"] + [command].compactMap { $0 } + ["--help"]).joined(separator: " ")
        // Many values are a list with a line for each.
        var text = singleLine(fault.completing(message).replacing("\n  - ", with: ", ").replacing(":, ", with: " "))
        if text.hasSuffix(".") { text.removeLast() }
        StandardError.write("error: \(text) (see '\(help)')\n")
        return .usage
    }
}

/// The tool's entry, which `main` calls with its arguments.
@_cdecl("convolve_run")
func convolveRun(
    program: UnsafePointer<CChar>?, count: Int32, arguments: UnsafePointer<UnsafePointer<CChar>?>
) -> Int32 {
    let arguments = (0..<Int(count)).compactMap { arguments[$0].map(decodeArgument) }
    return ProgramPath.$name.withValue(program.map(decodeArgument)) { Convolve.run(arguments).rawValue }
}
