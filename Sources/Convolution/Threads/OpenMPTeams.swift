// SPDX-License-Identifier: Apache-2.0

#if CONVOLUTION_OPENMP

    import CConvolutionKernels
    import Synchronization

    /// Regions run by LLVM's OpenMP runtime. Each call has a team of its own, so calls from several threads run side by
    /// side; the runtime decides how many threads each gets.
    final class OpenMPTeams: Sendable {
        static let shared = OpenMPTeams()

        private let free: Mutex<[Team]>

        private init() {
            var teams: [Team] = []
            teams.reserveCapacity(64)
            free = Mutex(teams)
        }

        func run(
            _ phases: UnsafeBufferPointer<Int>, tasks: Int, threads: Int, _ body: UnsafePointer<TaskBody>
        ) {
            let team = free.withLock { $0.popLast() } ?? Team()
            team.open(phases, tasks: tasks, threads: threads, body)
            ck_openmp_parallel(workOnTeam, Unmanaged.passUnretained(team).toOpaque(), UInt32(threads))
            team.finish()
            free.withLock { $0.append(team) }
        }
    }

    // The runtime calls this on threads of its own, so it must not be isolated to any actor.
    private nonisolated func workOnTeam(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        let team = Unmanaged<Team>.fromOpaque(context).takeUnretainedValue()
        team.work(as: Int(ck_openmp_thread()))
    }

#endif
