// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The full matrix of input windows, then a matrix product (Chellapilla, Puri and Simard, "High Performance
/// Convolutional Neural Networks for Document Processing", 2006, section 3). The product is the same pixel-lane kernel
/// that `gemm` uses, so what the comparison shows is the price of the matrix.
///
/// Padding is part of the matrix: an infinite weight times a padded zero is NaN here.
enum Im2col: AlgorithmImplementation {
    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        .applies
    }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        CostModel(problem, Kernel.required(CK_IM2COL, instructionSet), threads: threads).im2col.nanoseconds
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        CostModel(problem, Kernel.required(CK_IM2COL, instructionSet), threads: threads).panelPacking
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let kernel = Kernel.required(CK_IM2COL, instructionSet)
        let geometry = ck_geometry(problem)
        return try KernelMethod.preparing(
            kernel, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: kernel.packedCount(geometry), blocks: .wholeImages,
            prepareShare: CostModel(problem, kernel, threads: threads).im2col.prepareShare,
            columnUnit: kernel.tilePixels)
    }
}
