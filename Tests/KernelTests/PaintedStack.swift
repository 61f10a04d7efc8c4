// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A stack that shows how much of it was used: filled with one value before a thread runs on it, and a protected page at
/// its end.
final class PaintedStack {
    /// Whether the program is built with AddressSanitizer or ThreadSanitizer, whose frames are several times as large.
    static let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

    private static let paint: UInt8 = 0xA5
    private let mapping: UnsafeMutableRawPointer
    private let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    private let size: Int
    /// A painted page.
    private let page: UnsafeMutableRawPointer

    /// A stack of so many bytes, a multiple of a page.
    init(size: Int) {
        self.size = size
        guard let mapping = mmap(nil, size + pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            mapping != MAP_FAILED, mprotect(mapping, pageSize, PROT_NONE) == 0
        else {
            fatalError("cannot map a stack of \(size) bytes: error \(errno)")
        }
        self.mapping = mapping
        page = .allocate(byteCount: pageSize, alignment: 16)
        memset(page, Int32(Self.paint), pageSize)
    }

    deinit {
        page.deallocate()
        munmap(mapping, size + pageSize)
    }

    /// Runs a function on a thread with this stack.
    ///
    /// - Returns: The bytes from the stack's beginning to the farthest that was written.
    func run(_ body: () -> Void) -> Int {
        let bottom = mapping + pageSize
        memset(bottom, Int32(Self.paint), size)
        withoutActuallyEscaping(body) { body in
            let call = Unmanaged.passRetained(Call(body: body))
            defer { call.release() }
            var attributes = pthread_attr_t()
            pthread_attr_init(&attributes)
            defer { pthread_attr_destroy(&attributes) }
            #if canImport(Darwin)
                var thread: pthread_t?
            #else
                var thread = pthread_t()
            #endif
            guard pthread_attr_setstack(&attributes, bottom, size) == 0,
                pthread_create(&thread, &attributes, runCall, call.toOpaque()) == 0
            else {
                fatalError("cannot make a thread on a stack of \(size) bytes")
            }
            #if canImport(Darwin)
                if let thread { pthread_join(thread, nil) }
            #else
                pthread_join(thread, nil)
            #endif
        }
        // Whole pages that are painted still, by a comparison of the system's, and then single bytes.
        var untouched = 0
        while untouched + pageSize <= size && memcmp(bottom + untouched, page, pageSize) == 0 { untouched += pageSize }
        let bytes = bottom.assumingMemoryBound(to: UInt8.self)
        while untouched < size && bytes[untouched] == Self.paint { untouched += 1 }
        return size - untouched
    }
}

private final class Call {
    let body: () -> Void

    init(body: @escaping () -> Void) {
        self.body = body
    }
}

#if canImport(Darwin)
    private let runCall: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
        Unmanaged<Call>.fromOpaque($0).takeUnretainedValue().body()
        return nil
    }
#else
    private let runCall: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        if let context = $0 { Unmanaged<Call>.fromOpaque(context).takeUnretainedValue().body() }
        return nil
    }
#endif
