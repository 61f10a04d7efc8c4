// SPDX-License-Identifier: Apache-2.0

// Each maker takes a shape as an array or, as PyTorch's do, as a number of integers.
extension Tensor {
    /// All zeros.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large, as all makers here do.
    public static func zeros(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        try full(shape, 0)
    }

    /// All zeros: `Tensor.zeros(2, 3)`.
    public static func zeros(_ extents: Int...) throws(ConvolutionError) -> Tensor {
        try full(extents, 0)
    }

    /// All ones.
    public static func ones(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        try full(shape, 1)
    }

    /// All ones: `Tensor.ones(3)`.
    public static func ones(_ extents: Int...) throws(ConvolutionError) -> Tensor {
        try full(extents, 1)
    }

    /// Every element `value`.
    public static func full(_ shape: [Int], _ value: Float) throws(ConvolutionError) -> Tensor {
        try Tensor(shape: shape, repeating: value)
    }

    /// Every element `value`: `Tensor.full(2, 3, value: 0.5)`.
    public static func full(_ extents: Int..., value: Float) throws(ConvolutionError) -> Tensor {
        try full(extents, value)
    }

    // MARK: Ranges

    /// 0, 1, ... up to and without `end`, of shape (count). Empty if `end` is not positive.
    public static func arange(_ end: Double) throws(ConvolutionError) -> Tensor {
        try arange(0, end)
    }

    /// 0, 1, ... up to and without `end`, of shape (count). Empty if `end` is not positive.
    public static func arange(_ end: some BinaryInteger) throws(ConvolutionError) -> Tensor {
        try arange(0, Double(end))
    }

    /// 0, 1, ... up to and without `end`, of shape (count). Empty if `end` is not positive.
    public static func arange(_ end: some BinaryFloatingPoint) throws(ConvolutionError) -> Tensor {
        try arange(0, Double(end))
    }

    /// `start`, `start + step`, ... up to and without `end`, of shape (count). Empty if `step` leads away from `end`.
    ///
    /// As in PyTorch the number of elements is that of double precision, and each is rounded to a `Float` once.
    ///
    /// - Throws: `ConvolutionError.unsupportedRange` if the step is zero or a number isn't finite, `.sizeOverflow` if there
    ///   are too many elements.
    public static func arange(_ start: Double, _ end: Double, step: Double = 1) throws(ConvolutionError) -> Tensor {
        guard step.isFinite, step != 0, start.isFinite, end.isFinite else {
            throw .unsupportedRange(start: start, end: end, step: step)
        }
        let steps = ((end - start) / step).rounded(.up)
        guard steps < 0x1p60 else {
            throw .sizeOverflow(quantity: "the elements of arange(\(start), \(end), step: \(step))", values: [])
        }
        // Negative, and possibly far below any Int, if the step leads away from the end.
        let count = Int(max(0, steps))
        let tensor = try Tensor(uninitializedShape: [count])
        let elements = tensor.storage.base
        var index = 0
        while index < count {
            elements[index] = Float(start + Double(index) * step)
            index += 1
        }
        return tensor
    }

    /// `start`, `start + step`, ... up to and without `end`, of shape (count), as for `Double`.
    public static func arange<Bound: BinaryInteger>(
        _ start: Bound, _ end: Bound, step: Bound = 1
    ) throws(ConvolutionError) -> Tensor {
        try arange(Double(start), Double(end), step: Double(step))
    }

    /// `start`, `start + step`, ... up to and without `end`, of shape (count), as for `Double`.
    public static func arange<Bound: BinaryFloatingPoint>(
        _ start: Bound, _ end: Bound, step: Bound = 1
    ) throws(ConvolutionError) -> Tensor {
        try arange(Double(start), Double(end), step: Double(step))
    }
}
