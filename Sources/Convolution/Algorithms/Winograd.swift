// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Winograd's minimal filtering (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016): the image in
/// overlapping tiles, each transformed, multiplied point by point with the transformed kernel, summed over channels, and
/// transformed back.
///
/// A stride splits the input and the kernel into phases, which are channels more of a shorter kernel; with a
/// dilation the elements of a tile are that far apart.
enum Winograd {
    static func applicability(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, outputs: WinogradOutputs
    ) -> Applicability {
        let (height, width) = (problem.height, problem.width)
        if let weave = problem.weave, weave.columnPhases != 2 || problem.phases != 2 {
            return .doesNotApply("its kernels weave pairs of columns alone")
        }
        for axis in [height, width] {
            if axis.stride > Int(CK_WINOGRAD_MAX_STRIDE) {
                return .doesNotApply(
                    "the stride is \(height.stride) x \(width.stride); at most \(CK_WINOGRAD_MAX_STRIDE) will do")
            }
            if axis.dilation > 1 << 32 && axis.kernel > 1 {
                return .doesNotApply(
                    "the dilation is \(height.dilation) x \(width.dilation); at most \(1 << 32) can be counted")
            }
            if axis.stride > 1 && axis.dilation > 1 {
                return .doesNotApply(
                    "it has a stride of \(axis.stride) and a dilation of \(axis.dilation); one of them must be 1")
            }
        }
        let shape = problem.winogradShape(outputs: outputs)
        if outputs.height != outputs.width && (shape.height.points == 1 || shape.width.points == 1) {
            return .doesNotApply(
                "the kernel is \(height.kernel) x \(width.kernel); the tiles are of kernels with two axes")
        }
        // With fewer, the largest error in thousands of random convolutions exceeded 0.6 of the bound that a direct sum
        // keeps, 4 eps sqrt(terms) times the sum of the products' magnitudes.
        let leastChannels = shape.leastChannels
        if problem.channelsPerGroup < leastChannels {
            return .doesNotApply(
                "a group has \(problem.channelsPerGroup) input channels; with fewer than \(leastChannels) the rounding "
                    + "errors of the transforms exceed those of the sum")
        }
        if Kernel.winograd(shape, instructionSet) == nil {
            return .doesNotApply(
                "the kernel is \(height.kernel) x \(width.kernel) with stride \(height.stride) x \(width.stride); "
                    + "there are no tiles \(shape)")
        }
        return .applies
    }

    static func estimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, outputs: WinogradOutputs
    ) -> Double {
        CostModel(problem, kernel(problem, instructionSet, outputs: outputs), threads: threads).winograd.nanoseconds
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, outputs: WinogradOutputs
    ) -> Double {
        CostModel(problem, kernel(problem, instructionSet, outputs: outputs), threads: threads).winogradPacking
    }

    /// The kernel for a problem that the algorithm applies to.
    private static func kernel(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, outputs: WinogradOutputs
    ) -> Kernel {
        let shape = problem.winogradShape(outputs: outputs)
        guard let kernel = Kernel.winograd(shape, instructionSet) else {
            preconditionFailure("kernel_list.h has no kernel \(shape) for \(instructionSet)")
        }
        return kernel
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        outputs: WinogradOutputs
    ) throws(ConvolutionError) -> KernelMethod {
        let kernel = kernel(problem, instructionSet, outputs: outputs)
        let shape = kernel.winogradShape
        let geometry = ck_geometry(problem)
        let (height, width) = (problem.height, problem.width)
        return try KernelMethod.preparing(
            kernel, problem, threads: threads, workspaceLimit: workspaceLimit,
            packedWeightsPerGroup: kernel.packedCount(geometry),
            // Two rows of tiles share the input rows between them, one does not.
            blocks: .pixels(
                kernel.winogradTiles * shape.outputs, mostColumns: shape.height.outputs > 1 ? 112 : .max),
            prepareShare: CostModel(problem, kernel, threads: threads).winograd.prepareShare,
            rowUnit: shape.height.outputs * height.dilation, columnUnit: shape.width.outputs * width.dilation)
    }
}

