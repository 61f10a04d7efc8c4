// SPDX-License-Identifier: Apache-2.0

// By a list of indices an element takes 40 ns, most of them for the list. These are inlined into the loops of packages that
// import the library: there an element takes 0.8 ns, and 5.7 ns by a call (Zen 4).
extension Tensor {
    /// The element at an index of a tensor of one axis.
    @inlinable
    public subscript(i: Int) -> Float {
        get { storage.base[offset(i)] }
        set {
            let offset = offset(i)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element at an index of a tensor of two axes.
    @inlinable
    public subscript(i: Int, j: Int) -> Float {
        get { storage.base[offset(i, j)] }
        set {
            let offset = offset(i, j)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element at an index of a tensor of three axes.
    @inlinable
    public subscript(i: Int, j: Int, k: Int) -> Float {
        get { storage.base[offset(i, j, k)] }
        set {
            let offset = offset(i, j, k)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element at an index of a tensor of four axes.
    @inlinable
    public subscript(i: Int, j: Int, k: Int, l: Int) -> Float {
        get { storage.base[offset(i, j, k, l)] }
        set {
            let offset = offset(i, j, k, l)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element at an index of a tensor of five axes.
    @inlinable
    public subscript(i: Int, j: Int, k: Int, l: Int, m: Int) -> Float {
        get { storage.base[offset(i, j, k, l, m)] }
        set {
            let offset = offset(i, j, k, l, m)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element at an index for each of six axes or more.
    public subscript(i: Int, j: Int, k: Int, l: Int, m: Int, n: Int, others: Int...) -> Float {
        get { storage.base[offset([i, j, k, l, m, n] + others)] }
        set {
            let offset = offset([i, j, k, l, m, n] + others)
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    /// The element of a scalar, which has no axes.
    public subscript() -> Float {
        get { storage.base[offset([])] }
        set {
            let offset = offset([])
            makeUnique()
            storage.base[offset] = newValue
        }
    }

    // MARK: Offsets

    @inlinable
    func offset(_ i: Int) -> Int {
        guard shape.count == 1, isIndex(i, 0) else { failToIndex([i]) }
        return i
    }

    @inlinable
    func offset(_ i: Int, _ j: Int) -> Int {
        guard shape.count == 2, isIndex(i, 0), isIndex(j, 1) else { failToIndex([i, j]) }
        return i &* shape[1] &+ j
    }

    @inlinable
    func offset(_ i: Int, _ j: Int, _ k: Int) -> Int {
        guard shape.count == 3, isIndex(i, 0), isIndex(j, 1), isIndex(k, 2) else { failToIndex([i, j, k]) }
        return (i &* shape[1] &+ j) &* shape[2] &+ k
    }

    @inlinable
    func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Int {
        guard shape.count == 4, isIndex(i, 0), isIndex(j, 1), isIndex(k, 2), isIndex(l, 3) else {
            failToIndex([i, j, k, l])
        }
        return ((i &* shape[1] &+ j) &* shape[2] &+ k) &* shape[3] &+ l
    }

    @inlinable
    func offset(_ i: Int, _ j: Int, _ k: Int, _ l: Int, _ m: Int) -> Int {
        guard shape.count == 5, isIndex(i, 0), isIndex(j, 1), isIndex(k, 2), isIndex(l, 3), isIndex(m, 4) else {
            failToIndex([i, j, k, l, m])
        }
        return (((i &* shape[1] &+ j) &* shape[2] &+ k) &* shape[3] &+ l) &* shape[4] &+ m
    }

    private func offset(_ index: [Int]) -> Int {
        guard index.count == rank, index.indices.allSatisfy({ isIndex(index[$0], $0) }) else { failToIndex(index) }
        return index.indices.reduce(0) { $0 * shape[$1] + index[$1] }
    }

    /// Negative indices are very large as unsigned numbers.
    @inlinable
    func isIndex(_ index: Int, _ axis: Int) -> Bool {
        UInt(bitPattern: index) < UInt(bitPattern: shape[axis])
    }

    /// Stops the program, and says why in release as well, where a precondition's text is left out.
    @usableFromInline
    @inline(never)
    func failToIndex(_ index: [Int]) -> Never {
        guard index.count == rank else {
            fatalError("\(index.count) indices \(index) for a tensor of \(rank) axes, of shape \(shape)")
        }
        let axis = index.indices.first { !isIndex(index[$0], $0) } ?? 0
        fatalError(
            "index \(index[axis]) is outside axis \(axis) of extent \(shape[axis]): \(index) in a tensor of shape \(shape)"
        )
    }
}
