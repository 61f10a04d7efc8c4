// SPDX-License-Identifier: Apache-2.0

#if CONVOLUTION_OPENMP
    import CConvolutionKernels
    import Synchronization

    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif
#endif

/// Regions run by LLVM's OpenMP runtime, which keeps the threads of each thread that calls it.
enum OpenMPTeam {
    #if CONVOLUTION_OPENMP
        private static let pool = TeamPool(processors: ExecutorKind.processorCount) { Team() }

        /// Runs a region if there are threads for it. False, having done nothing, if not.
        static func run(_ region: Region) -> Bool {
            var isDone = false
            let isLent = pool.lend(threads: region.threads) { team, threads in
                isDone = TeamSize.withThreads(threads) { threads in
                    team.open(region.on(threads: threads))
                    ck_openmp_parallel(work, Unmanaged.passUnretained(team).toOpaque(), UInt32(threads))
                    team.finish()
                }
            }
            return isLent && isDone
        }

        // The runtime calls this on threads of its own, so it must not be isolated to any actor.
        private nonisolated static let work: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
            guard let context else { return }
            let team = Unmanaged<Team>.fromOpaque(context).takeUnretainedValue()
            team.work(as: Int(ck_openmp_thread()))
        }
    #else
        /// Runs nothing in builds without OpenMP. False.
        static func run(_ region: Region) -> Bool { false }
    #endif
}

#if CONVOLUTION_OPENMP
    /// How many threads the OpenMP runtime may be asked for: it ends the process where the system makes it none.
    private enum TeamSize {
        /// The largest team of the calling thread yet: the runtime has those threads, and keeps them for it.
        private static let largest: pthread_key_t? = {
            var key = pthread_key_t()
            return pthread_key_create(&key, nil) == 0 ? key : nil
        }()
        /// Set while a thread's team grows: two at once would each count on the same room.
        private static let isGrowing = Atomic<Bool>(false)

        /// Calls `body` with up to so many threads, those that the runtime has or the system makes. False, without
        /// calling it, if they are fewer than two.
        static func withThreads(_ threads: Int, _ body: (Int) -> Void) -> Bool {
            guard let largest else { return false }
            let known = max(1, Int(bitPattern: pthread_getspecific(largest)))
            if threads <= known {
                body(threads)
                return true
            }
            guard !isGrowing.exchange(true, ordering: .acquiringAndReleasing) else {
                if known > 1 { body(known) }
                return known > 1
            }
            defer { isGrowing.store(false, ordering: .releasing) }
            let granted = known + Int(ck_thread_room(Int32(threads - known)))
            // The system forgets a thread a moment after it has ended; until then it counts, and the runtime has one try.
            usleep(1000)
            guard granted > 1, pthread_setspecific(largest, UnsafeRawPointer(bitPattern: granted)) == 0 else {
                return false
            }
            body(granted)
            return true
        }
    }
#endif
