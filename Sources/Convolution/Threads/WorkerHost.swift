// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Dispatch
import Synchronization

/// A thread of the library's own that calls Dispatch, so that no caller of a convolution does.
///
/// Dispatch makes its threads on the thread that hands it work. Where the system makes none, under a limit of processes or
/// of a container, it sleeps for a second and tries again, for ever. Here that is a host, for which nobody waits.
///
/// Hosts are made when they are first needed, and sleep between calls for as long as the process lives. A host is one of
/// the threads of its `concurrentPerform`, so that a team has no more threads than workers.
final class WorkerHost: Sendable {
    private static let slots = Slots(count: Slots.most)
    private static let hosts = (0..<Slots.most).map(WorkerHost.init)

    private let number: Int
    private let work = DispatchSemaphore(value: 0)
    private let isMade = Atomic<Bool>(false)
    // Atomic, as the thread sanitizer does not know Dispatch's semaphores.
    private let team = Atomic<UInt>(0)
    private let workers = Atomic<UInt64>(0)

    private init(number: Int) {
        self.number = number
    }

    /// Has a host call `team.host(workers)`. False if the system makes no thread for it.
    static func start(_ workers: UInt64, of team: DispatchWorkers) -> Bool {
        guard let slot = slots.claim() else { return false }
        if hosts[slot].start(workers, of: team) { return true }
        slots.release(slot)
        return false
    }

    private func start(_ workers: UInt64, of team: DispatchWorkers) -> Bool {
        let retained = Unmanaged.passRetained(team)
        self.team.store(UInt(bitPattern: retained.toOpaque()), ordering: .releasing)
        self.workers.store(workers, ordering: .releasing)
        if isMade.load(ordering: .relaxed) {
            work.signal()
            return true
        }
        isMade.store(true, ordering: .relaxed)
        if ck_start_thread(WorkerHost.serve, Unmanaged.passUnretained(self).toOpaque()) != 0 { return true }
        isMade.store(false, ordering: .relaxed)
        retained.release()
        return false
    }

    // The body of a thread of the system's, so it must not be isolated to any actor.
    private nonisolated static let serve: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        guard let context = $0 else { return nil }
        let host = Unmanaged<WorkerHost>.fromOpaque(context).takeUnretainedValue()
        while true {
            host.run()
            slots.release(host.number)
            host.work.wait()
        }
    }

    private func run() {
        guard let team = UnsafeRawPointer(bitPattern: team.load(ordering: .acquiring)) else { return }
        Unmanaged<DispatchWorkers>.fromOpaque(team).takeRetainedValue().host(workers.load(ordering: .acquiring))
    }
}
