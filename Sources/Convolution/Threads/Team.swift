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

/// What a region runs: phase, task of the phase, worker.
typealias TaskBody = (_ phase: Int, _ task: Int, _ worker: Int) -> Void

/// The claims of one region at a time, shared by the threads that work on it.
///
/// The tasks of all phases are numbered through. A thread claims the next one by counting down `claims`, whose high bits
/// are the region's thread limit. The exchange succeeds only on the very word that the thread judged, so it does not
/// matter to which region it meant to go: a claim is one on the region that is open now. Whoever holds a claim may read
/// the region's description, because its owner waits until all tasks are completed; nobody else does.
///
/// A phase's tasks wait until all tasks before them are completed. These are claimed already, by threads that run, so
/// the wait ends.
final class Team: Sendable {
    // threads: 32 bits | unclaimed tasks: 32 bits
    private let claims = Atomic<UInt64>(0)
    private let completed = Atomic<Int>(0)
    private let isOwned = Atomic<Bool>(false)

    // The description of the region: written by its owner before the releasing store to `claims` that opens it, read only
    // by holders of a claim, who acquired that store, and not written again before all of them have completed.
    nonisolated(unsafe) private var body: UnsafePointer<TaskBody>?
    nonisolated(unsafe) private var phases: UnsafeBufferPointer<Int> = .init(start: nil, count: 0)
    nonisolated(unsafe) private var total = 0

    /// Makes the caller the owner, unless there is one.
    func tryToOwn() -> Bool {
        isOwned.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    func disown() {
        isOwned.store(false, ordering: .releasing)
    }

    /// Opens a region. Only its owner calls this, and `finish` after it.
    func open(_ phases: UnsafeBufferPointer<Int>, tasks: Int, threads: Int, _ body: UnsafePointer<TaskBody>) {
        self.body = body
        self.phases = phases
        total = tasks
        completed.store(0, ordering: .relaxed)
        claims.store(UInt64(threads) << 32 | UInt64(tasks), ordering: .releasing)
    }

    /// Runs tasks until none is left to claim. True if it ran any.
    @discardableResult
    func work(as worker: Int) -> Bool {
        var ranAny = false
        while let index = claim(worker) {
            run(index, worker)
            ranAny = true
        }
        return ranAny
    }

    /// Waits for the tasks that others have claimed.
    func finish() {
        wait(for: total)
        body = nil
    }

    private func claim(_ worker: Int) -> Int? {
        var word = claims.load(ordering: .acquiring)
        while true {
            let unclaimed = word & 0xFFFF_FFFF
            guard unclaimed > 0, worker < Int(word >> 32) else { return nil }
            let (exchanged, original) = claims.compareExchange(
                expected: word, desired: word - 1, ordering: .acquiringAndReleasing)
            if exchanged {
                return total - Int(unclaimed)
            }
            word = original
        }
    }

    private func run(_ index: Int, _ worker: Int) {
        var phase = 0
        var first = 0
        while index >= first + phases[phase] {
            first += phases[phase]
            phase += 1
        }
        if first > 0 {
            wait(for: first)
        }
        body?.pointee(phase, index - first, worker)
        completed.add(1, ordering: .acquiringAndReleasing)
    }

    private func wait(for count: Int) {
        var spins = 0
        while completed.load(ordering: .acquiring) < count {
            spins += 1
            // With more threads than cores the one that is waited for may need this one's core.
            if spins % 4096 == 0 {
                sched_yield()
            } else {
                ck_cpu_pause()
            }
        }
    }
}
