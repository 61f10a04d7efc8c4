// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Where this program is.
enum ProgramPath {
    /// What it was started as.
    @TaskLocal static var name: String?

    /// A path that starts it again; nil where neither the system nor its name tells one.
    static var current: String? {
        #if os(Linux)
            // Not there in a sandbox without /proc, and no path of today once the file has been replaced.
            if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                isExecutable(link)
            {
                return link
            }
        #else
            if let path = Bundle.main.executablePath { return path }
        #endif
        return name.flatMap { found($0, searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "") }
    }

    /// The program of a name as a shell finds it.
    static func found(_ name: String, searchPath: String) -> String? {
        if name.contains("/") { return isExecutable(name) ? name : nil }
        guard !name.isEmpty else { return nil }
        let folders = searchPath.split(separator: ":", omittingEmptySubsequences: false)
        return folders.lazy.map { ($0.isEmpty ? "." : $0) + "/" + name }.first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        access(encodeArgument(path).map(CChar.init(bitPattern:)) + [0], X_OK) == 0
    }
}
