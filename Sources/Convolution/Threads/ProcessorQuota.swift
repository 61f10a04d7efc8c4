// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much processor time Linux control groups leave this process, as a container's limit sets it.
enum ProcessorQuota {
    /// The processors that the limits of all groups around this process amount to, at least 1; nil if there is no limit.
    static func current() -> Int? {
        read(groups: contents("/proc/self/cgroup")) { contents("/sys/fs/cgroup" + $0) }
    }

    /// The same for given files.
    ///
    /// - Parameters:
    ///   - groups: The text of `/proc/self/cgroup`; only the line of the second version, `0::/path`, counts.
    ///   - file: The text of a file below the root of the control groups, or nil if there is none.
    static func read(groups: String?, file: (String) -> String?) -> Int? {
        guard let line = groups?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        var path = line.dropFirst(4).split(separator: "/")
        var least: Int?
        while true {
            let limit = file(path.map { "/" + $0 }.joined() + "/cpu.max").flatMap(processors)
            least = [least, limit].compactMap { $0 }.min()
            if path.popLast() == nil {
                return least
            }
        }
    }

    /// The processors of a `cpu.max`: "quota period", in microseconds, or "max period".
    private static func processors(_ text: String) -> Int? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
            return nil
        }
        // Rounded up: two threads use one and a half processors better than one does.
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    private static func contents(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
