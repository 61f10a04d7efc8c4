// SPDX-License-Identifier: Apache-2.0

// Elements that are there already, or are written into the tensor's own memory. What takes any collection is inlined, so
// that it is compiled for the caller's: a million elements of a lazy map take 33 ms, and 137 ms otherwise.
extension Tensor {
    /// A tensor of the given elements in row-major order.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or does not have as many elements as are given.
    public init(_ elements: [Float], shape: [Int]) throws(ConvolutionError) {
        try self.init(elements.span, shape: shape)
    }

    /// A tensor of the elements of a collection, such as a slice or a lazy map, in row-major order.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or does not have as many elements as are given.
    @inlinable
    public init(_ elements: some Collection<Float>, shape: [Int]) throws(ConvolutionError) {
        let made = elements.withContiguousStorageIfAvailable { elements in
            Result { () throws(ConvolutionError) in try Tensor(elements.span, shape: shape) }
        }
        if let made { self = try made.get() } else { try self.init(Array(elements), shape: shape) }
    }

    /// A tensor of the elements of a span in row-major order, which are copied.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or does not have as many elements as are given.
    public init(_ elements: Span<Float>, shape: [Int]) throws(ConvolutionError) {
        guard try CheckedSize.elementCount(shape) == elements.count else {
            throw .elementCount(count: elements.count, shape: shape)
        }
        try self.init(uninitializedShape: shape)
        elements.withUnsafeBufferPointer { elements in
            if let source = elements.baseAddress { storage.base.update(from: source, count: elements.count) }
        }
    }

    /// A tensor whose elements are written where they will lie.
    ///
    /// ```swift
    /// let ramp = try Tensor(shape: [1, 1, 16]) { elements in
    ///     for index in 0..<16 { elements.append(Float(index) / 16) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - shape: The extent of each axis.
    ///   - initializer: Appends the elements in row-major order. The span has room for those of the shape; one more is a
    ///     mistake of the caller and traps.
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large, what `initializer` throws, and
    ///   `ConvolutionError.elementCount` if it has appended fewer elements than the shape has.
    public init(
        shape: [Int], initializingWith initializer: (inout OutputSpan<Float>) throws(ConvolutionError) -> Void
    ) throws(ConvolutionError) {
        try self.init(uninitializedShape: shape)
        let memory = UnsafeMutableBufferPointer(start: storage.base, count: count)
        var elements = unsafe OutputSpan(buffer: memory, initializedCount: 0)
        try initializer(&elements)
        let appended = unsafe elements.finalize(for: memory)
        guard appended == count else { throw .elementCount(count: appended, shape: shape) }
    }

    // MARK: Bytes

    /// A tensor from the bytes of its elements, such as a `Data` or a `[UInt8]`, in row-major order.
    ///
    /// - Parameters:
    ///   - bytes: 4 bytes for each element, in the machine's byte order: on all platforms that the library is for the least
    ///     significant first, as NumPy's `tobytes()` gives them. They need not be aligned.
    ///   - shape: The extent of each axis.
    /// - Throws: `ConvolutionError.byteCount` if there are not as many bytes as the shape takes, and as for elements if the
    ///   shape isn't legal.
    @inlinable
    public init(bytes: some Collection<UInt8>, shape: [Int]) throws(ConvolutionError) {
        let made = bytes.withContiguousStorageIfAvailable { bytes in
            Result { () throws(ConvolutionError) in try Tensor(bytes: bytes.span.bytes, shape: shape) }
        }
        if let made { self = try made.get() } else { try self.init(bytes: Array(bytes).span.bytes, shape: shape) }
    }

    /// A tensor from the bytes of its elements in row-major order.
    ///
    /// - Parameters:
    ///   - bytes: 4 bytes for each element, in the machine's byte order. They need not be aligned.
    ///   - shape: The extent of each axis.
    /// - Throws: `ConvolutionError.byteCount` if there are not as many bytes as the shape takes, and as for elements if the
    ///   shape isn't legal.
    public init(bytes: RawSpan, shape: [Int]) throws(ConvolutionError) {
        // The count fits as bytes too.
        let expected = try CheckedSize.elementCount(shape) * MemoryLayout<Float>.stride
        guard bytes.byteCount == expected else {
            throw .byteCount(expected: expected, got: bytes.byteCount, shape: shape)
        }
        try self.init(uninitializedShape: shape)
        bytes.withUnsafeBytes { bytes in
            if let source = bytes.baseAddress {
                UnsafeMutableRawPointer(storage.base).copyMemory(from: source, byteCount: bytes.count)
            }
        }
    }
}
