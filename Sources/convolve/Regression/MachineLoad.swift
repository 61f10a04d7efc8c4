// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How much of the processor other programs use, from Linux's accounts of time; nothing is known elsewhere.
struct MachineLoad {
    /// How much of a core others may use of those that the threads need: beyond it probes of some milliseconds may miss
    /// what meets the repetitions.
    static let busy = 0.25
    /// The system counts in ticks of 10 ms.
    static let resolution = 0.03

    private let children: [Int32]
    private let spareCores: Int
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let foreignAtStart: Double?

    /// Begins to watch what is used beside this process and its children, which run on so many threads.
    init(besides children: [Int32], threads: Int) {
        self.children = children
        spareCores = max(0, Processor.onlineCores - threads)
        start = clock.now
        foreignAtStart = MachineLoad.foreignTime(children)
    }

    /// Whether others have used more since than the spare cores and `busy` of another.
    var wasBusy: Bool {
        guard let foreignAtStart, let now = MachineLoad.foreignTime(children) else { return false }
        let elapsed = (clock.now - start) / .seconds(1)
        return now - foreignAtStart
            > Double(spareCores) * elapsed + max(MachineLoad.busy * elapsed, MachineLoad.resolution)
    }

    /// Seconds of all cores that went to others, the hypervisor's other guests among them.
    private static func foreignTime(_ children: [Int32]) -> Double? {
        guard let machine = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let busy = busyTicks(machine)
        else { return nil }
        var own = 0
        for process in ["self"] + children.map(String.init) {
            guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                let ticks = processTicks(text)
            else { return nil }
            own += ticks
        }
        return Double(busy - own) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal and the guests', which are
    /// in user and nice already.
    static func busyTicks(_ text: String) -> Int? {
        guard let line = text.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard ticks.count == 8 else { return nil }
        return ticks.reduce(0, +) - ticks[3] - ticks[4]
    }

    /// User and system time in /proc/PID/stat, whose second field is a name in parentheses that may contain anything.
    static func processTicks(_ text: String) -> Int? {
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ").dropFirst()
        guard fields.count > 13 else { return nil }
        let times = Array(fields)[11...12].compactMap { Int($0) }
        return times.count == 2 ? times[0] + times[1] : nil
    }
}
