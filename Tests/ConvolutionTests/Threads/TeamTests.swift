// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Foundation
import Synchronization
import Testing

@testable import Convolution

@Suite(.serialized, .timeLimit(.minutes(3))) struct TeamTests {
    private static func region(
        _ recorder: UnsafePointer<RegionRecorder>, _ phases: UnsafeBufferPointer<Int>, threads: Int
    )
        -> Region
    {
        Region(threads: threads, phases: phases, recorder).on(threads: threads)
    }

    /// Real threads, more than there are cores, that come and go as they like.
    @Test func workersThatComeLateClaimOnlyTasksOfTheOpenRegion() {
        let team = Team()
        let group = DispatchGroup()
        let over = Flag()
        for worker in 1..<8 {
            group.enter()
            Thread.detachNewThread {
                while !over.isSet {
                    team.work(as: worker)
                    sched_yield()
                }
                group.leave()
            }
        }
        for index in 0..<1500 {
            // The limit changes, so that a worker may not take part in the next region.
            let threads = 2 + index % 7
            var recorder = RegionRecorder([1 + index % 9, index % 4, 6], threads: threads)
            recorder.expectRun("region \(index)") { phases in
                team.open(Self.region(&recorder, phases, threads: threads))
                team.work(as: 0)
                team.finish()
            }
        }
        over.set()
        group.wait()
    }

    @Test func aWorkerBeyondTheLimitClaimsNothing() {
        let team = Team()
        var recorder = RegionRecorder([4], threads: 2)
        recorder.expectRun { phases in
            team.open(Self.region(&recorder, phases, threads: 2))
            #expect(!team.work(as: 2))
            #expect(!team.isOpen(to: 2))
            #expect(team.epoch(of: 2) == nil)
            #expect(team.isOpen(to: 1))
            #expect(team.work(as: 0))
            #expect(!team.isOpen(to: 1))
            team.finish()
        }
    }

    @Test func eachRegionHasAnotherEpoch() {
        let team = Team()
        var seen: [UInt64?] = []
        for _ in 0..<3 {
            var recorder = RegionRecorder([2], threads: 2)
            recorder.expectRun { phases in
                team.open(Self.region(&recorder, phases, threads: 2))
                team.work(as: 0)
                team.finish()
            }
            seen.append(team.epoch(of: 1))
        }
        #expect(seen == [1, 2, 3])
    }

    @Test(arguments: [2, 3, 64])
    func dispatchHostsAnyNumberOfWorkers(threads: Int) {
        let workers = DispatchWorkers()
        for _ in 0..<200 {
            var recorder = RegionRecorder([100, 3, 100], threads: threads)
            recorder.expectRun("\(threads) threads") { phases in
                workers.run(Self.region(&recorder, phases, threads: threads), spinMicroseconds: 50)
            }
        }
    }

    @Test(arguments: [.min, 0, 200, 100_000, .max])
    func workersLeaveInTheEnd(spinMicroseconds: Int) {
        let workers = DispatchWorkers()
        var recorder = RegionRecorder([50, 50], threads: 2)
        recorder.expectRun { phases in
            workers.run(Self.region(&recorder, phases, threads: 2), spinMicroseconds: spinMicroseconds)
        }
        // Far longer than any spell: it ends as soon as they have left.
        for _ in 0..<60_000 where workers.liveCount > 0 {
            usleep(1000)
        }
        #expect(workers.liveCount == 0)
    }

    @Test func workersStayOnAProcessorIfAsked() {
        let workers = DispatchWorkers()
        for movesWorkers in [true, false, true] {
            var recorder = RegionRecorder([50], threads: 2)
            recorder.expectRun { phases in
                workers.run(
                    Self.region(&recorder, phases, threads: 2), spinMicroseconds: 0, movesWorkers: movesWorkers)
            }
            #expect((workers.avoidedProcessor >= 0) == (movesWorkers && ck_current_processor() >= 0))
        }
    }

    @Test func aRegionIsAsWideAsItsWidestPhase() {
        var recorder = RegionRecorder([], threads: 1)
        func threads(_ phases: [Int], _ threads: Int) -> Int {
            phases.withUnsafeBufferPointer { Region(threads: threads, phases: $0, &recorder).threads }
        }
        #expect(threads([1, 3, 2], 8) == 3)
        #expect(threads([1, 30, 2], 8) == 8)
        #expect(threads([1, 1, 1], 8) == 1)
        #expect(threads([100], 100) == 64)
        #expect(threads([Team.mostTasks], 2) == 2)
        #expect(threads([Team.mostTasks, 1], 2) == 1)
        #expect(threads([.max, .max], 2) == 1)
    }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() {
        value.store(true, ordering: .releasing)
    }
}
