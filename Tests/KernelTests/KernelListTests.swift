// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// What the descriptors say of themselves.
@Suite struct KernelListTests {
    private static let isaNames = [
        CK_ISA_SCALAR.rawValue: "scalar", CK_ISA_AVX2.rawValue: "avx2", CK_ISA_AVX512.rawValue: "avx512",
    ]

    @Test func namesAreUnique() {
        let names = ListedKernel.all.map(\.name)
        #expect(!names.isEmpty)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: ListedKernel.all)
    func nameFollowsTheGrammar(kernel: ListedKernel) throws {
        #expect(try kernel.name.contains(Regex("^ck_f32_[a-z0-9]+(_[a-z0-9]+)*__[a-z0-9]+$")))
        // Kernels of one type for all tensors are named after it.
        let types = kernel.descriptor.pointee.types
        #expect([types.input, types.weight, types.output] == [CK_F32, CK_F32, CK_F32])
        let isa = try #require(Self.isaNames[kernel.descriptor.pointee.isa.rawValue])
        #expect(kernel.name.hasSuffix("__\(isa)"))
        if kernel.algorithm == CK_WINOGRAD {
            let axis = kernel.isVertical ? "_column" : kernel.winograd.mh == 1 ? "_row" : ""
            let (height, width) = (kernel.winograd.mh, kernel.winograd.mw)
            let outputs = axis.isEmpty && height != width ? "\(height)x\(width)" : "\(kernel.tileOutputs)"
            #expect(kernel.name.contains("_f\(outputs)k\(kernel.tileTaps)\(axis)__"))
        }
    }

    @Test(arguments: ListedKernel.all)
    func fieldsAreConsistent(kernel: ListedKernel) {
        #expect(kernel.lanes > 0 && kernel.tilePixels > 0 && kernel.tileChannels > 0)
        #expect(kernel.lanes.nonzeroBitCount == 1)
        #expect((kernel.winograd.tiles > 0) == (kernel.algorithm == CK_WINOGRAD))
        let prepares = [CK_GEMM_CHANNELS, CK_WINOGRAD, CK_IM2COL, CK_FFT].contains(kernel.algorithm)
        #expect(kernel.hasPrepare == prepares)
    }

    /// A kernel for every algorithm exists in plain C, so that every processor can run every algorithm.
    @Test(arguments: ListedKernel.all)
    func everyAlgorithmHasAScalarKernel(kernel: ListedKernel) {
        let isThere = ListedKernel.all.contains {
            $0.descriptor.pointee.isa == CK_ISA_SCALAR && $0.algorithm == kernel.algorithm
                && $0.winograd == kernel.winograd
        }
        #expect(isThere)
    }

    /// There is an order of preference of all instruction sets that have kernels, and plain C, which runs anywhere, comes
    /// last.
    @Test func everyInstructionSetHasItsPlace() {
        var count = 0
        let list = ck_preferred_isas(&count)
        let preferred = (0..<count).compactMap { list?[$0].rawValue }
        #expect(Set(preferred).count == preferred.count)
        #expect(Set(preferred) == Set(ListedKernel.all.map(\.descriptor.pointee.isa.rawValue)))
        #expect(preferred.last == CK_ISA_SCALAR.rawValue)
        #expect(ck_cpu_isas() & (1 << CK_ISA_SCALAR.rawValue) != 0)
    }

    #if compiler(>=6.3)
        /// Names the kernels that the other tests pass over.
        @Test(arguments: ListedKernel.absent)
        func isSkippedWithoutItsInstructions(kernel: ListedKernel) throws {
            let isa = Self.isaNames[kernel.descriptor.pointee.isa.rawValue] ?? "unknown"
            try Test.cancel("\(kernel.name) is not tested: this processor has no \(isa)")
        }
    #endif
}
