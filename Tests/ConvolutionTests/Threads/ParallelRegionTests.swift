// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import Convolution

/// Regions with no, one and many tasks, and with more phases than tasks in each.
private let phaseLists: [[Int]] = [
    [], [0], [0, 0], [1], [0, 1, 0], [1, 1, 1], [2], [2, 3], [1, 7, 0, 2], [64], [5, 1, 5, 1, 5], [0, 300, 1],
    Array(repeating: 3, count: 40),
]

@Suite(.serialized, .timeLimit(.minutes(3))) struct ParallelRegionTests {
    @Test(arguments: ExecutorKind.available)
    func eachTaskRunsOnceAfterThePhasesBeforeIt(executor: ExecutorKind) {
        for threads in 1...64 {
            for phases in phaseLists {
                RegionRecorder(phases, threads: threads).expectRegion(executor)
            }
        }
    }

    @Test(arguments: ExecutorKind.available, [-1, 0, 65, 1000, .max])
    func anyNumberOfThreadsIsRun(executor: ExecutorKind, threads: Int) {
        for phases in phaseLists {
            RegionRecorder(phases, threads: threads).expectRegion(executor)
        }
    }

    @Test(arguments: ExecutorKind.available)
    func aClosureIsCalledAsABodyIs(executor: ExecutorKind) {
        for threads in [1, 2, 3, 64] {
            for phases in phaseLists {
                let recorder = RegionRecorder(phases, threads: threads)
                recorder.expectRun("\(executor), \(threads) threads, phases \(phases)") {
                    parallelRegion(executor, threads: threads, phases: $0, spinMicroseconds: 200) {
                        recorder.run(phase: $0, task: $1, worker: $2)
                    }
                }
            }
        }
    }

    /// A body in the memory of a call that has returned would be overwritten by the next one.
    @Test(arguments: ExecutorKind.available, [0, 200])
    func manyTinyRegionsEnd(executor: ExecutorKind, spinMicroseconds: Int) {
        let recorders = [[2], [1, 2], [3, 1, 2]].map { RegionRecorder($0, threads: 2) }
        // A thread that spins for nothing takes the core from the one that has work, so cold workers get fewer regions.
        for index in 0..<(spinMicroseconds == 0 ? 10_000 : 100_000) {
            recorders[index % recorders.count].expectRegion(executor, spinMicroseconds: spinMicroseconds)
        }
    }

    @Test(arguments: ExecutorKind.available)
    func aRegionRunsAfterLongIdleness(executor: ExecutorKind) {
        for milliseconds in [1, 20, 400] {
            RegionRecorder([8, 8], threads: 4).expectRegion(executor)
            Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
            RegionRecorder([8, 8], threads: 4).expectRegion(executor)
        }
    }

    @Test(arguments: ExecutorKind.available, [Int.min, -1, 0, 1, 100_000])
    func anySpinTimeIsRun(executor: ExecutorKind, spinMicroseconds: Int) {
        for _ in 0..<20 {
            RegionRecorder([3, 3], threads: 2).expectRegion(executor, spinMicroseconds: spinMicroseconds)
        }
    }

    /// Two tasks of which each waits for the other are run by two threads, as soon as there is a core for each.
    @Test(
        .enabled(if: ExecutorKind.processorCount > 1), arguments: ExecutorKind.available.filter { $0 != .serial })
    func tasksRunSideBySide(executor: ExecutorKind) {
        struct Meeting: RegionBody {
            let arrived: UnsafeMutablePointer<Atomic<Int>>
            let met: UnsafeMutablePointer<Atomic<Int>>

            func run(phase: Int, task: Int, worker: Int) {
                arrived.pointee.wrappingAdd(1, ordering: .relaxed)
                for _ in 0..<200 where arrived.pointee.load(ordering: .relaxed) < 2 {
                    usleep(100)
                }
                if arrived.pointee.load(ordering: .relaxed) == 2 && worker == 1 {
                    met.pointee.store(1, ordering: .relaxed)
                }
            }
        }
        let counters = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 2)
        defer { counters.deallocate() }
        counters.initialize(to: Atomic(0))
        (counters + 1).initialize(to: Atomic(0))
        var attempts = 0
        while counters[1].load(ordering: .relaxed) == 0 && attempts < 1000 {
            counters[0].store(0, ordering: .relaxed)
            [2].withUnsafeBufferPointer {
                parallelRegion(
                    executor, threads: 2, phases: $0, spinMicroseconds: 200,
                    Meeting(arrived: counters, met: counters + 1))
            }
            attempts += 1
        }
        #expect(counters[1].load(ordering: .relaxed) == 1, "no worker came to \(attempts) regions")
    }
}
