// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Convolution by Fourier transforms of overlapping segments along the rows (overlap and save; Stockham, "High-speed
/// convolution and correlation", 1966). The rows of a kernel are summed up as they are.
enum FFT: AlgorithmImplementation {
    /// The fewest taps, for each pixel of the stride, with which a plan may choose this algorithm.
    static let leastTaps = 7

    static var leastEstimate: Double { CostModel.fftStart }

    /// Where neighbouring pixels are of different images, a transform would let the bits of one depend on the others.
    static func canCompute(_ lowering: Lowering) -> Bool {
        !lowering.hasDepthAsChannels && !lowering.weavesColumns && !lowering.hasImagesAsPixels
            && lowering.interleavesLikeColumns
    }

    static func applicability(_ problem: KernelProblem, _ instructionSet: InstructionSet) -> Applicability {
        if problem.height.stride != 1 {
            return .doesNotApply(
                "the stride is \(problem.height.stride) x \(problem.width.stride); down the rows it must be 1")
        }
        if problem.width.stride > problem.width.kernel {
            return .doesNotApply(
                "the stride is \(problem.width.stride), longer than the kernel's rows, \(problem.width.kernel)")
        }
        if problem.height.kernel > 1 && problem.width.kernel > Int(CK_FFT_MAX_POINTS) * 3 / 4 * problem.width.stride {
            return .doesNotApply(
                "the kernel is \(problem.height.kernel) x \(problem.width.kernel); it must have one row, or at most "
                    + "\(Int(CK_FFT_MAX_POINTS) * 3 / 4) columns a stride")
        }
        let dilation = problem.width.kernel > 1 ? problem.width.dilation : 1
        if dilation > (problem.width.stride > 1 ? 1 : Int(CK_FFT_MAX_DILATION)) {
            return .doesNotApply(
                "the dilation is \(problem.height.dilation) x \(problem.width.dilation); along the rows it may be "
                    + "\(CK_FFT_MAX_DILATION) with stride 1, and must be 1 with any other")
        }
        return .applies
    }

    static func estimate(_ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int) -> Double {
        let kernel = Kernel.required(CK_FFT, instructionSet)
        let model = CostModel(problem, kernel, threads: threads)
        let nanoseconds = model.fft(
            size(problem, kernel, workspaceLimit: nil, threads: threads), images: problem.batch)
        // The packed weights of a shorter kernel are ten times its weights and more, for half of the time at best: unless
        // they are few, such kernels are left to the others.
        let isShort = problem.width.kernel < leastTaps * problem.width.stride
        // And many threads share their few segments unevenly: there they are not even measured.
        let isForMany = threads > 16
        guard isShort && (isForMany || problem.weightCount > 1 << 15) || problem.width.kernel < 3 else {
            return nanoseconds
        }
        let least = isForMany ? 4 : 1.1
        return max(nanoseconds, least * Direct.estimate(problem, instructionSet, threads: threads))
    }

    static func packingEstimate(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int
    ) -> Double {
        let kernel = Kernel.required(CK_FFT, instructionSet)
        let size = size(problem, kernel, workspaceLimit: nil, threads: threads)
        return CostModel(problem, kernel, threads: threads).fftPacking(size)
    }

