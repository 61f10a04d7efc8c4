// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Computes a case with a kernel in every placement of its memory and compares it with the definition: with `==`, or
/// within a bound where the kernel's algorithm or the activation rounds.
func expectCorrect(
    _ kernel: ListedKernel, _ shape: KernelCase, _ data: KernelData? = nil,
    placements: [GuardedBuffer.Placement] = GuardedBuffer.Placement.allCases,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard shape.isFor(kernel.algorithm) else { return }
    let data = data ?? KernelData(shape)
    let reference = KernelReference(shape, data)
    for placement in placements {
        let run = KernelRun(kernel, shape, data, placement)
        if let problem = run.difference(from: reference) {
            Issue.record("\(kernel.name), \(placement): \(problem) in \(shape)", sourceLocation: sourceLocation)
            return
        }
    }
}

extension KernelRun {
    /// The first element that is not what the definition gives, or the first float between the elements that was
    /// written; nil if there is none.
    func difference(from reference: KernelReference) -> String? {
        let size = shape.output
        let strides = shape.outputStrides
        let tolerance = tolerance(reference)
        var isElement = [Bool](repeating: false, count: output.count)
        var number = 0
        for image in 0..<shape.images {
            for channel in 0..<shape.groups * shape.outputChannels {
                for row in 0..<size.height {
                    var index = strides.offset(image, channel, row, 0)
                    for pixel in 0..<size.width {
                        let expected = reference.values[number]
                        let value = Double(output.base[index])
                        if !(value == expected || value.isNaN && expected.isNaN && !output.isUntouched(index)
                            || abs(value - expected) <= tolerance(expected))
                        {
                            return "image \(image), channel \(channel), row \(row), pixel \(pixel) is "
                                + (output.isUntouched(index) ? "not written" : "\(value)") + " and not \(expected)"
                        }
                        isElement[index] = true
                        number += 1
                        index += strides.pixel
                    }
                }
            }
        }
        let gap = isElement.indices.first { !isElement[$0] && !output.isUntouched($0) }
        return gap.map { "a float between elements was written, number \($0)" }
    }

    /// How far an element may be from the definition.
    private func tolerance(_ reference: KernelReference) -> (Double) -> Double {
        var absolute = 0.0
        if kernel.algorithm == CK_WINOGRAD {
            // A few times the largest that was seen in thousands of random convolutions of up to 64 channels: 4e-7, 3e-6
            // and 2e-5 of the largest element.
            absolute = reference.scale * (kernel.winogradTile == 2 ? 2e-6 : kernel.winogradTile == 4 ? 1e-5 : 6e-5)
        }
        switch shape.activation {
        case .none, .clamp, .leakyReLU: return { _ in absolute }
        // simd/epilogue.h promises 4.3e-7 of the value, and 8e-44 where e^x is subnormal. Both functions are flatter
        // than 1.13 x.
        case .silu, .gelu: return { 5e-7 * abs($0) + 1e-43 + 1.13 * absolute }
        }
    }

    /// Whether two runs of the same case wrote the same bits.
    func hasSameBits(as other: KernelRun) -> Bool {
        (0..<output.count).allSatisfy { output.base[$0].bitPattern == other.output.base[$0].bitPattern }
    }
}
