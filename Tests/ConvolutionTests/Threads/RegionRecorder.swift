// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import Convolution

/// A region body that records what was wrong with the order of its calls. Each task adds up what all tasks of the phase
/// before it wrote, in plain memory, so that the thread sanitizer sees a barrier that does not order them.
final class RegionRecorder: RegionBody, Sendable {
    let phases: [Int]
    private let threads: Int
    private let first: [Int]
    private let caller = Atomic<UInt>(0)

    private let begun = Atomic<Int>(0)
    private let workersSeen = Atomic<UInt64>(0)
    private let wrongTasks = Atomic<Int>(0)
    private let earlyTasks = Atomic<Int>(0)
    private let wrongWorkers = Atomic<Int>(0)
    private let strangers = Atomic<Int>(0)
    private let completed = Atomic<Int>(0)
    private let busy = Atomic<UInt64>(0)
    // A task writes its own element only; tasks of the next phase and the caller read it after a barrier.
    nonisolated(unsafe) private let marks: UnsafeMutableBufferPointer<Int>

    init(_ phases: [Int], threads: Int) {
        self.phases = phases
        self.threads = threads
        var first = [0]
        for tasks in phases {
            first.append(first[first.count - 1] + tasks)
        }
        self.first = first
        marks = .allocate(capacity: first[first.count - 1])
        marks.initialize(repeating: 0)
    }

    deinit {
        marks.deallocate()
    }

    /// The workers that have run tasks.
    var workers: Set<Int> {
        let seen = workersSeen.load(ordering: .relaxed)
        return Set((0..<64).filter { seen >> UInt64($0) & 1 == 1 })
    }

    var begunTasks: Int { begun.load(ordering: .acquiring) }

    func run(phase: Int, task: Int, worker: Int) {
        begun.wrappingAdd(1, ordering: .relaxed)
        guard phases.indices.contains(phase), (0..<phases[phase]).contains(task) else {
            wrongTasks.wrappingAdd(1, ordering: .relaxed)
            return
        }
        guard (0..<max(1, min(threads, 64))).contains(worker) else {
            wrongWorkers.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let bit: UInt64 = 1 << UInt64(worker)
        if busy.bitwiseOr(bit, ordering: .relaxed).oldValue & bit != 0 {
            wrongWorkers.wrappingAdd(1, ordering: .relaxed)
        }
        workersSeen.bitwiseOr(bit, ordering: .relaxed)
        if (worker == 0) != (currentThread() == caller.load(ordering: .relaxed)) {
            strangers.wrappingAdd(1, ordering: .relaxed)
        }
        if completed.load(ordering: .relaxed) < first[phase] {
            earlyTasks.wrappingAdd(1, ordering: .relaxed)
        }
        if phase > 0 {
            for index in first[phase - 1]..<first[phase] where marks[index] != 1 {
                earlyTasks.wrappingAdd(1, ordering: .relaxed)
            }
        }
        marks[first[phase] + task] += 1
        completed.wrappingAdd(1, ordering: .relaxed)
        busy.bitwiseAnd(~bit, ordering: .relaxed)
    }

    /// Runs `region` on the calling thread, then expects that each task ran once, after all those of the phases before
    /// it, as a worker of its own.
    func expectRun(
        _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation,
        _ region: (UnsafeBufferPointer<Int>) -> Void
    ) {
        begun.store(0, ordering: .relaxed)
        completed.store(0, ordering: .relaxed)
        marks.update(repeating: 0)
        caller.store(currentThread(), ordering: .relaxed)
        phases.withUnsafeBufferPointer(region)
        let isRight =
            marks.allSatisfy { $0 == 1 } && begunTasks == marks.count && wrongTasks.load(ordering: .relaxed) == 0
            && earlyTasks.load(ordering: .relaxed) == 0 && wrongWorkers.load(ordering: .relaxed) == 0
            && strangers.load(ordering: .relaxed) == 0
        guard !isRight else { return }
        #expect(
            marks.allSatisfy { $0 == 1 }, "\(what()): runs of each task \(Array(marks))", sourceLocation: sourceLocation
        )
        #expect(begunTasks == marks.count, "\(what()): tasks run", sourceLocation: sourceLocation)
        #expect(wrongTasks.load(ordering: .relaxed) == 0, "\(what()): no such task", sourceLocation: sourceLocation)
        #expect(
            earlyTasks.load(ordering: .relaxed) == 0, "\(what()): before the barrier", sourceLocation: sourceLocation)
        #expect(
            wrongWorkers.load(ordering: .relaxed) == 0, "\(what()): worker taken or out of range",
            sourceLocation: sourceLocation)
        #expect(
            strangers.load(ordering: .relaxed) == 0, "\(what()): worker 0 is the caller alone",
            sourceLocation: sourceLocation)
    }

    /// `expectRun` with `parallelRegion`.
    func expectRegion(
        _ executor: ExecutorKind, spinMicroseconds: Int = 200, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectRun("\(executor), \(threads) threads, phases \(phases)", sourceLocation: sourceLocation) {
            parallelRegion(executor, threads: threads, phases: $0, spinMicroseconds: spinMicroseconds, self)
        }
    }
}

private func currentThread() -> UInt {
    #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
    #else
        UInt(pthread_self())
    #endif
}
