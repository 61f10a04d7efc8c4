// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Convolution

@Suite struct SlotsTests {
    @Test(arguments: [0, 1, 5, 64, 100])
    func eachIsHeldOnceAndTheFirstFreeOneIsNext(count: Int) {
        let slots = Slots(count: count)
        let most = min(count, Slots.most)
        for expected in 0..<most {
            let slot = slots.claim()
            #expect(slot == expected)
        }
        let none = slots.claim()
        #expect(none == nil)
        for freed in [most - 1, 0] where most > 0 {
            slots.release(freed)
            let slot = slots.claim()
            #expect(slot == freed)
        }
    }

    /// Plain memory that only the holder of a slot touches: the thread sanitizer sees a slot held twice.
    @Test func holdersOfASlotFollowOneAnother() {
        final class Counters: Sendable {
            let slots = Slots(count: 3)
            let refusals = Atomic<Int>(0)
            nonisolated(unsafe) let values = UnsafeMutablePointer<Int>.allocate(capacity: 3)

            init() { values.initialize(repeating: 0, count: 3) }
            deinit { values.deallocate() }
        }
        let counters = Counters()
        onThreads(8) { _ in
            for _ in 0..<20_000 {
                guard let slot = counters.slots.claim() else {
                    counters.refusals.wrappingAdd(1, ordering: .relaxed)
                    continue
                }
                counters.values[slot] += 1
                counters.slots.release(slot)
            }
        }
        let sum = (0..<3).reduce(0) { $0 + counters.values[$1] }
        #expect(sum + counters.refusals.load(ordering: .relaxed) == 160_000)
    }
}
