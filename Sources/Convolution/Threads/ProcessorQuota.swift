// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much processor time Linux's control groups leave this process, as a container's limit sets it.
enum ProcessorQuota {
    /// The processors that the limits of all groups around this process amount to, at least 1; nil if there is no limit.
    static func current() -> Int? {
        read(groups: contents("/proc/self/cgroup"), mounts: contents("/proc/self/mountinfo"), file: contents)
    }

    /// The same for given files. What is missing, or not as Linux writes it, is no limit.
    ///
    /// - Parameters:
    ///   - groups: The text of `/proc/self/cgroup`: the process's group in the one hierarchy of the second version of
    ///     control groups, and in each of the first. A system may have both, with the processor in either.
    ///   - mounts: The text of `/proc/self/mountinfo`: where the hierarchies, or parts of them, are found.
    ///   - file: The text of the file at a path, or nil if there is none.
    static func read(groups: String?, mounts: String?, file: (String) -> String?) -> Int? {
        let mounts = (mounts ?? "").split(separator: "\n").compactMap { Mount(String($0)) }
        var least: Int?
        for line in (groups ?? "").split(separator: "\n") {
            // 4:cpu,cpuacct:/path, or 0::/path of the second version
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[2].hasPrefix("/") else { continue }
            let isUnified = fields[0] == "0" && fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
            let hierarchy = mounts.filter { isUnified ? $0.isUnified : $0.hasProcessorTime }
            for folder in folders(of: names(fields[2]), hierarchy) {
                let limit = isUnified ? unifiedLimit(folder, file) : limit(folder, file)
                least = [least, limit].compactMap { $0 }.min()
            }
        }
        return least
    }

    /// A hierarchy of control groups in the file system, or the part of it below a group.
    private struct Mount {
        let root: [Substring]
        let folder: String
        let isUnified: Bool
        /// Whether it is one of the first version that limits the processor.
        let hasProcessorTime: Bool

        /// 31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu
        init?(_ line: String) {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else { return nil }
            let type = words[dash + 1]
            guard type == "cgroup" || type == "cgroup2" else { return nil }
            root = names(words[3])
            folder = ProcessorQuota.unescaped(words[4])
            isUnified = type == "cgroup2"
            hasProcessorTime = !isUnified && words[dash + 3].split(separator: ",").contains("cpu")
        }
    }

    /// The folders of a group and of the groups around it, as far as the mounts show them.
    private static func folders(of group: [Substring], _ mounts: [Mount]) -> [String] {
        let showing = mounts.filter { group.starts(with: $0.root) && !group.contains("..") }
        if showing.isEmpty {
            // A container's own group, whose place in the hierarchy only those outside know.
            return mounts.prefix(1).map(\.folder)
        }
        return showing.flatMap { mount in
            (mount.root.count...group.count).map { end in
                mount.folder + group[mount.root.count..<end].map { "/" + $0 }.joined()
            }
        }
    }

    private static func names(_ path: Substring) -> [Substring] { path.split(separator: "/") }

    /// A path in which mountinfo writes blanks and the like as \040.
    private static func unescaped(_ path: Substring) -> String {
        var parts = path.split(separator: "\\", omittingEmptySubsequences: false)[...]
        var bytes = Array((parts.popFirst() ?? "").utf8)
        for part in parts {
            bytes.append(UInt8(part.prefix(3), radix: 8) ?? UInt8(ascii: "?"))
            bytes += part.dropFirst(3).utf8
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// "quota period", in microseconds, or "max period".
    private static func unifiedLimit(_ folder: String, _ file: (String) -> String?) -> Int? {
        let words = file(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
        return words.count == 2 ? processors(quota: words[0], period: words[1]) : nil
    }

    /// Microseconds in two files; a quota of -1 is none.
    private static func limit(_ folder: String, _ file: (String) -> String?) -> Int? {
        guard let quota = file(folder + "/cpu.cfs_quota_us"), let period = file(folder + "/cpu.cfs_period_us") else {
            return nil
        }
        return processors(quota: word(quota), period: word(period))
    }

    private static func word(_ text: String) -> Substring {
        text.split(whereSeparator: \.isWhitespace).first ?? ""
    }

    private static func processors(quota: Substring, period: Substring) -> Int? {
        guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else { return nil }
        // Rounded up: two threads use one and a half processors better than one does.
        return quota / period + (quota % period == 0 ? 0 : 1)
    }

    private static func contents(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }
}
