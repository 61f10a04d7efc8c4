// SPDX-License-Identifier: Apache-2.0

/// A problem as it is computed: the tasks it is cut into and the memory it needs. Immutable; any number of
/// threads may run it at once, each run with buffers of its own.
protocol Method: Sendable {
    /// The name of the kernel that does the work.
    var kernelName: String { get }
    /// The tasks of each phase. All tasks of a phase end before the next phase begins.
    var phases: [Int] { get }
    /// By how much a run takes longer, by estimate, than if all threads shared the work evenly and did none of it twice:
    /// at least 1.
    var loadImbalance: Double { get }
    /// Floats of workspace that all workers share.
    var sharedCount: Int { get }
    /// Floats of workspace for each worker.
    var workerCount: Int { get }
    /// Floats of packed weights.
    var packedWeightCount: Int { get }
    /// The number of tasks that the packing of the weights is cut into.
    var packingTasks: Int { get }
    /// Floats of scratch for each worker that packs weights, a multiple of 16.
    var packingScratchCount: Int { get }
    /// The format of the packed weights of each form; nil of one that no kernel reads.
    var packedFormats: [PackedFormat?] { get }

    /// Runs one task of the packing; `scratch` is nil if `packingScratchCount` is 0.
    func packWeights(
        _ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int,
        scratch: UnsafeMutablePointer<Float>?)
    /// The weights that a task of the packing reads and no other does; nil if that is not known.
    func weights(ofPackingTask task: Int) -> Range<Int>?
    func run(phase: Int, task: Int, worker: Int, buffers: Buffers)
}

extension Method {
    func weights(ofPackingTask task: Int) -> Range<Int>? { nil }
}
