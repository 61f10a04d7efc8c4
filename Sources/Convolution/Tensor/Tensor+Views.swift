// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// The same elements in another shape, without copying them. One extent may be -1: it is what remains.
    ///
    /// - Throws: `ConvolutionError.elementCount` if the shapes differ in their number of elements.
    public func view(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        // The errors name the shape that was asked for, and not one with the free extent filled in.
        var extents = shape
        if let free = shape.firstIndex(of: -1) {
            extents.remove(at: free)
            guard extents.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(tensor: "tensor", shape: shape) }
            let others = try extents.reversed().reduce(CheckedSize(1)) { $0 * $1 }
                .floats("the number of elements of the tensor", shape)
            guard others > 0, count % others == 0 else {
                throw .elementCount(count: count, shape: shape)
            }
            extents.insert(count / others, at: free)
        }
        guard try CheckedSize.elementCount(extents) == count else {
            throw .elementCount(count: count, shape: shape)
        }
        return Tensor(sharing: storage, shape: extents)
    }

    /// The same elements in another shape: `x.view(1, 1, 16)`, `x.view(2, -1)`.
    ///
    /// - Throws: `ConvolutionError.elementCount` if the shapes differ in their number of elements.
    public func view(_ extents: Int...) throws(ConvolutionError) -> Tensor {
        try view(extents)
    }

    /// The same as `view`, by PyTorch's other name: tensors are contiguous, so none has to be copied.
    ///
    /// - Throws: `ConvolutionError.elementCount` if the shapes differ in their number of elements.
    public func reshape(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        try view(shape)
    }

    /// The same as `view`: `x.reshape(1, 1, 16)`, `x.reshape(2, -1)`.
    ///
    /// - Throws: `ConvolutionError.elementCount` if the shapes differ in their number of elements.
    public func reshape(_ extents: Int...) throws(ConvolutionError) -> Tensor {
        try view(extents)
    }
}
