// SPDX-License-Identifier: Apache-2.0

/// How a convolution, or a transposed one, is computed. Every field has a default; none changes what the answer means.
public struct ConvolutionOptions: Sendable, Hashable {
    /// The algorithm, or nil to let the plan choose the one that it estimates to be fastest.
    public var algorithm: Algorithm?
    /// Which algorithms may be chosen when `algorithm` is nil.
    public var precision: Precision
    /// How the choice is made when `algorithm` is nil: by estimates, or by timing the candidates.
    public var tuning: Tuning
    /// The instruction set, or nil for the strongest available one.
    public var instructionSet: InstructionSet?
    /// What runs the tasks.
    public var executor: ExecutorKind
    /// The number of threads, at least 1, or nil for one for each of `MachineProbe.processorCount`. More than
    /// `mostThreads` are that many: how a computer is used, and not what is computed, is no reason to fail on a larger one.
    /// Where the system makes fewer threads, those are used that there are.
    public var threads: Int?
    /// The most workspace a plan may use, in bytes, or nil for no limit.
    public var workspaceLimit: Int?
    /// How long a worker thread waits, spinning, for more work before it gives its core back, in microseconds. Longer
    /// keeps the layers of a network from paying for a thread's wake-up; with 0 no worker spins, and none ever does so
    /// for more than a second.
    public var spinMicroseconds: Int
    /// Whether a worker of `ExecutorKind.dispatch` that is woken on the processor of its caller moves to another one, as
    /// Linux leaves the two taking turns there for tens of milliseconds. It takes that processor out of the affinity of its
    /// thread, which is one of Dispatch's, and puts it back at once; with false no thread's affinity is ever touched.
    public var movesWorkers: Bool

    /// The most threads that one convolution is split over, 64.
    public static let mostThreads = ExecutorKind.mostThreads

    /// The longest wait: a worker that never left would keep a core for ever.
    static let mostSpinMicroseconds = 1_000_000

    /// The number of threads that these options make on this machine, checked.
    package var threadCount: Int {
        get throws(ConvolutionError) { try Choice.Machine(self).threads }
    }

    /// Options with the given fields, the others at their defaults.
    public init(
        algorithm: Algorithm? = nil, precision: Precision = .standard, tuning: Tuning = .estimated,
        instructionSet: InstructionSet? = nil, executor: ExecutorKind = .dispatch, threads: Int? = nil,
        workspaceLimit: Int? = nil, spinMicroseconds: Int = 200, movesWorkers: Bool = true
    ) {
        self.algorithm = algorithm
        self.precision = precision
        self.tuning = tuning
        self.instructionSet = instructionSet
        self.executor = executor
        self.threads = threads
        self.workspaceLimit = workspaceLimit
        self.spinMicroseconds = spinMicroseconds
        self.movesWorkers = movesWorkers
    }
}
