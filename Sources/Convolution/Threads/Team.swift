// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The claims of one region at a time, shared by the threads that work on it.
///
/// The tasks of all phases are numbered through. A thread claims the next one by counting down `claims`, whose high bits
/// are the region's epoch and thread limit. The exchange succeeds only on the very word that the thread judged, so a
/// thread that comes late cannot claim a task of a region that is over. Whoever holds a claim may read the region's
/// description, because its owner waits until all tasks are completed; nobody else does.
///
/// A phase's tasks wait until all tasks before them are completed. These are claimed already, by threads that run, so
/// the wait ends.
///
/// Of a region of one phase a claim is for any one task: each thread first takes those of a share of its own, neighbours,
/// and then what others have left of theirs. So a core reads and writes the same memory in each run of a plan, and meets
/// the other cores' at the ends of its share alone: next to their lines, it would fetch them in vain.
final class Team: Sendable {
    /// The most tasks of one region.
    static let mostTasks = Int(UInt32.max)

    /// The epoch and the thread limit of a region and its unclaimed tasks.
    private struct Claims {
        // epoch: 24 bits | threads: 8 bits | unclaimed: 32 bits
        var word: UInt64

        var epoch: UInt64 { word >> 40 }
        var threads: Int { Int(word >> 32 & 0xFF) }
        var unclaimed: Int { Int(word & 0xFFFF_FFFF) }

        init(word: UInt64) {
            self.word = word
        }

        init(after previous: Claims, threads: Int, unclaimed: Int) {
            word = (previous.epoch &+ 1) << 40 | UInt64(threads) << 32 | UInt64(unclaimed)
        }

        func allows(_ worker: Int) -> Bool {
            unclaimed > 0 && worker < threads
        }
    }

    // Written by the owner before the store to `claims` that opens the region, read only by holders of a claim, who
    // acquired that store, and not written again before all of them have completed.
    nonisolated(unsafe) private var region: Region?
    private let claims = Padded(Atomic<UInt64>(0))
    private let completed = Padded(Atomic<Int>(0))
    /// The next task of each worker's share.
    nonisolated(unsafe) private let next: UnsafeMutablePointer<Padded<Atomic<Int>>>

    init() {
        next = .allocate(capacity: ExecutorKind.mostThreads)
        for worker in 0..<ExecutorKind.mostThreads {
            (next + worker).initialize(to: Padded(Atomic(0)))
        }
    }

    deinit {
        next.deinitialize(count: ExecutorKind.mostThreads)
        next.deallocate()
    }

    /// Opens a region. Only the team's owner calls this, works, and calls `finish`; one after another.
    func open(_ region: Region) {
        self.region = region
        completed.value.store(0, ordering: .relaxed)
        if region.phases.count == 1 {
            for worker in 0..<region.threads {
                next[worker].value.store(Team.share(of: worker, region).lowerBound, ordering: .relaxed)
            }
        }
        let previous = Claims(word: claims.value.load(ordering: .relaxed))
        let opened = Claims(after: previous, threads: region.threads, unclaimed: region.count)
        // Sequentially consistent for `isOpen`.
        claims.value.store(opened.word, ordering: .sequentiallyConsistent)
    }

    /// Runs tasks until none is left to claim. True if it ran any.
    @discardableResult
    func work(as worker: Int) -> Bool {
        var ranAny = false
        while let (region, index) = claim(worker) {
            run(region, index, worker)
            ranAny = true
        }
        return ranAny
    }

    /// Waits for the tasks that others have claimed.
    func finish() {
        if let region {
            wait(for: region.count, region)
        }
        region = nil
    }

    /// Whether the worker could claim a task. In the one order of all sequentially consistent operations.
    func isOpen(to worker: Int) -> Bool {
        Claims(word: claims.value.load(ordering: .sequentiallyConsistent)).allows(worker)
    }

    /// Which region was opened last, if it was for that many threads that the worker could take part.
    func epoch(of worker: Int) -> UInt64? {
        let latest = Claims(word: claims.value.load(ordering: .acquiring))
        return worker < latest.threads ? latest.epoch : nil
    }

    private func claim(_ worker: Int) -> (Region, index: Int)? {
        var latest = Claims(word: claims.value.load(ordering: .acquiring))
        while latest.allows(worker) {
            let (exchanged, original) = claims.value.weakCompareExchange(
                expected: latest.word, desired: latest.word - 1, ordering: .acquiringAndReleasing)
            if exchanged, let region {
                return (region, region.count - latest.unclaimed)
            }
            latest.word = original
        }
        return nil
    }

    private static func share(of worker: Int, _ region: Region) -> Range<Int> {
        region.count * worker / region.threads..<region.count * (worker + 1) / region.threads
    }

    /// A task of a region of one phase that nobody has taken. The holder of a claim finds one in one round: there are as
    /// many tasks as claims.
    private func takeTask(_ region: Region, _ worker: Int) -> Int {
        for distance in 0..<region.threads {
            let other = (worker + distance) % region.threads
            let end = Team.share(of: other, region).upperBound
            guard next[other].value.load(ordering: .relaxed) < end else { continue }
            let task = next[other].value.wrappingAdd(1, ordering: .relaxed).oldValue
            if task < end { return task }
        }
        preconditionFailure("a claim without a task")
    }

    private func run(_ region: Region, _ index: Int, _ worker: Int) {
        if region.phases.count == 1 {
            region.run(phase: 0, task: takeTask(region, worker), worker: worker)
            completed.value.wrappingAdd(1, ordering: .acquiringAndReleasing)
            return
        }
        var phase = 0
        var first = 0
        while index >= first + region.phases[phase] {
            first += region.phases[phase]
            phase += 1
        }
        if first > 0 {
            wait(for: first, region)
        }
        region.run(phase: phase, task: index - first, worker: worker)
        completed.value.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }

    private func wait(for count: Int, _ region: Region) {
        // The thread that is waited for may need this one's core: surely if there are more threads than cores, else only
        // if other processes keep it from its own, which the operating system sorts out better when it is not pressed.
        let patience = region.threads > ExecutorKind.processorCount ? 16 : 2048
        var spins = 0
        while completed.value.load(ordering: .acquiring) < count {
            spins += 1
            if spins > patience && spins % 16 == 0 {
                sched_yield()
            } else {
                ck_cpu_pause()
            }
        }
    }
}
