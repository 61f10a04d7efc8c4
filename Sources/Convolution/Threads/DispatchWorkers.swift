// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Dispatch
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A team whose workers are hosted by Dispatch.
///
/// `DispatchQueue.concurrentPerform` wakes its workers 0.1 to 0.3 ms late on Linux: two tasks of 100 us take 200 us, both
/// on the caller. So a call of it is started once on a thread of our own, a `WorkerHost`, and its iterations are workers
/// that take tasks of one region after another and, when there is none, spin for a bounded spell before they leave. The
/// caller always works too, and never waits for a worker that holds no task: with cold workers a region takes what it
/// takes alone.
///
/// Where the system makes fewer threads than a region asks for, those come that there are, and more are asked for once a
/// second.
///
/// Linux wakes a thread where it ran last or where its waker runs if, of a few processors, all are half busy or more
/// (`select_idle_cpu` then searches none). Once that is the caller's processor, the two take turns there for tens of
/// milliseconds beside an idle one. So a worker that finds itself there moves on, unless the region's options forbid it:
/// it takes the processor out of its thread's affinity and puts it back at once, as the thread is Dispatch's.
final class DispatchWorkers: Sendable {
    private static let pool = TeamPool(processors: ExecutorKind.processorCount) { DispatchWorkers() }

    private let team = Team()
    /// Bit w is set while worker w lives, or is about to.
    private let alive = Atomic<UInt64>(1)
    private let spinNanoseconds = Atomic<UInt64>(0)
    /// Where workers do not stay; -1 if they may be anywhere.
    private let callersProcessor = Atomic<Int>(-1)
    /// The threads of a region, its caller's among them, that there are as far as is known, and when to ask for more.
    private let reachable = Atomic<Int>(ExecutorKind.mostThreads)
    private let askAgainAt = Atomic<UInt64>(0)
    /// The threads beside a host's that the system has made at once.
    private let provenRoom = Atomic<Int>(0)

    /// The workers that live or are about to.
    var liveCount: Int { alive.load(ordering: .relaxed).nonzeroBitCount - 1 }

    /// The processor that workers of the latest region leave; -1 if they may be anywhere.
    var avoidedProcessor: Int { callersProcessor.load(ordering: .relaxed) }

    /// Runs a region if there are threads for it. False, having done nothing, if not.
    static func run(_ region: Region, spinMicroseconds: Int, movesWorkers: Bool) -> Bool {
        // concurrentPerform runs no more iterations at once than there are cores.
        pool.lend(threads: min(region.threads, ExecutorKind.processorCount)) { workers, threads in
            workers.run(
                region.on(threads: threads), spinMicroseconds: spinMicroseconds, movesWorkers: movesWorkers)
        }
    }

    /// Runs a region. One at a time.
    func run(_ region: Region, spinMicroseconds: Int, movesWorkers: Bool = true) {
        let spin = max(0, min(spinMicroseconds, ConvolutionOptions.mostSpinMicroseconds))
        spinNanoseconds.store(UInt64(spin) * 1000, ordering: .relaxed)
        callersProcessor.store(movesWorkers ? Int(ck_current_processor()) : -1, ordering: .relaxed)
        team.open(region)
        wake(region.threads)
        team.work(as: 0)
        team.finish()
    }

    /// Starts the workers below `threads` that do not live.
    private func wake(_ threads: Int) {
        let threads = min(threads, reachableThreads())
        let wanted: UInt64 = threads >= 64 ? .max : (1 << UInt64(threads)) - 1
        guard wanted & ~alive.load(ordering: .sequentiallyConsistent) != 0 else { return }
        let started = wanted & ~alive.bitwiseOr(wanted, ordering: .acquiringAndReleasing).oldValue
        guard started != 0 else { return }
        if !WorkerHost.start(started, of: self) { giveUp(started) }
    }

    private func reachableThreads() -> Int {
        let threads = reachable.load(ordering: .relaxed)
        guard threads < ExecutorKind.mostThreads,
            DispatchTime.now().uptimeNanoseconds >= askAgainAt.load(ordering: .relaxed)
        else { return threads }
        reachable.store(ExecutorKind.mostThreads, ordering: .relaxed)
        return ExecutorKind.mostThreads
    }

    /// Takes back workers that there are no threads for. A region that counted on them does not wait for them.
    private func giveUp(_ workers: UInt64) {
        let others = alive.bitwiseAnd(~workers, ordering: .sequentiallyConsistent).newValue
        askAgainAt.store(DispatchTime.now().uptimeNanoseconds + 1_000_000_000, ordering: .relaxed)
        reachable.store(others.nonzeroBitCount, ordering: .relaxed)
    }

    /// Runs workers, or as many of them as there are threads for, on the calling thread and on those of Dispatch until all
    /// have left.
    func host(_ workers: UInt64) {
        var rest = workers
        let hosted = 1 + room(for: workers.nonzeroBitCount - 1)
        for _ in 0..<hosted {
            rest &= rest - 1
        }
        if rest != 0 { giveUp(rest) }
        DispatchQueue.concurrentPerform(iterations: hosted) { iteration in
            var rest = workers
            for _ in 0..<iteration {
                rest &= rest - 1
            }
            live(as: rest.trailingZeroBitCount)
        }
    }

    /// How many threads Dispatch may be asked for. Once the system has made so many they are not made again to see: what
    /// Dispatch has is there, or there is room for it. Another program may have taken that since; then this host waits.
    private func room(for threads: Int) -> Int {
        let proven = provenRoom.load(ordering: .relaxed)
        guard threads > proven else { return threads }
        let room = max(proven, Int(ck_thread_room(Int32(threads))))
        provenRoom.store(room, ordering: .relaxed)
        return room
    }

    /// Leaves the caller's processor, if this thread runs there. False if it does not, or cannot leave.
    @discardableResult
    private func leaveCallersProcessor() -> Bool {
        let processor = Int32(callersProcessor.load(ordering: .relaxed))
        guard processor >= 0, ck_current_processor() == processor else { return false }
        return ck_leave_processor(processor) != 0
    }

    private func live(as worker: Int) {
        leaveCallersProcessor()
        let bit: UInt64 = 1 << UInt64(worker)
        repeat {
            work(as: worker)
            alive.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
            // A region opened meanwhile may have counted on this worker. Either its owner saw the bit cleared, or the
            // region is seen here.
        } while team.isOpen(to: worker) && alive.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue & bit == 0
    }

    /// Runs tasks until no region has been opened for the time that the latest one asked to wait.
    private func work(as worker: Int) {
        var latest: UInt64?
        var leaveAt: UInt64 = 0
        var spins = 0
        while true {
            let ranAny = team.work(as: worker)
            let epoch = team.epoch(of: worker)
            if ranAny || (epoch != nil && epoch != latest) {
                latest = epoch
                // A region that asks to wait less does not shorten the wait that an earlier one asked for.
                let spin = spinNanoseconds.load(ordering: .relaxed)
                leaveAt = max(leaveAt, DispatchTime.now().uptimeNanoseconds + spin)
                spins = 0
            }
            // Reading the clock costs as much as a few pauses.
            if spins % 16 == 0 && DispatchTime.now().uptimeNanoseconds >= leaveAt {
                return
            }
            spins += 1
            if spins % 256 == 0 {
                // Where other processes leave the two one core, the caller waits for this one.
                if !leaveCallersProcessor() { sched_yield() }
            } else {
                ck_cpu_pause()
            }
        }
    }
}