extension WinogradShape {
    /// The fewest input channels of a group that the transforms are used with.
    fileprivate var leastChannels: Int {
        switch (max(height.points, width.points), min(height.points, width.points)) {
        case (8, 8), (9, 6): 16
        case (9..., _): 8
        case (6..., _): 2
        default: 1
        }
    }

    /// The fewest terms of a sum with which the largest error is within four times that of a direct sum, which grows with
    /// the terms and that of the transforms does not: by measurement, on 6 random convolutions each.
    private var leastTerms: Int {
        switch (max(height.points, width.points), min(height.points, width.points)) {
        case (8, 8): 4608
        case (9, 6): 1152
        case (7, 7): 140
        case (6, 6): height.outputs == 4 ? 54 : 24
        case (5, 5): 27
        case (6, 4): 18
        case (10..., 1): .max
        case (9, 1): outputs == 6 ? .max : 200
        case (8, 1): 150
        case (7, 1): 30
        case (6, 1): 9
        default: 1
        }
    }

    /// The error class of sums of so many terms.
    func precision(terms: Int) -> Precision {
        terms >= leastTerms ? .standard : .fast
    }
}

extension Algorithm {
    /// The tiles of Winograd's algorithm, or nil for other algorithms.
    var winogradOutputs: WinogradOutputs? {
        switch storage {
        case .winograd2: Winograd2.outputs
        case .winograd3: Winograd3.outputs
        case .winograd4: Winograd4.outputs
        case .winograd4x2: Winograd4x2.outputs
        case .winograd6: Winograd6.outputs
        case .winograd7x4: Winograd7x4.outputs
        default: nil
        }
    }

    /// The strictest precision under which the algorithm may be chosen for a problem: `precision`, but for Winograd's
    /// transforms where the sums have few terms.
    func precision(for problem: KernelProblem) -> Precision {
        guard let outputs = winogradOutputs else { return precision }
        let (terms, overflow) = (problem.height.kernel * problem.width.kernel).multipliedReportingOverflow(
            by: problem.channelsPerGroup)
        return problem.winogradShape(outputs: outputs).precision(terms: overflow ? .max : terms)
    }
}

/// Tiles of 2 outputs along each axis.
enum Winograd2: WinogradOfTile { static let outputs = WinogradOutputs(2) }
/// Tiles of 3.
enum Winograd3: WinogradOfTile { static let outputs = WinogradOutputs(3) }
/// Tiles of 4.
enum Winograd4: WinogradOfTile { static let outputs = WinogradOutputs(4) }
/// Tiles of 4 rows and 2 columns.
enum Winograd4x2: WinogradOfTile { static let outputs = WinogradOutputs(height: 4, width: 2) }
/// Tiles of 6.
enum Winograd6: WinogradOfTile { static let outputs = WinogradOutputs(6) }
/// Tiles of 7 rows and 4 columns.
enum Winograd7x4: WinogradOfTile { static let outputs = WinogradOutputs(height: 7, width: 4) }

/// Winograd's algorithm with output tiles of one size.
protocol WinogradOfTile: AlgorithmImplementation {
    static var outputs: WinogradOutputs { get }
}

extension WinogradOfTile {
    static var leastEstimate: Double { CostModel.winogradStart }
    static func canCompute(_ lowering: Lowering) -> Bool { true }

    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        Winograd.applicability(problem, instructionSet, outputs: outputs)
    }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        Winograd.estimate(problem, instructionSet, threads: threads, outputs: outputs)
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        Winograd.packingEstimate(problem, instructionSet, threads: threads, outputs: outputs)
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        try Winograd.method(
            problem, instructionSet, threads: threads, workspaceLimit: workspaceLimit, outputs: outputs)
    }
}
