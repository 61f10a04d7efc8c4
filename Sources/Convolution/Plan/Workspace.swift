// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A fixed block of floats, 64-byte aligned.
final class FloatBuffer: Sendable {
    // Written by whoever holds the buffer alone: at its making, or by the one run that took it from a pool.
    nonisolated(unsafe) let base: UnsafeMutablePointer<Float>
    let count: Int

    /// The contents are undefined.
    init(count: Int) {
        self.count = count
        // Never empty: kernels get a pointer in any case, and a page of its own costs nothing.
        let bytes = max(count, 16) * MemoryLayout<Float>.stride
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).assumingMemoryBound(to: Float.self)
    }

    deinit {
        UnsafeMutableRawPointer(base).deallocate()
    }
}

/// The workspaces of a plan. A run takes one and gives it back; the pool makes a further one only when more runs are
/// under way at once than ever before, so that a plan run by one thread at a time allocates nothing after its making.
final class WorkspacePool: Sendable {
    private let count: Int
    private let free: Mutex<[FloatBuffer]>

    /// A pool of workspaces of `count` floats each, with one ready.
    init(count: Int) {
        self.count = count
        var ready: [FloatBuffer] = []
        ready.reserveCapacity(64)
        if count > 0 {
            ready.append(FloatBuffer(count: count))
        }
        free = Mutex(ready)
    }

    func take() -> FloatBuffer? {
        guard count > 0 else { return nil }
        return free.withLock { $0.popLast() } ?? FloatBuffer(count: count)
    }

    func giveBack(_ buffer: FloatBuffer?) {
        guard let buffer else { return }
        free.withLock { $0.append(buffer) }
    }
}
