// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Teams lent to one region each, so that the regions of several callers run side by side, and the threads that these
/// have together.
///
/// The team that was given back last is lent first: its workers are the warmest. The pool keeps as many as were ever
/// lent at the same time.
final class TeamPool<Member: AnyObject & Sendable>: Sendable {
    private struct State {
        var free: [Member]
        var threadsInUse = 0
    }

    private let state: Mutex<State>
    private let processors: Int
    private let makeTeam: @Sendable () -> Member

    /// A pool whose regions have at most `processors` threads together, unless a single one asks for more.
    init(processors: Int, makeTeam: @escaping @Sendable () -> Member) {
        self.processors = processors
        self.makeTeam = makeTeam
        var free: [Member] = []
        free.reserveCapacity(processors)
        state = Mutex(State(free: free))
    }

    /// Calls `body` with a team and the number of threads it may use, from 2 to `threads`. False, without calling it, if
    /// no more than the caller's own thread is left.
    func lend(threads: Int, _ body: (Member, Int) -> Void) -> Bool {
        let processors = processors
        let (granted, free) = state.withLock { state -> (Int, Member?) in
            let granted = state.threadsInUse == 0 ? threads : min(threads, processors - state.threadsInUse)
            guard granted > 1 else { return (1, nil) }
            state.threadsInUse += granted
            return (granted, state.free.popLast())
        }
        guard granted > 1 else { return false }
        let team = free ?? makeTeam()
        body(team, granted)
        state.withLock {
            $0.threadsInUse -= granted
            $0.free.append(team)
        }
        return true
    }
}
