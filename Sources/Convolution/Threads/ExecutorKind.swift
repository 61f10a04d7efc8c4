// SPDX-License-Identifier: Apache-2.0

/// What runs the tasks of a convolution. A later version of the library may have more of them.
public struct ExecutorKind: RawRepresentable, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// What the library switches over, so that the compiler finds what an executor is missing.
    enum Storage: String, CaseIterable, Sendable {
        case serial, dispatch, openmp
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// The calling thread alone.
    public static let serial = ExecutorKind(.serial)
    /// Workers of `DispatchQueue.concurrentPerform`, kept warm between calls for `ConvolutionOptions.spinMicroseconds`.
    public static let dispatch = ExecutorKind(.dispatch)
    /// LLVM's OpenMP runtime, in builds with the package trait `OpenMP`.
    public static let openmp = ExecutorKind(.openmp)

    /// All of them, in this build or not.
    public static let allCases = Storage.allCases.map(ExecutorKind.init)

    /// The executor of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same executor.
    public static func == (left: ExecutorKind, right: ExecutorKind) -> Bool { left.storage == right.storage }

    /// Hashes the executor.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }

    /// Why this executor can't be used, and how to get it; nil if it can.
    public var unavailableReason: String? {
        switch storage {
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
