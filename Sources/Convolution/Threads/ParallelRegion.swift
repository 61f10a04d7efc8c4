// SPDX-License-Identifier: Apache-2.0

/// The tasks of a region, with what they need. Shared by the threads of the region, so `run` must be safe to call from
/// several at once.
package protocol RegionBody {
    /// Runs one task.
    ///
    /// - Parameters:
    ///   - phase: An index into the region's phases.
    ///   - task: In `0..<phases[phase]`.
    ///   - worker: In `0..<threads`, unique among the calls of this region that run at the same time; the thread that
    ///     called `parallelRegion` is worker 0. It picks the scratch memory of the task.
    func run(phase: Int, task: Int, worker: Int)
}

/// A region's tasks as a closure of phase, task and worker.
typealias TaskBody = (_ phase: Int, _ task: Int, _ worker: Int) -> Void

/// Runs phases of tasks on up to `threads` threads, all tasks of a phase before any of the next.
///
/// Tasks are claimed one by one, so they may differ in length. Allocates nothing while the executor's threads are warm.
///
/// May be called from any number of threads at once and from within a task. The regions that run at the same time share
/// the processors: the first has as many threads as it asks for, a later one those that are left, and one that finds
/// none runs on its calling thread alone. None waits for another.
///
/// - Parameters:
///   - phases: The number of tasks of each phase.
///   - spinMicroseconds: How long a worker of the Dispatch executor waits for the next region before it leaves; 0 or less
///     lets it leave at once.
///   - movesWorkers: Whether a worker of the Dispatch executor leaves its caller's processor when it is woken there.
///   - body: Called once for each task. No thread touches it, or `phases`, after this function returns.
package func parallelRegion<Body: RegionBody>(
    _ executor: ExecutorKind, threads: Int, phases: UnsafeBufferPointer<Int>, spinMicroseconds: Int,
    movesWorkers: Bool = true, _ body: Body
) {
    withUnsafePointer(to: body) { pointer in
        let region = Region(threads: threads, phases: phases, pointer)
        guard executor != .serial, region.threads > 1 else {
            region.runAlone()
            return
        }
        let isDone =
            switch executor.storage {
            case .serial: false
            case .dispatch:
                DispatchWorkers.run(region, spinMicroseconds: spinMicroseconds, movesWorkers: movesWorkers)
            case .openmp: OpenMPTeam.run(region)
            }
        if !isDone {
            region.runAlone()
        }
    }
}

/// The same for a closure. Allocates once for each region that may use more than one thread.
func parallelRegion(
    _ executor: ExecutorKind, threads: Int, phases: UnsafeBufferPointer<Int>, spinMicroseconds: Int,
    movesWorkers: Bool = true, _ body: TaskBody
) {
    guard executor != .serial, threads > 1 else {
        for (phase, tasks) in phases.enumerated() {
            for task in 0..<tasks {
                body(phase, task, 0)
            }
        }
        return
    }
    // It does not escape: no thread keeps a reference to it after its last task is completed.
    withoutActuallyEscaping(body) { body in
        parallelRegion(
            executor, threads: threads, phases: phases, spinMicroseconds: spinMicroseconds,
            movesWorkers: movesWorkers, ClosureBody(body: body))
    }
}

private struct ClosureBody: RegionBody {
    let body: TaskBody

    func run(phase: Int, task: Int, worker: Int) {
        body(phase, task, worker)
    }
}
