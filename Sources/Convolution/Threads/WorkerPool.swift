// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Dispatch
import Synchronization

/// The Dispatch workers, shared by all plans of the process.
///
/// `DispatchQueue.concurrentPerform` wakes its workers 0.1 to 0.3 ms late on Linux: two tasks of 100 us take 200 us, both
/// on the caller. So a call of it is started once from a global queue, and its iterations are workers that take tasks of
/// one region after another and, when there is none, spin for a bounded spell before they leave. The caller always works
/// too, and never waits for a worker that holds no task: with cold workers a region takes what it takes alone.
///
/// One region at a time has the workers. A caller that finds them busy, another thread's call or a task that itself calls
/// a region, runs its tasks alone: the process then already has a thread for every core.
final class WorkerPool: Sendable {
    static let shared = WorkerPool()

    private let team = Team()
    /// Bit w is set while worker w lives, or is about to.
    private let alive = Atomic<UInt64>(1)
    private let spinNanoseconds = Atomic<UInt64>(0)

    /// Runs a region on up to `threads` threads if the workers are free. False, having done nothing, if not.
    func run(
        _ phases: UnsafeBufferPointer<Int>, tasks: Int, threads: Int, spinMicroseconds: Int,
        _ body: UnsafePointer<TaskBody>
    ) -> Bool {
        guard team.tryToOwn() else { return false }
        spinNanoseconds.store(UInt64(clamping: spinMicroseconds) &* 1000, ordering: .relaxed)
        team.open(phases, tasks: tasks, threads: threads, body)
        wake(threads)
        team.work(as: 0)
        team.finish()
        team.disown()
        return true
    }

    /// Starts the workers below `threads` that do not live.
    private func wake(_ threads: Int) {
        let wanted: UInt64 = threads >= 64 ? .max : (1 << UInt64(threads)) - 1
        let missing = wanted & ~alive.load(ordering: .relaxed)
        guard missing != 0 else { return }
        let started = missing & ~alive.bitwiseOr(missing, ordering: .relaxed).oldValue
        guard started != 0 else { return }
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            DispatchQueue.concurrentPerform(iterations: started.nonzeroBitCount) { iteration in
                var rest = started
                for _ in 0..<iteration {
                    rest &= rest - 1
                }
                work(as: rest.trailingZeroBitCount)
            }
        }
    }

    private func work(as worker: Int) {
        var idleSince = DispatchTime.now().uptimeNanoseconds
        var spins = 0
        while true {
            if team.work(as: worker) {
                idleSince = DispatchTime.now().uptimeNanoseconds
                spins = 0
                continue
            }
            // Reading the clock costs as much as a few pauses.
            if spins % 16 == 0 {
                let idle = DispatchTime.now().uptimeNanoseconds - idleSince
                if idle >= spinNanoseconds.load(ordering: .relaxed) {
                    break
                }
            }
            spins += 1
            ck_cpu_pause()
        }
        alive.bitwiseAnd(~(1 << UInt64(worker)), ordering: .relaxed)
    }
}
