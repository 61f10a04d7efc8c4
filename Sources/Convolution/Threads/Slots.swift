// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Up to 64 places, each held by one thread at a time. Claiming one takes no lock and allocates nothing.
struct Slots: ~Copyable, Sendable {
    static let most = 64

    private let count: Int
    /// Bit i is set while slot i is held.
    private let held = Atomic<UInt64>(0)

    init(count: Int) {
        self.count = min(count, Slots.most)
    }

    /// The first slot that is free, which the caller then holds; nil if all are held. The first, so that it is the one
    /// whose memory was used last.
    func claim() -> Int? {
        var latest = held.load(ordering: .relaxed)
        while true {
            let slot = (~latest).trailingZeroBitCount
            guard slot < count else { return nil }
            let (exchanged, original) = held.weakCompareExchange(
                expected: latest, desired: latest | 1 << UInt64(slot), ordering: .acquiringAndReleasing)
            if exchanged { return slot }
            latest = original
        }
    }

    /// Gives a slot back. What the caller wrote is seen by whoever claims it next.
    func release(_ slot: Int) {
        held.bitwiseAnd(~(1 << UInt64(slot)), ordering: .acquiringAndReleasing)
    }
}
