// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The workspaces of a plan. A run takes one and gives it back; the pool makes a further one only when more runs are
/// under way at once than ever before, so that a plan run by one thread at a time allocates nothing after its making.
final class WorkspacePool: Sendable {
    private let count: Int
    private let free: Mutex<[FloatBuffer]>

    /// A pool of workspaces of `count` floats each, with one ready.
    ///
    /// - Throws: `ConvolutionError.outOfMemory`.
    init(count: Int) throws(ConvolutionError) {
        self.count = count
        var ready: [FloatBuffer] = []
        if count > 0 {
            ready.reserveCapacity(64)
            ready.append(try FloatBuffer(count: count))
        }
        free = Mutex(ready)
    }

    func take() throws(ConvolutionError) -> FloatBuffer? {
        guard count > 0 else { return nil }
        if let ready = free.withLock({ $0.popLast() }) {
            return ready
        }
        return try FloatBuffer(count: count)
    }

    func giveBack(_ buffer: FloatBuffer?) {
        guard let buffer else { return }
        free.withLock { $0.append(buffer) }
    }
}
