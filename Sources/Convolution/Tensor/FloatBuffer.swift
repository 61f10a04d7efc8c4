// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A fixed block of floats, 64-byte aligned; a large one lies in huge pages where the system has them.
@usableFromInline
final class FloatBuffer: Sendable {
    // Written only by whoever holds the buffer alone: its maker, the one run that took it from a pool, or a tensor that
    // has made sure that it shares it with none.
    @usableFromInline nonisolated(unsafe) let base: UnsafeMutablePointer<Float>
    let count: Int

    /// What to free.
    nonisolated(unsafe) private let allocation: UnsafeMutableRawPointer

    /// Weights that stream from memory are prefetched up to the end of a page, and each page takes a translation: with
    /// pages of 4 KiB a core reads at half the speed.
    private static let hugePage = 2 << 20

    /// The contents are undefined.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if the system has no memory for it.
    init(count: Int) throws(ConvolutionError) {
        // Never empty: whoever asks gets an address, and kernels need not treat its absence.
        let (bytes, overflow) = max(count, 16).multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        let isLarge = !overflow && bytes >= Self.hugePage
        // A large buffer is aligned here, since glibc gives what it was asked to align so far back to the system when it
        // is freed, each time, and each call whose output it is pays for new pages, up to half of its time.
        let (allocated, isTooLarge) = bytes.addingReportingOverflow(isLarge ? Self.hugePage : 0)
        var memory: UnsafeMutableRawPointer?
        guard !overflow, !isTooLarge, posix_memalign(&memory, 64, allocated) == 0, let memory else {
            throw .outOfMemory(bytes: overflow ? .max : bytes)
        }
        if isLarge, !Self.leavesRoom() {
            free(memory)
            throw .outOfMemory(bytes: bytes)
        }
        allocation = memory
        let aligned = isLarge ? memory.alignedUp(toMultipleOf: Self.hugePage) : memory
        #if os(Linux)
            if isLarge {
                // Whole pages alone, so that it takes no more memory. Where the system refuses, small pages serve too.
                _ = madvise(aligned, bytes / Self.hugePage * Self.hugePage, Int32(MADV_HUGEPAGE))
            }
        #endif
        base = aligned.bindMemory(to: Float.self, capacity: max(count, 16))
        self.count = count
    }

    /// What must be left beside a large buffer: the stacks of some threads, and what Swift allocates without a way to say
    /// that it failed. A buffer that took the last memory would turn the next such allocation into a trap.
    private static let room = 32 << 20

    /// Whether the system would give that much more. It costs two calls of the system, and touches no memory.
    private static func leavesRoom() -> Bool {
        let probe = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let probe, probe != MAP_FAILED else { return false }
        munmap(probe, room)
        return true
    }

    /// Gives the whole pages among the floats back to the system. What is in them is lost.
    static func release(_ floats: UnsafeBufferPointer<Float>) {
        #if os(Linux)
            let page = Int(sysconf(Int32(_SC_PAGESIZE)))
            let bytes = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(floats))
            guard page > 0, let start = bytes.baseAddress else { return }
            let first = start.alignedUp(toMultipleOf: page)
            let count = (start + bytes.count - first) / page * page
            if count > 0 { _ = madvise(first, count, Int32(MADV_DONTNEED)) }
        #endif
    }

    /// A copy of `count` floats.
    convenience init(copying source: UnsafePointer<Float>, count: Int) throws(ConvolutionError) {
        try self.init(count: count)
        base.update(from: source, count: count)
    }

    deinit {
        free(allocation)
    }
}
