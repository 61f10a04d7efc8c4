// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Programs that take something from the tool: threads, memory, processors, /proc.
enum LimitedSystem {
    /// The path of a program that the tests may use, or nil.
    static func path(_ name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let isRoot = geteuid() == 0

    /// Whether a command ends with 0 here: what a container allows is known by trying.
    static func allows(_ command: [String]) -> Bool {
        guard let path = path(command[0]) else { return false }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = Array(command.dropFirst())
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Runs a command as a user of its own, of whom there are no other processes. Root is not held to a limit of them.
    static let asAnotherUser = ["setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups"]

    /// Whether the tool can be started as another user, who can be held to a number of threads.
    static let limitsThreads =
        isRoot && path("prlimit") != nil
        && allows(asAnotherUser + ["prlimit", "--nproc=1", Tool.url.path, "--version"])

    /// Runs a command with nothing in /proc.
    static let withoutProc = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh"]

    static let hidesProc = isRoot && allows(withoutProc + ["true"])

    static let bindsProcessors = path("taskset") != nil && allows(["taskset", "-c", "0", "true"])
}
