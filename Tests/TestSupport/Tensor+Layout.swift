// SPDX-License-Identifier: Apache-2.0

import Convolution

extension Tensor {
    /// (N, C, *size) or (C, *size), of `rank` spatial axes, with its channels last.
    public func withChannelsLast(rank: Int) throws -> Tensor {
        let outer = shape.dropLast(rank + 1)
        let (channels, size) = (shape[outer.count], Array(shape.suffix(rank)))
        return try transposed(
            images: outer.reduce(1, *), rows: channels, columns: size.reduce(1, *), shape: outer + size + [channels])
    }

    /// (N, *size, C) or (*size, C), of `rank` spatial axes, with its channels first.
    public func withChannelsFirst(rank: Int) throws -> Tensor {
        let outer = shape.dropLast(rank + 1)
        let (channels, size) = (shape[shape.count - 1], Array(shape.dropFirst(outer.count).dropLast()))
        return try transposed(
            images: outer.reduce(1, *), rows: size.reduce(1, *), columns: channels, shape: outer + [channels] + size)
    }

    private func transposed(images: Int, rows: Int, columns: Int, shape: [Int]) throws -> Tensor {
        let source = elements
        var target = source
        for image in 0..<images {
            let first = image * rows * columns
            for row in 0..<rows {
                for column in 0..<columns {
                    target[first + column * rows + row] = source[first + row * columns + column]
                }
            }
        }
        return try Tensor(target, shape: Array(shape))
    }
}
