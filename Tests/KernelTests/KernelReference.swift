// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The definition of a convolution, summed in double precision: what the kernels are compared with.
///
/// out[n][k][y][x] = activation(bias[k] + residual[n][k][y][x]
///     + sum over c, i, j of weight[k][c][i][j] * input[n][c][y * stride + i * dilation - padding][...])
struct KernelReference {
    /// (image, output channel, row, pixel), row-major, after bias, residual and activation.
    private(set) var values: [Double]
    /// The largest magnitude before the activation, but at least that of the largest product of an input and a weight.
    private(set) var scale: Double

    init(_ shape: KernelCase, _ data: KernelData) {
        let size = shape.output
        let outputChannels = shape.groups * shape.outputChannels
        let plane = size.height * size.width
        values = [Double](repeating: 0, count: shape.images * outputChannels * plane)
        let to = shape.outputStrides
        var largest = data.input.largestMagnitude * data.weight.largestMagnitude
        values.withUnsafeMutableBufferPointer { values in
            for image in 0..<shape.images {
                for channel in 0..<outputChannels {
                    let first = (image * outputChannels + channel) * plane
                    let target = UnsafeMutableBufferPointer(rebasing: values[first..<first + plane])
                    Self.sum(shape, data, image, channel, target)
                    for y in 0..<size.height {
                        for x in 0..<size.width {
                            var value = target[y * size.width + x] + Double(data.bias?[channel] ?? 0)
                            if let residual = data.residual {
                                value += Double(residual[to.offset(image, channel, y, x)])
                            }
                            largest = value.isFinite ? max(largest, abs(value)) : largest
                            target[y * size.width + x] = shape.activation(value)
                        }
                    }
                }
            }
        }
        scale = largest
    }

    /// Adds up the products for one output channel of one image. While loops over pointers: the tests are built without
    /// optimisation.
    private static func sum(
        _ shape: KernelCase, _ data: KernelData, _ image: Int, _ channel: Int,
        _ target: UnsafeMutableBufferPointer<Double>
    ) {
        guard let sums = target.baseAddress else { return }
        let from = shape.inputStrides
        let group = channel / shape.outputChannels
        let width = shape.output.width
        let taps = shape.kernel.height * shape.kernel.width
        data.input.withUnsafeBufferPointer { input in
            for tap in 0..<taps {
                let (i, j) = tap.quotientAndRemainder(dividingBy: shape.kernel.width)
                let left = j * shape.dilation.width - shape.padding.left
                for y in 0..<shape.output.height {
                    let row = y * shape.stride.height + i * shape.dilation.height - shape.padding.top
                    guard row >= 0 && row < shape.input.height else { continue }
                    for c in 0..<shape.channels {
                        let weight = Double(data.weight[(channel * shape.channels + c) * taps + tap])
                        guard
                            let source = input.baseAddress.map({
                                $0 + from.offset(image, group * shape.channels + shape.place(ofInputChannel: c), row, 0)
                            })
                        else { return }
                        var column = left
                        var sum = sums + y * width
                        let end = sum + width
                        while sum < end {
                            if column >= 0 && column < shape.input.width {
                                sum.pointee += weight * Double(source[column * from.pixel])
                            }
                            column += shape.stride.width
                            sum += 1
                        }
                    }
                }
            }
        }
    }
}

extension KernelCase {
    /// The activation in double precision.
    fileprivate func activation(_ x: Double) -> Double {
        switch activation {
        case .none: x
        case .clamp: x.isNaN ? x : min(max(x, -7), 9)
        case .leakyReLU: x >= 0 ? x : 0.25 * x
        case .silu: x / (1 + exp(-x))
        case .gelu: 0.5 * x * erfc(-x * 0.5.squareRoot())
        case .hardSwish: x.isNaN ? x : x < -3 ? -0.25 : 0.125 * x * min(x + 3, 6) - 0.25
        }
    }
}

extension [Float] {
    /// The largest magnitude of the finite elements.
    fileprivate var largestMagnitude: Double {
        reduce(0) { $1.isFinite ? Swift.max($0, Double(abs($1))) : $0 }
    }
}
