// SPDX-License-Identifier: Apache-2.0

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

    /// A NaN that no computation produces. Fresh buffers are full of it.
    public static let untouched: UInt32 = 0x7FE5_A5A5

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
        guard let mapping = mmap(nil, mappingSize, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0), mapping != MAP_FAILED,
            mprotect(mapping + pageSize, size, PROT_READ | PROT_WRITE) == 0
        else {
            fatalError("cannot map \(size) bytes between protected pages: error \(errno)")
        }
        self.mapping = mapping
        pages = UnsafeMutableBufferPointer(
            start: (mapping + pageSize).assumingMemoryBound(to: UInt32.self), count: size / stride)
        pages.update(repeating: Self.untouched)
        first =
            placement == .endsAtGuard
            ? size / stride - (count + alignment - 1) / alignment * alignment : offset
        base = (mapping + pageSize + first * stride).assumingMemoryBound(to: Float.self)
        self.count = count
    }

    deinit {
        munmap(mapping, mappingSize)
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
        !pages[..<first].contains { $0 != Self.untouched }
            && !pages[(first + count)...].contains { $0 != Self.untouched }
    }

    /// Whether element `index` is as it was when the buffer was made.
    public func isUntouched(_ index: Int) -> Bool {
        base[index].bitPattern == Self.untouched
    }

    /// The elements.
    public var elements: [Float] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }
}
