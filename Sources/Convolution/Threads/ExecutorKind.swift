// SPDX-License-Identifier: Apache-2.0

/// What runs the tasks of a convolution.
public enum ExecutorKind: String, CaseIterable, Sendable {
    /// The calling thread alone.
    case serial
    /// Workers of `DispatchQueue.concurrentPerform`, kept warm between calls for `ConvolutionOptions.spinMicroseconds`.
    case dispatch
    /// LLVM's OpenMP runtime, in builds with the package trait `OpenMP`.
    case openmp

    /// Why this executor can't be used, and how to get it; nil if it can.
    public var unavailableReason: String? {
        switch self {
        case .serial, .dispatch:
            return nil
        case .openmp:
            #if CONVOLUTION_OPENMP
                return nil
            #else
                return "it is not part of this build: install libomp (Debian and Ubuntu: apt-get install libomp-dev) "
                    + "and build with --traits OpenMP, or name the trait in the package's dependency"
            #endif
        }
    }

    /// The executors that can be used.
    public static var available: [ExecutorKind] { allCases.filter { $0.unavailableReason == nil } }

    /// The most threads that one run is split over; options that ask for more get this many.
    static let mostThreads = 64

    /// The processors that this process may use.
    static var processorCount: Int { ProcessorCount.available }

    /// One thread for each of them.
    static let defaultThreads = min(processorCount, mostThreads)
}
