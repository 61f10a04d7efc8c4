// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import Convolution

/// A signal in pieces.
struct Chunks {
    /// The samples of each piece, which are those of a signal.
    let sizes: [Int]

    /// Pieces of random sizes, of which some are empty and some single samples.
    init(of length: Int, using generator: inout SeededGenerator) {
        var sizes: [Int] = []
        var left = length
        while left > 0 {
            let size =
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: 0
                case 1, 2: 1
                case 3: Int.random(in: 1...5, using: &generator)
                case 4: Int.random(in: 1...40, using: &generator)
                default: Int.random(in: 1...max(1, length), using: &generator)
                }
            sizes.append(min(size, left))
            left -= sizes[sizes.count - 1]
        }
        self.sizes = sizes
    }

    init(_ sizes: [Int]) { self.sizes = sizes }

    /// The pieces of a signal (N, C, L), or (N, L, C) with channels last.
    func cut(_ signal: Tensor, _ layout: TensorLayout) throws -> [Tensor] {
        var start = 0
        return try sizes.map { size in
            defer { start += size }
            return try signal.samples(start..<start + size, layout)
        }
    }
}

extension Tensor {
    /// Some samples of a signal.
    func samples(_ range: Range<Int>, _ layout: TensorLayout) throws -> Tensor {
        let axis = layout == .channelsFirst ? 2 : 1
        var part = shape
        part[axis] = range.count
        let inner = layout == .channelsFirst ? 1 : shape[2]
        let (outer, length) = (count / max(1, shape[axis] * inner), shape[axis])
        let elements = elements
        var samples: [Float] = []
        for line in 0..<outer {
            let first = line * length
            samples += elements[(first + range.lowerBound) * inner..<(first + range.upperBound) * inner]
        }
        return try Tensor(samples, shape: part)
    }

    /// Pieces of a signal behind one another.
    static func joined(_ pieces: [Tensor], _ layout: TensorLayout) throws -> Tensor {
        let axis = layout == .channelsFirst ? 2 : 1
        var shape = pieces[0].shape
        shape[axis] = pieces.reduce(0) { $0 + $1.shape[axis] }
        let outer = layout == .channelsFirst ? shape[0] * shape[1] : shape[0]
        var elements: [Float] = []
        elements.reserveCapacity(shape.reduce(1, *))
        let lines = pieces.map(\.elements)
        for line in 0..<outer {
            for piece in lines {
                let size = piece.count / outer
                elements += piece[line * size..<(line + 1) * size]
            }
        }
        return try Tensor(elements, shape: shape)
    }

    /// Where the first element is that differs in its bits, and the two.
    func firstDifference(from other: Tensor) -> String {
        guard shape == other.shape else { return "shape \(shape), not \(other.shape)" }
        let (elements, others) = (elements, other.elements)
        let index = elements.indices.first { elements[$0].bitPattern != others[$0].bitPattern }
        return index.map { "element \($0) of \(shape) is \(elements[$0]), not \(others[$0])" } ?? "none"
    }

    /// Whether all bits are equal: a NaN equals itself, and 0 is not -0.
    func hasBits(of other: Tensor) -> Bool {
        shape == other.shape && elements.map(\.bitPattern) == other.elements.map(\.bitPattern)
    }
}
