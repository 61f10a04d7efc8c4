// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing
import TestSupport

/// Computes a case with a kernel in every placement of its memory and compares it with the definition: with `==`, or
/// within a bound where the kernel's algorithm or the activation rounds. Passes over a case that is none of the kernel's;
/// `CaseCount` counts both.
func expectCorrect(
    _ kernel: ListedKernel, _ shape: KernelCase, _ data: KernelData? = nil,
    placements: [GuardedBuffer.Placement] = GuardedBuffer.Placement.allCases,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard shape.isFor(kernel) else {
        CaseCount.current?.add(ran: 0, skipped: 1)
        return
    }
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
    /// The first element that is not what the definition gives; nil if all are, and nothing between them was written.
    func difference(from reference: KernelReference) -> String? {
        // Kept out of the loop: in a build without optimisation each use of a field copies the whole run.
        let (output, size, strides) = (output, shape.output, shape.outputStrides)
        let tolerance = tolerance(reference)
        var number = 0
        for image in 0..<shape.images {
            for channel in 0..<shape.groups * shape.outputChannels {
                for row in 0..<size.height {
                    var index = strides.offset(image, channel, row, 0)
                    let end = number + size.width
                    while number < end {
                        let expected = reference.values[number]
                        let value = Double(output.base[index])
                        // Two infinities are equal, and their difference is not.
                        let isRight = value == expected || abs(value - expected) <= tolerance(expected)
                        if !isRight && !(value.isNaN && expected.isNaN && !output.isUntouched(index)) {
                            return
                                "image \(image), channel \(channel), row \(row), pixel \(size.width - end + number) is "
                                + (output.isUntouched(index) ? "not written" : "\(value)") + " and not \(expected)"
                        }
                        number += 1
                        index += strides.pixel
                    }
                }
            }
        }
        let written = output.count - output.untouchedCount - number
        return written == 0 ? nil : "\(written) floats between the elements were written"
    }

    /// How far an element may be from the definition.
    private func tolerance(_ reference: KernelReference) -> (Double) -> Double {
        var absolute = 0.0
        if kernel.algorithm == CK_WINOGRAD {
            // A few times the largest that was seen in thousands of random convolutions of up to 64 channels: 4e-7 of the
            // largest element with up to 4 points along an axis, 3e-6 with 6, 2e-5 with 8, less with 9 along one axis and
            // 6 along the other, 5e-5 with 10.
            let points = kernel.tileOutputs + kernel.tileTaps - 1
            absolute = reference.scale * (points <= 4 ? 2e-6 : points <= 6 ? 1e-5 : points <= 8 ? 6e-5 : 2e-4)
        }
        if kernel.algorithm == CK_FFT {
            // A few times the largest that was seen: 1e-6 of the largest element.
            absolute = reference.scale * 4e-6
        }
        switch shape.activation {
        case .none, .clamp, .leakyReLU: return { _ in absolute }
        // simd/epilogue.h promises 4.3e-7 of the value, and 8e-44 where e^x is subnormal. Both functions are flatter
        // than 1.13 x.
        case .silu, .gelu: return { 5e-7 * abs($0) + 1e-43 + 1.13 * absolute }
        // Three roundings, of terms no larger than the value and the offset together; its slope is 1.125 at most.
        case .hardSwish: return { 2e-7 * (abs($0) + 0.5) + 1.13 * absolute }
        }
    }
}

/// Expects the bits of a case to be the same however the work is cut. A sanitizer, which looks at the memory that pieces
/// touch and not at their bits, sees two cuts of each case.
func expectSameBits(_ kernel: ListedKernel, _ shape: KernelCase, seeds: ClosedRange<UInt64>) {
    let data = KernelData(shape, .reals)
    let whole = KernelRun(kernel, shape, data)
    for seed in isSanitized ? seeds.prefix(2) : seeds[...] {
        let pieces = KernelRun(kernel, shape, data, split: .random(seed: seed))
        #expect(pieces.output.hasSameBits(as: whole.output), "\(kernel.name), cut by seed \(seed): \(shape)")
    }
}
