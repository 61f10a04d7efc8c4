// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Runs phases of tasks on up to `threads` threads, all tasks of a phase before any of the next.
///
/// Tasks are claimed one by one, so they may differ in length. Allocates nothing while the executor's threads are warm.
/// May be called from any number of threads at once and from within a task.
///
/// - Parameters:
///   - phases: The number of tasks of each phase.
///   - spinMicroseconds: How long a worker of the Dispatch executor waits for the next region before it leaves.
///   - body: Called once for each task, with `worker` in `0..<threads`, unique among the calls of this region that run at
///     the same time; the calling thread is worker 0.
func parallelRegion(
    _ executor: ExecutorKind, threads: Int, phases: UnsafeBufferPointer<Int>, spinMicroseconds: Int, _ body: TaskBody
) {
    let tasks = phases.reduce(0, +)
    guard threads > 1, tasks > 1, executor != .serial, tasks <= Int(UInt32.max) else {
        runAlone(phases, body)
        return
    }
    let threads = min(threads, tasks, ExecutorKind.mostThreads)
    // No thread touches the body after its last task is completed, which both executors wait for.
    withoutActuallyEscaping(body) { body in
        withUnsafePointer(to: body) { pointer in
            switch executor {
            case .serial:
                runAlone(phases, body)
            case .dispatch:
                if !WorkerPool.shared.run(
                    phases, tasks: tasks, threads: threads, spinMicroseconds: spinMicroseconds, pointer)
                {
                    runAlone(phases, body)
                }
            case .openmp:
                #if CONVOLUTION_OPENMP
                    OpenMPTeams.shared.run(phases, tasks: tasks, threads: threads, pointer)
                #else
                    runAlone(phases, body)
                #endif
            }
        }
    }
}

private func runAlone(_ phases: UnsafeBufferPointer<Int>, _ body: TaskBody) {
    for (phase, tasks) in phases.enumerated() {
        for task in 0..<tasks {
            body(phase, task, 0)
        }
    }
}
