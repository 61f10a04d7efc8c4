// SPDX-License-Identifier: Apache-2.0

/// The workspaces of a plan. A run takes one and gives it back; the pool makes a further one only when more runs are
/// under way at once than ever before, so that a plan run by one thread at a time allocates nothing after its making.
/// Taking one takes no lock.
final class WorkspacePool: Sendable {
    private let count: Int
    private let slots = Slots(count: Slots.most)
    // The workspace of a slot is made, read and written by whoever holds the slot.
    nonisolated(unsafe) private let ready: UnsafeMutablePointer<FloatBuffer?>?

    /// A run's workspace, and its slot if it has one.
    struct Lent {
        let buffer: FloatBuffer
        fileprivate let slot: Int?
    }

    /// A pool of workspaces of `count` floats each, with one ready.
    ///
    /// - Throws: `ConvolutionError.outOfMemory`.
    init(count: Int) throws(ConvolutionError) {
        self.count = count
        guard count > 0 else {
            ready = nil
            return
        }
        let first = try FloatBuffer(count: count)
        let ready = UnsafeMutablePointer<FloatBuffer?>.allocate(capacity: Slots.most)
        ready.initialize(repeating: nil, count: Slots.most)
        ready[0] = first
        self.ready = ready
    }

    deinit {
        ready?.deinitialize(count: Slots.most)
        ready?.deallocate()
    }

    /// A workspace, or nil if the plan needs none.
    func take() throws(ConvolutionError) -> Lent? {
        guard let ready else { return nil }
        // More runs at once than there are slots make their own.
        guard let slot = slots.claim() else { return Lent(buffer: try FloatBuffer(count: count), slot: nil) }
        if let buffer = ready[slot] {
            return Lent(buffer: buffer, slot: slot)
        }
        do throws(ConvolutionError) {
            let buffer = try FloatBuffer(count: count)
            ready[slot] = buffer
            return Lent(buffer: buffer, slot: slot)
        } catch {
            slots.release(slot)
            throw error
        }
    }

    func giveBack(_ lent: Lent?) {
        guard let slot = lent?.slot else { return }
        slots.release(slot)
    }
}
