// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Convolution

@Suite(.serialized, .timeLimit(.minutes(3))) struct ConcurrentRegionTests {
    @Test(arguments: ExecutorKind.available)
    func regionsOfManyCallersRunAtOnce(executor: ExecutorKind) {
        onThreads(12) { caller in
            let recorder = RegionRecorder([1 + caller % 3, 5, caller], threads: 1 + caller)
            for _ in 0..<300 {
                recorder.expectRegion(executor)
            }
        }
    }

    /// Callers may be Dispatch's own threads, all of which then wait for regions.
    @Test(arguments: ExecutorKind.available)
    func regionsRunOnAllThreadsOfDispatch(executor: ExecutorKind) {
        DispatchQueue.concurrentPerform(iterations: 64) { caller in
            let recorder = RegionRecorder([4, 3], threads: 4)
            for _ in 0..<50 {
                recorder.expectRegion(executor)
            }
        }
    }

    @Test(arguments: ExecutorKind.available, ExecutorKind.available)
    func aTaskMayRunARegion(outer: ExecutorKind, inner: ExecutorKind) {
        for threads in [2, 5, 64] {
            for _ in 0..<20 {
                let innermost = Atomic<Int>(0)
                [3, 4].withUnsafeBufferPointer { phases in
                    parallelRegion(outer, threads: threads, phases: phases, spinMicroseconds: 200) { _, _, _ in
                        let recorder = RegionRecorder([2, 5], threads: threads)
                        recorder.expectRegion(inner)
                        innermost.wrappingAdd(recorder.begunTasks, ordering: .relaxed)
                    }
                }
                #expect(innermost.load(ordering: .relaxed) == 49)
            }
        }
    }

    @Test(arguments: ExecutorKind.available)
    func regionsNestDeeply(executor: ExecutorKind) {
        func descend(_ depth: Int) -> Int {
            guard depth > 0 else { return 1 }
            let leaves = Atomic<Int>(0)
            [1, 2].withUnsafeBufferPointer { phases in
                parallelRegion(executor, threads: 3, phases: phases, spinMicroseconds: 0) { _, _, _ in
                    leaves.wrappingAdd(descend(depth - 1), ordering: .relaxed)
                }
            }
            return leaves.load(ordering: .relaxed)
        }
        #expect(descend(6) == 729)
    }

    @Test func allExecutorsRunAtOnce() {
        onThreads(8) { caller in
            let executors = ExecutorKind.available
            let recorder = RegionRecorder([2, 3, 2], threads: 2 + caller)
            for index in 0..<200 {
                recorder.expectRegion(executors[(caller + index) % executors.count])
            }
        }
    }
}

/// Calls `body` on so many threads of its own at once, with the number of each, and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            body(index)
            group.leave()
        }
    }
    group.wait()
}
