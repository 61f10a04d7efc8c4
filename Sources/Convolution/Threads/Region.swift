// SPDX-License-Identifier: Apache-2.0

/// The description of one region: what to run, on how many threads at most. Points to its caller's memory.
struct Region {
    let threads: Int
    let phases: UnsafeBufferPointer<Int>
    /// The tasks of all phases.
    let count: Int

    // A pointer and a type rather than a closure or an existential: a worker must not retain, and so release later, what
    // belongs to a call that may have returned, and making either would allocate.
    private let body: UnsafeRawPointer
    private let type: any RegionBody.Type

    /// A region on up to `threads` threads, but no more than its widest phase has tasks.
    init<Body: RegionBody>(threads: Int, phases: UnsafeBufferPointer<Int>, _ body: UnsafePointer<Body>) {
        var count = 0
        var widest = 0
        for tasks in phases {
            // More tasks than can be counted are run alone, which does not count them.
            let (sum, overflows) = count.addingReportingOverflow(tasks)
            count = overflows ? .max : sum
            widest = max(widest, tasks)
        }
        self.threads = count <= Team.mostTasks ? min(threads, widest, ExecutorKind.mostThreads) : 1
        self.phases = phases
        self.count = count
        self.body = UnsafeRawPointer(body)
        type = Body.self
    }

    private init(_ region: Region, threads: Int) {
        self.threads = threads
        phases = region.phases
        count = region.count
        body = region.body
        type = region.type
    }

    /// The same region on other threads.
    func on(threads: Int) -> Region {
        Region(self, threads: threads)
    }

    func run(phase: Int, task: Int, worker: Int) {
        type.run(body, phase, task, worker)
    }

    /// Runs all tasks on the calling thread.
    func runAlone() {
        for (phase, tasks) in phases.enumerated() {
            for task in 0..<tasks {
                run(phase: phase, task: task, worker: 0)
            }
        }
    }
}

extension RegionBody {
    // Not inlined, so that whatever the task retained of its body is released before the task counts as completed.
    @inline(never)
    fileprivate static func run(_ body: UnsafeRawPointer, _ phase: Int, _ task: Int, _ worker: Int) {
        body.assumingMemoryBound(to: Self.self).pointee.run(phase: phase, task: task, worker: worker)
    }
}
