// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// The tensors of a case, in its layouts. What lies between the elements is `GuardedBuffer.untouched`: a NaN, so that a
/// kernel which uses it shows.
struct KernelData {
    /// What the elements are drawn from.
    enum Numbers {
        /// Whole numbers, few enough bits for every sum here to be exact in fp32 in any order.
        case integers
        /// Numbers whose sums depend on the order.
        case reals
    }

    var input: [Float]
    var weight: [Float]
    var bias: [Float]?
    var residual: [Float]?

    init(_ shape: KernelCase, _ numbers: Numbers = .integers, seed: UInt64 = 1) {
        var generator = SeededGenerator(seed: seed)
        func draw(_ most: Int) -> Float {
            numbers == .integers ? generator.integer(upTo: most) : generator.real()
        }
        let gap = Float(bitPattern: GuardedBuffer.untouched)
        let channels = shape.groups * shape.channels
        let outputChannels = shape.groups * shape.outputChannels

        func tensor(_ count: Int, _ strides: Strides, _ channels: Int, _ size: Extent) -> [Float] {
            var elements = [Float](repeating: gap, count: count)
            for image in 0..<shape.images {
                for channel in 0..<channels {
                    for row in 0..<size.height {
                        var index = strides.offset(image, channel, row, 0)
                        for _ in 0..<size.width {
                            elements[index] = draw(4)
                            index += strides.pixel
                        }
                    }
                }
            }
            return elements
        }
        input = tensor(shape.inputCount, shape.inputStrides, channels, shape.input)
        weight = (0..<shape.weightCount).map { _ in draw(3) }
        bias = shape.hasBias ? (0..<outputChannels).map { _ in draw(9) } : nil
        residual =
            shape.hasResidual ? tensor(shape.outputCount, shape.outputStrides, outputChannels, shape.output) : nil
    }
}
