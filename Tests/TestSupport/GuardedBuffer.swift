// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Floats between two protected pages: a read or a write that leaves the buffer on the guarded side ends the process,
/// and a write on the other side, where page and buffer do not end together, is seen by `isSlackUntouched`.
public final class GuardedBuffer {
    /// Which end of the buffer touches a protected page.
    public enum Placement: CaseIterable, Sendable {
        /// The last element is followed by a protected page. Where the count allows nothing else, the first element is
        /// not even aligned to a vector.
        case endsAtGuard
        /// The first element is preceded by a protected page.
        case beginsAtGuard
        /// One float (or one unit of the alignment asked for) behind `beginsAtGuard`: no vector is aligned.
        case offByOne
    }

    /// A NaN that no computation produces. Fresh buffers are full of it. All its bytes are equal, so that memory can be
    /// filled and compared by functions of the C library: the tests are built without optimisation.
    public static let untouched: UInt32 = 0xFFFF_FFFF

    /// The first element.
    public let base: UnsafeMutablePointer<Float>
    /// The number of elements.
    public let count: Int

    private let mapping: UnsafeMutableRawPointer
    private let mappingSize: Int
    private let pages: UnsafeMutableBufferPointer<UInt32>
    /// Where in `pages` the buffer begins.
    private let first: Int

    /// Maps a buffer, full of `untouched`.
    ///
    /// - Parameters:
    ///   - count: The number of floats.
    ///   - placement: Which end is guarded.
    ///   - alignment: The alignment of the first element in floats, a power of two. More than 1 may leave fewer than
    ///     that many floats between the end of a buffer that `endsAtGuard` and the protected page.
    public init(count: Int, placement: Placement, alignment: Int = 1) {
        let stride = MemoryLayout<Float>.stride
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let offset = placement == .offByOne ? alignment : 0
        let size = max(1, ((count + offset) * stride + pageSize - 1) / pageSize) * pageSize
        mappingSize = size + 2 * pageSize
        mapping = MappingPool.take(size: size, pageSize: pageSize)
        pages = UnsafeMutableBufferPointer(
            start: (mapping + pageSize).assumingMemoryBound(to: UInt32.self), count: size / stride)
        memset(mapping + pageSize, 0xFF, size)
        first =
            placement == .endsAtGuard
            ? size / stride - (count + alignment - 1) / alignment * alignment : offset
        base = (mapping + pageSize + first * stride).assumingMemoryBound(to: Float.self)
        self.count = count
    }

    deinit {
        MappingPool.give(mapping, size: mappingSize)
    }

    /// A buffer with the elements of an array.
    public convenience init(_ elements: [Float], placement: Placement) {
        self.init(count: elements.count, placement: placement)
        elements.withUnsafeBufferPointer { source in
            if let start = source.baseAddress {
                base.update(from: start, count: source.count)
            }
        }
    }

    /// Whether nothing was written beside the buffer in its own pages.
    public var isSlackUntouched: Bool {
        isUntouched(from: 0, to: first) && isUntouched(from: first + count, to: pages.count)
    }

    private func isUntouched(from begin: Int, to end: Int) -> Bool {
        guard begin < end, let start = pages.baseAddress else { return true }
        // All words are equal if each equals the one before it.
        return pages[begin] == Self.untouched
            && memcmp(start + begin, start + begin + 1, (end - begin - 1) * MemoryLayout<Float>.stride) == 0
    }

    /// Whether element `index` is as it was when the buffer was made.
    public func isUntouched(_ index: Int) -> Bool {
        base[index].bitPattern == Self.untouched
    }

    /// The number of elements that are as they were when the buffer was made.
    public var untouchedCount: Int {
        var untouched = 0
        var element = base
        let end = base + count
        while element < end {
            if element.pointee.bitPattern == Self.untouched {
                untouched += 1
            }
            element += 1
        }
        return untouched
    }

    /// Copies the elements of another buffer that were written since it was made, and returns how many.
    public func update(fromWrittenElementsOf other: GuardedBuffer) -> Int {
        var written = 0
        var source = other.base
        var target = base
        let end = other.base + min(count, other.count)
        while source < end {
            if source.pointee.bitPattern != Self.untouched {
                target.pointee = source.pointee
                written += 1
            }
            source += 1
            target += 1
        }
        return written
    }

    /// Whether another buffer of the same size holds the same bits.
    public func hasSameBits(as other: GuardedBuffer) -> Bool {
        count == other.count && memcmp(base, other.base, count * MemoryLayout<Float>.stride) == 0
    }

    /// The elements.
    public var elements: [Float] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }
}

/// Mappings that are used again: a system call for each of the buffers of a run, and the faults of their pages, take longer
/// than most of what is tested. Not with ThreadSanitizer, which does not see the lock.
private struct MappingPool {
    private static let mostBytes = 1 << 20
    private static let mostBytesOfAll = 1 << 28
    private static let pool = Mutex(MappingPool())

    /// Addresses of free mappings, by their size.
    private var free: [Int: [UInt]] = [:]
    private var bytes = 0

    /// A mapping of `size` bytes between two protected pages.
    static func take(size: Int, pageSize: Int) -> UnsafeMutableRawPointer {
        let whole = size + 2 * pageSize
        if whole <= mostBytes, !hasThreadSanitizer, let address = pool.withLock({ $0.take(whole) }),
            let mapping = UnsafeMutableRawPointer(bitPattern: address)
        {
            return mapping
        }
        guard let mapping = mmap(nil, whole, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0), mapping != MAP_FAILED,
            mprotect(mapping + pageSize, size, PROT_READ | PROT_WRITE) == 0
        else {
            fatalError("cannot map \(size) bytes between protected pages: error \(errno)")
        }
        return mapping
    }

    static func give(_ mapping: UnsafeMutableRawPointer, size: Int) {
        let isKept =
            size <= mostBytes && !hasThreadSanitizer && pool.withLock { $0.keep(UInt(bitPattern: mapping), size) }
        if !isKept { munmap(mapping, size) }
    }

    private mutating func take(_ size: Int) -> UInt? {
        guard let address = free[size]?.popLast() else { return nil }
        bytes -= size
        return address
    }

    private mutating func keep(_ address: UInt, _ size: Int) -> Bool {
        guard bytes + size <= Self.mostBytesOfAll else { return false }
        bytes += size
        free[size, default: []].append(address)
        return true
    }
}
