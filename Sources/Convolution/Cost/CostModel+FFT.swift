// SPDX-License-Identifier: Apache-2.0

extension CostModel {
    /// What a convolution by Fourier transforms takes before the first of them, in nanoseconds.
    static let fftStart = 3000.0

    /// What the transforms and products take, in nanoseconds: least-squares fits to the times of 700 convolutions of many
    /// lengths, channels and strides, each with a transform of some size, fast or slow.
    struct FFTRates {
        /// A point of a row of the input and of the output, the others in its lanes full.
        var input = 0.48
        var output = 0.49
        /// A row of the input, beside its points.
        var row = 7.0
        /// By how much more a point takes that is not the neighbour of the one before: loaded, and stored from channel
        /// lanes.
        var apart = 0.13
        var storedApart = 0.52
        /// The same of the phases of a stride, beside that.
        var phaseApart = 0.3
        /// A multiplication, and what is loaded for it, if nothing else is multiplied with that.
        var multiplication = 0.0170
        var load = 0.009

        static let avx512 = FFTRates()
        static let avx2 = FFTRates(
            input: 0.55, output: 0.68, row: 5, apart: 0.1, storedApart: 0.52, phaseApart: 0.5, multiplication: 0.0172,
            load: 0.032)
        static let scalar = FFTRates(
            input: 3, output: 4, row: 30, apart: 1, storedApart: 1.5, multiplication: 0.16, load: 0.1)
    }

    /// Transform of every segment of the input, a complex product for each bin, transform of every segment of the
    /// output.
    ///
    /// - Parameters:
    ///   - size: The transform. The output is taken to be at least as long as the kernel, since the packed weights serve
    ///     longer inputs as well.
    ///   - images: The batch, or a part of it.
    ///   - sharing: How many times as many images share a passage of the weights.
    func fft(_ size: TransformSize, images: Int, sharingWeights sharing: Double = 1) -> Double {
        let rates: FFTRates =
            switch kernel.instructionSet.storage {
            case .scalar: .scalar
            case .avx2: .avx2
            case .avx512: .avx512
            }
        let lines = Double(images * problem.height.output)
        let columns = max(problem.width.output, problem.width.kernel / problem.width.stride)
        let segments = Double(size.outputSegments(columns))
        let (points, lanes, groups) = (Double(size.points), Double(kernel.lanes), Double(problem.groups))
        let isApart = problem.width.stride * size.dilation > 1
        // The phases of a stride, of several channels, are rows far from one another.
        let apart = rates.apart + (problem.width.stride > 1 && problem.inputChannels > 1 ? rates.phaseApart : 0)

        // Rows of a group in whole vectors: those of different groups are never side by side.
        let inputLines = Double(images) * Double(size.lines(problem.height.output))
        let inputRows = wholeLanes(inputLines * Double(size.segments(columns)) * Double(size.components)) * groups
        let inputs = inputRows * (points * (rates.input + (isApart ? apart : 0)) + rates.row)
        let run = max(1, size.parts == 1 ? lines * segments : segments)
        let lanePadding = size.isChannelLanes ? 1 : wholeLanes(run) / run
        let outputRows = lines * segments * Double(size.packedChannels) * lanePadding * groups
        let storing = size.dilation > 1 ? (size.isChannelLanes ? rates.storedApart : rates.apart) : 0
        let outputs =
            outputRows * points * rates.output
            + lines * Double(problem.width.output) * Double(problem.outputChannels) * storing

        let depth = Double(size.components * size.kernelRows * size.parts * size.bins)
        let rows = size.isChannelLanes ? min(lines * segments, Double(kernel.tilePixels)) : Double(size.rows)
        let products = outputRows * depth * 4 * (rates.multiplication + rates.load / max(1, rows))
        // The weights pass through the core once for all segments that are multiplied together.
        let together = size.isChannelLanes ? Double(size.rows) : lanes
        let spectra = depth * Double(2 * size.packedChannels) * groups
        // From the second-level cache, the third and memory.
        let pass =
            min(spectra, 2e5) * 0.03 + max(0, min(spectra, 4e6) - 2e5) * 0.05
            + max(0, spectra - 4e6) * 0.22 * threads.squareRoot()
        let weights = (lines * segments / together).rounded(.up) * pass / sharing

        return (max(products, weights) + inputs + outputs) / threads + CostModel.fftStart
    }

    /// So many rows in whole vectors.
    private func wholeLanes(_ rows: Double) -> Double {
        (rows / Double(kernel.lanes)).rounded(.up) * Double(kernel.lanes)
    }
}
