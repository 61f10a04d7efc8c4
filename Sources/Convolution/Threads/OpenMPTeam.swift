// SPDX-License-Identifier: Apache-2.0

#if CONVOLUTION_OPENMP
    import CConvolutionKernels
#endif

/// Regions run by LLVM's OpenMP runtime, which keeps the threads of each thread that calls it.
enum OpenMPTeam {
    #if CONVOLUTION_OPENMP
        private static let pool = TeamPool(processors: ExecutorKind.processorCount) { Team() }

        /// Runs a region if there are threads for it. False, having done nothing, if not.
        static func run(_ region: Region) -> Bool {
            pool.lend(threads: region.threads) { team, threads in
                team.open(region.on(threads: threads))
                ck_openmp_parallel(work, Unmanaged.passUnretained(team).toOpaque(), UInt32(threads))
                team.finish()
            }
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
