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

    /// A copy of `count` floats.
    convenience init(copying source: UnsafePointer<Float>, count: Int) throws(ConvolutionError) {
        try self.init(count: count)
        base.update(from: source, count: count)
    }

    deinit {
        free(allocation)
    }
}
