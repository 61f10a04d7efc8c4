// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A set of processor instructions that kernels are written for, weakest first.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    /// Plain C, on every processor.
    case scalar
    /// AVX2 and FMA.
    case avx2
    /// AVX-512 F, VL, BW and DQ.
    case avx512

    /// The instruction sets that this processor has and its operating system supports, weakest first.
    public static let available: [InstructionSet] = {
        // Asked once: CPUID may be trapped by a hypervisor, which makes it cost more than a small convolution.
        let mask = ck_cpu_isas()
        return allCases.filter { mask & (1 << $0.kernelValue.rawValue) != 0 }
    }()

    /// The strongest available instruction set.
    public static let best: InstructionSet = available.last ?? .scalar

    var kernelValue: ck_isa {
        switch self {
        case .scalar: CK_ISA_SCALAR
        case .avx2: CK_ISA_AVX2
        case .avx512: CK_ISA_AVX512
        }
    }

    init(_ isa: ck_isa) {
        self = Self.allCases.first { $0.kernelValue == isa } ?? .scalar
    }

    /// Whether a processor that has the right one has the left one too.
    public static func < (left: InstructionSet, right: InstructionSet) -> Bool {
        left.kernelValue.rawValue < right.kernelValue.rawValue
    }
}
