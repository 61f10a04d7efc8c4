// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Teams lent to one region each, so that the regions of several callers run side by side, and the threads that these
/// have together. Lending takes no lock.
final class TeamPool<Member: AnyObject & Sendable>: Sendable {
    // A region that shares the processors has two threads or more.
    private let members: [Member]
    private let slots: Slots
    private let threadsInUse = Atomic<Int>(0)
    private let processors: Int

    /// A pool whose regions have at most `processors` threads together, unless a single one asks for more.
    init(processors: Int, makeTeam: () -> Member) {
        self.processors = processors
        let count = min(max(1, processors / 2), Slots.most)
        members = (0..<count).map { _ in makeTeam() }
        slots = Slots(count: count)
    }

    /// Calls `body` with a team and the number of threads it may use, from 2 to `threads`. False, without calling it, if
    /// no more than the caller's own thread is left.
    func lend(threads: Int, _ body: (Member, Int) -> Void) -> Bool {
        guard let granted = take(threads) else { return false }
        defer { threadsInUse.wrappingSubtract(granted, ordering: .relaxed) }
        guard let slot = slots.claim() else { return false }
        defer { slots.release(slot) }
        body(members[slot], granted)
        return true
    }

    /// Takes up to so many of the threads that are left; nil if they are fewer than two.
    private func take(_ threads: Int) -> Int? {
        var inUse = threadsInUse.load(ordering: .relaxed)
        while true {
            let granted = inUse == 0 ? threads : min(threads, processors - inUse)
            guard granted > 1 else { return nil }
            let (exchanged, original) = threadsInUse.weakCompareExchange(
                expected: inUse, desired: inUse + granted, ordering: .relaxed)
            if exchanged { return granted }
            inUse = original
        }
    }
}
