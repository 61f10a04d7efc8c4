// SPDX-License-Identifier: Apache-2.0

/// A dense array of `Float` with a shape: row-major, 64-byte aligned, a value.
///
/// ```swift
/// let x = try Tensor.arange(6).view(2, 3)
/// x[1, 2]                                     // 5.0
/// var y = x
/// y[0, 0] = 7                                 // y is now a copy; x is what it was
/// ```
///
/// Copies share their memory until one of them is changed. `span` and `mutableSpan` give the elements without copying;
/// `elements` copies them into an array. An element by its index takes about a nanosecond with up to five axes.
///
/// A tensor is what the convolutions of this library take and return, and no more: it has no arithmetic, no broadcasting
/// and no strides. An index outside the shape is a mistake of the caller and traps, saying which; a shape or an element
/// count that comes from data is checked, and throws.
public struct Tensor: Sendable {
    /// The extent of each axis. Empty for a scalar.
    public let shape: [Int]
    @usableFromInline var storage: FloatBuffer

    /// The number of elements, the product of the shape.
    public var count: Int { storage.count }
    /// The number of axes.
    public var rank: Int { shape.count }

    /// A tensor with every element set to `value`.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large.
    public init(shape: [Int], repeating value: Float) throws(ConvolutionError) {
        try self.init(uninitializedShape: shape)
        withUnsafeMutableBufferPointer { $0.update(repeating: value) }
    }

    /// A tensor whose elements are undefined.
    package init(uninitializedShape shape: [Int]) throws(ConvolutionError) {
        storage = try FloatBuffer(count: CheckedSize.elementCount(shape))
        self.shape = shape
    }

    init(sharing storage: FloatBuffer, shape: [Int]) {
        self.storage = storage
        self.shape = shape
    }

    // MARK: Elements

    /// The elements in row-major order, copied.
    public var elements: [Float] {
        withUnsafeBufferPointer { Array($0) }
    }

    /// The elements in row-major order.
    public var span: Span<Float> {
        @_lifetime(borrow self)
        get {
            let elements = withUnsafeBufferPointer { $0 }
            return unsafe _overrideLifetime(Span(_unsafeElements: elements), borrowing: self)
        }
    }

    /// The elements in row-major order, to be changed. Copies them first if another tensor shares them.
    public var mutableSpan: MutableSpan<Float> {
        @_lifetime(&self)
        mutating get {
            makeUnique()
            let elements = UnsafeMutableBufferPointer(start: storage.base, count: count)
            return unsafe _overrideLifetime(MutableSpan(_unsafeElements: elements), mutating: &self)
        }
    }

    /// The first elements in row-major order, to be changed: of memory that serves tensors of several sizes in turn, as the
    /// activations of a network's layers. Copies all of them first if another tensor shares them.
    ///
    /// - Parameter count: How many, from 0 to the tensor's own.
    @_lifetime(&self)
    public mutating func mutableSpan(first count: Int) -> MutableSpan<Float> {
        precondition(
            count >= 0 && count <= self.count, "the first \(count) elements of a tensor that has \(self.count)")
        makeUnique()
        let elements = UnsafeMutableBufferPointer(start: storage.base, count: count)
        return unsafe _overrideLifetime(MutableSpan(_unsafeElements: elements), mutating: &self)
    }

    func withUnsafeBufferPointer<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return body(UnsafeBufferPointer(start: storage.base, count: count))
    }

    mutating func withUnsafeMutableBufferPointer<Result>(
        _ body: (UnsafeMutableBufferPointer<Float>) -> Result
    ) -> Result {
        makeUnique()
        defer { withExtendedLifetime(storage) {} }
        return body(UnsafeMutableBufferPointer(start: storage.base, count: count))
    }

    @inlinable
    mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { copyStorage() }
    }

    /// Makes the tensor's memory its own before all of it is written: where it is shared, the tensor gets other memory, of
    /// undefined contents.
    package mutating func makeUniqueToOverwrite() throws(ConvolutionError) {
        if !isKnownUniquelyReferenced(&storage) { storage = try FloatBuffer(count: count) }
    }

    @usableFromInline
    @inline(never)
    mutating func copyStorage() {
        do throws(ConvolutionError) {
            storage = try FloatBuffer(copying: storage.base, count: count)
        } catch {
            // As an Array does: changing an element has no way to report it.
            fatalError("changing a tensor that shares its memory: \(error)")
        }
    }
}

extension Tensor: Equatable {
    /// Whether the shapes are equal and all elements compare equal: a NaN equals nothing, and 0 equals -0.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape
            && left.withUnsafeBufferPointer { left in right.withUnsafeBufferPointer { left.elementsEqual($0) } }
    }
}