    static func method(
        _ problem: KernelProblem, _ instructionSet: InstructionSet, threads: Int, workspaceLimit: Int?,
        packedLike other: PackedFormat?
    ) throws(ConvolutionError) -> KernelMethod {
        let kernel = Kernel.required(CK_FFT, instructionSet)
        let size =
            other.map { TransformSize(problem, kernel, points: $0.fftPoints) }
            ?? size(problem, kernel, workspaceLimit: workspaceLimit, threads: threads)
        let geometry = ck_geometry(problem, fftPoints: size.points)
        let segment = try (CheckedSize(2 * size.components) * size.bins).get(
            "the workspace", [size.components, size.bins])
        // The transforms are to find all lanes full, of rows of all components.
        let fewest = max(size.leastRows, Split.units(kernel.lanes, max(1, size.components)))
        let weights = try kernel.packedCount(geometry)
        // A block passes once through the core for all weights, and they once for each block.
        var segments = max(fewest, max(2 * weights, 1 << 17) / max(1, segment))
        // With weights that stay in the caches, blocks of its own for each thread; else the threads share the weights.
        let rowSegments = size.outputSegments(geometry.out_width)
        let share = (problem.batch * geometry.out_height * rowSegments - 1) / threads + 1
        // Tiles of fewer segments are no slower than threads without any; where segments are lanes, they are.
        let fill = size.isChannelLanes ? min(kernel.tilePixels, max(1, share)) : kernel.lanes
        if threads > 1, problem.groups < threads, weights < 1 << 20, share >= max(fill, fewest) {
            segments = min(segments, share)
        }
        let columns =
            size.residues == 1
            ? geometry.out_width : try CheckedSize.product([rowSegments, size.hop], of: "the columns of the segments")
        let blockPixels = try CheckedSize.product(
            [min(segments, problem.batch * geometry.outputPixels), min(size.hop, columns)], of: "the block")
        return try KernelMethod.preparing(
            kernel, problem, threads: threads, workspaceLimit: workspaceLimit, fftPoints: size.points,
            packedWeightsPerGroup: weights, blocks: .pixels(blockPixels), prepareShare: size.prepareShare,
            columns: columns, columnUnit: size.hop, partColumnUnit: fill * size.hop)
    }

    /// The size of transform that the cost model finds the fastest among those with which the least block fits the
    /// workspace limit.
    private static func size(
        _ problem: KernelProblem, _ kernel: Kernel, workspaceLimit: Int?, threads: Int
    ) -> TransformSize {
        let limit = workspaceLimit.map { $0 / MemoryLayout<Float>.stride }
        // The fastest for one image on one thread, whatever the batch: the size decides about the bits of the answer.
        let model = CostModel(problem, kernel, threads: 1)
        // Short rows come as frames, many at a time, and share a passage of the weights: else those with few weights would
        // win, which have more products to make for each further image.
        let sharing = problem.width.output <= 512 ? 4.0 : 1
        var best: (size: TransformSize, nanoseconds: Double, fits: Bool)?
        for points in TransformSize.allPoints {
            let size = TransformSize(problem, kernel, points: points)
            guard size.parts == 1 || problem.height.kernel == 1 else { continue }
            // The segments that a part meets are a span apart: with a dilation, many others lie between them.
            guard size.parts == 1 || size.dilation == 1 || points == Int(CK_FFT_MAX_POINTS) else { continue }
            let fits = limit.map { leastWorkspace(problem, kernel, size, threads: threads) <= $0 } ?? true
            // And a size that two threads can share is worth more than one that is a little faster on one; a little, so that
            // the time grows evenly with the kernel.
            let nanoseconds =
                model.fft(size, images: 1, sharingWeights: sharing) / min(1.3, size.pieces(problem, kernel))
            if let best, (best.fits && !fits) || (best.fits == fits && best.nanoseconds <= nanoseconds) { continue }
            best = (size, nanoseconds, fits)
        }
        return best?.size ?? TransformSize(problem, kernel, points: Int(CK_FFT_MIN_POINTS))
    }

    /// Floats of the least workspace: a block of one segment of output for each thread; as many as there are integers if
    /// they cannot be counted.
    private static func leastWorkspace(
        _ problem: KernelProblem, _ kernel: Kernel, _ size: TransformSize, threads: Int
    ) -> Int {
        let geometry = ck_geometry(problem, fftPoints: size.points)
        let block = ck_region(images: 1, rows: 1, columns: size.hop)
        guard let prepared = try? kernel.preparedCount(geometry, block),
            let scratch = try? kernel.scratchCount(geometry, block)
        else { return .max }
        return ((CheckedSize(prepared) + scratch) * threads).value ?? .max
    }
}
