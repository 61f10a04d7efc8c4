// SPDX-License-Identifier: Apache-2.0

/// The tasks of a part of a lowered problem.
protocol PartMethod: Sendable {
    /// The tasks of each phase.
    var phases: [Int] { get }
    /// Whether workers wait for one another between the phases; else there is one phase.
    var isShared: Bool { get }
    /// Floats of workspace that all workers share.
    var sharedCount: Int { get }
    /// Floats of workspace for each worker.
    var workerCount: Int { get }
    /// By how much the tasks take longer than if the work were evenly divided among all threads: at least 1.
    var loadImbalance: Double { get }

    func run(phase: Int, task: Int, worker: Int, buffers: Buffers)
}
