// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Foundation

/// How many processors there are to compute with. Everything that asks, asks here.
enum ProcessorCount {
    /// Those that are switched on.
    static let online = max(1, ProcessInfo.processInfo.activeProcessorCount)

    /// Those that this process may use, at least 1, as they were when this was first asked.
    static let available = least(
        online: online, allowed: Int(ck_allowed_processors()), quota: ProcessorQuota.current())

    /// - Parameters:
    ///   - allowed: How many the process may run on, as `taskset` sets it; 0 where the system does not say.
    ///   - quota: How many its share of processor time amounts to; nil without a limit.
    static func least(online: Int, allowed: Int, quota: Int?) -> Int {
        max(1, min(online, allowed > 0 ? allowed : .max, quota ?? .max))
    }
}

extension MachineProbe {
    /// The processors that this process may use, at least 1: the least of those that are switched on, of those that it may
    /// run on (`taskset`, a container's set of processors), and of what the quotas of the control groups around it come to,
    /// rounded up, in either version of control groups.
    ///
    /// It is found out once, when it is first asked for, by this property or by the first convolution: limits that change
    /// later do not change it.
    public static var processorCount: Int { ProcessorCount.available }

    /// The processors that are switched on, whether this process may use them or not.
    public static var onlineProcessorCount: Int { ProcessorCount.online }
}
