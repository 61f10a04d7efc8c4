// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What one run costs in nanoseconds, by a small model: the multiplications at the rate that the kernel reaches on full
/// register tiles, the lanes of partial tiles, and the elements that are rearranged or pass through memory.
///
/// The model only ranks algorithms against one another. Its rates were measured side by side on one processor; on a
/// faster or slower one they move together.
struct CostModel {
    let problem: ConvolutionProblem
    let kernel: Kernel
    let threads: Double
    let rates: Rates

    init(_ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int) {
        self.problem = problem
        self.kernel = kernel
        self.threads = Double(threads)
        var rates =
            switch kernel.instructionSet {
            case .scalar: Rates.scalar
            case .avx2: Rates.avx2
            case .avx512: Rates.avx512
            }
        if problem.layout == .channelsLast { rates.putChannelsLast() }
        self.rates = rates
    }

    /// By how much longer a thread waits for memory than if it were alone. The bandwidth of n cores is taken to be that
    /// of one times the square root of n: it is of two here, more on a server and less on a desktop.
    private var memoryWait: Double { threads.squareRoot() }

    // MARK: Sizes

    var outputPixels: Double { Double(problem.batch * problem.height.output * problem.width.output) }
    private var inputElements: Double {
        Double(problem.batch * problem.inputChannels) * Double(problem.height.input * problem.width.input)
    }
    var outputElements: Double { outputPixels * Double(problem.outputChannels) }
    var taps: Double { Double(problem.height.kernel * problem.width.kernel) }

    /// The share of the taps that fall on the input and not on its padding.
    private var tapShare: Double { problem.height.tapShare * problem.width.tapShare }

    /// `count` rounded up to whole units.
    func padded(_ count: Int, _ unit: Int) -> Double {
        Double((count + unit - 1) / unit * unit)
    }

    /// Output channels of all groups, in whole vectors.
    var paddedOutputChannels: Double {
        padded(problem.outputChannelsPerGroup, kernel.lanes) * Double(problem.groups)
    }

    /// Panels of output channels of all images.
    private var panels: Double {
        padded(problem.outputChannelsPerGroup, kernel.tileChannels) / Double(kernel.tileChannels)
            * Double(problem.groups * problem.batch)
    }

    // MARK: Algorithms

    struct Cost {
        /// Of the whole run.
        let nanoseconds: Double
        /// The work of all threads without the start, which is in proportion to the batch. It decides between two ways of
        /// one algorithm that sum in different orders: the bits are not to depend on the batch or on the threads.
        let work: Double
        /// How long preparing takes, as a share of the time that computing takes; 0 if the input is read in place.
        let prepareShare: Double
    }

    /// A cost of so many nanoseconds of one thread to prepare and to compute, and of a start that threads do not share.
    /// The work can be cut into `tasks` at most.
    /// `apart` is what computing would take if no two images were computed together, or nil for `compute`.
    private func cost(
        prepare: Double = 0, compute: Double, apart: Double? = nil, start: Double, tasks: Double = .infinity
    ) -> Cost {
        Cost(
            nanoseconds: (prepare + compute) / max(1, min(threads, tasks)) + start,
            work: prepare + (apart ?? compute), prepareShare: prepare / max(1, compute))
    }

    /// Output pixels of so many images as register tiles in channel lanes count them, the pixels of all of them side by
    /// side. Pixels that lack some of the taps, at the edges, have tiles of their own, and a tile of one pixel waits for
    /// its sums as long as one of a few.
    private func tiledPixels(images: Int) -> Double {
        func cost(_ pixels: Int) -> Double {
            let pixels = Double(pixels) * Double(images)
            return max(pixels, 2.5 * (pixels / Double(kernel.tilePixels)).rounded(.up))
        }
        let (rows, columns) = (problem.height.edgeOutputs, problem.width.edgeOutputs)
        let (height, width) = (problem.height.output - rows, problem.width.output - columns)
        return cost(height * width) + Double(rows) * cost(width) + Double(columns) * cost(height)
            + Double(rows * columns) * cost(1)
    }

    /// Sums in channel lanes with `tap` nanoseconds for each tap of a register tile, and `rate` for each multiplication,
    /// of all images, so many of them together.
    private func channelLanes(tap: Double, rate: Double, together images: Int = 1) -> Double {
        let used = taps * tapShare
        let passes = Double(problem.batch) / Double(max(1, images))
        let pixels = tiledPixels(images: images) * passes
        let weights = paddedOutputChannels * Double(problem.channelsPerGroup) * used
        let steps = pixels / Double(kernel.tilePixels) * panels / Double(max(1, problem.batch)) * used
        // Weights that no cache holds pass through the core once for the images together, which few pixels do not hide.
        let streaming = weights > 4e6 ? passes * weights * 0.13 : 0
        return max(pixels * weights * rate + steps * tap, streaming)
            + outputPixels * paddedOutputChannels * rates.transposedOutput
            // A single pixel takes several panels at once, and stores neighbours.
            + panels * rates.panel * (problem.height.output * problem.width.output == 1 ? 0.15 : 1)
    }

    /// Lanes are output channels. Sums over few inputs are dominated by the transposed store.
    var direct: Cost {
        // The channels of an image of one pixel are neighbours.
        if problem.height.input * problem.width.input == 1 {
            return cost(compute: channelLanes(tap: rates.gemmTap, rate: rates.multiplication), start: 100)
        }
        let rate = rates.multiplication * rates.inPlace * (taps == 1 ? rates.inPlace : 1)
        return cost(compute: channelLanes(tap: rates.directTap, rate: rate), start: 100)
    }

    /// Lanes are pixels of a row, the rows copied before they are read.
    func directPixels(_ stage: PixelStage) -> Cost {
        // A tile of one or two channels takes as long as its loads.
        let tail = problem.outputChannelsPerGroup % kernel.tileChannels
        let channels = Double(problem.outputChannelsPerGroup) + (tail == 1 ? 1.2 : tail == 2 ? 0.2 : 0)
        let rows = Double(problem.batch * problem.height.output) * padded(problem.width.output, kernel.lanes)
        let multiplications = rows * channels * Double(problem.inputChannels) * taps
        // Whole vectors of columns are brought into order for strides of 1 and 2 alone.
        let isWhole = problem.width.stride <= min(2, problem.width.kernel)
        let copied = stage.stagedFloats * Double(problem.batch * problem.groups)
        let columns = copied * (isWhole ? rates.transposedInput : 0.4) + inputElements * rates.gatheredInput
        return cost(
            compute: multiplications * rates.pixelMultiplication + outputElements * rates.output + columns
                + 40 * panels,
            start: 150)
    }

    /// As `direct`, after each input element has been transposed once.
    var gemmChannels: Cost {
        let inputs =
            padded(problem.channelsPerGroup, Int(CK_CHANNEL_ALIGNMENT))
            * inputElements / Double(max(1, problem.channelsPerGroup))
        func compute(together images: Int) -> Double {
            channelLanes(tap: rates.gemmTap, rate: rates.multiplication, together: images)
        }
        return cost(
            prepare: inputs * rates.transposedInput, compute: compute(together: problem.batch),
            apart: compute(together: 1), start: 200)
    }

    /// Lanes are pixels, of vectors that hold `pixels` of each image; channels are never padded.
    private func pixelLanes(_ pixels: Double, depth: Double) -> Double {
        pixels * Double(problem.batch * problem.outputChannels) * (depth * rates.pixelMultiplication + rates.output)
    }

    /// Lanes are pixels; the input is read in place, or the windows that they see are copied.
    var gemmPixels: Cost {
        let inputs = outputPixels * Double(problem.inputChannels) * taps
        let isPacked = problem.hasPackedWindows
        // By vectors of a row, full or not; lane by lane with other strides. Pixels of a 1 x 1 kernel are packed while
        // others are multiplied.
        let rows = Double(problem.batch * problem.height.output) * Double(problem.inputChannels) * taps
        let packing =
            switch problem.width.stride {
            case 1, 2, 4: rows * padded(problem.width.output, kernel.lanes) * rates.window * (taps > 1 ? 2 : 1)
            default: inputs * 0.6
            }
        let pixels = problem.height.output * problem.width.output
        // A tail takes its share of a vector, and a broadcast; by itself it waits for its sums as long as a vector does.
        let tail = pixels % kernel.lanes, beside = pixels % kernel.tilePixels
        let isShared =
            pixels >= kernel.lanes && (beside <= kernel.joinedPixels || !isPacked && tail <= kernel.tailPixels)
        let lanes = tail > 0 && isShared ? Double(pixels + 1) : padded(pixels, kernel.lanes)
        let alone = pixels < kernel.lanes ? panels * 15 : 0
        return cost(
            compute: pixelLanes(lanes, depth: Double(problem.channelsPerGroup) * taps) + (isPacked ? packing : 0)
                + inputs * rates.gatheredInput + alone,
            start: isPacked ? 125 : 65)
    }

    /// As `gemmPixels`, after the matrix of all windows has been written out.
    var im2col: Cost {
        let matrix = outputPixels * Double(problem.inputChannels) * taps
        let rows = Double(problem.batch * problem.height.output) * Double(problem.inputChannels) * taps
        // From memory if it is large.
        let window = rates.window * (matrix > 4e6 * Double(problem.batch) ? 3 : 1)
        return cost(
            prepare: matrix * window + rows * rates.windowRow,
            compute: pixelLanes(
                padded(problem.height.output * problem.width.output, kernel.lanes),
                depth: Double(problem.channelsPerGroup) * taps * (taps > 1 ? 1.08 : 1)),
            start: Double(problem.batch * problem.groups) * rates.matrix + 200)
    }

    /// What an image takes beside its transforms and products, in nanoseconds.
    static let winogradStart = 700.0

    /// Transform of every tile of the input, a product for each point, transform of every tile of the output.
    var winograd: Cost {
        let shape = kernel.winogradShape
        let tiles =
            Double(problem.batch)
            * Double(problem.height.winogradTiles(problem.height.output, outputs: shape.height.outputs))
            * Double(problem.width.winogradTiles(problem.width.output, outputs: shape.width.outputs))
        let channels = Double(problem.channelsPerGroup)
        // The points, times the phases that each of them multiplies.
        let pointPhases = Double(
            problem.height.winogradProducts(shape.height) * problem.width.winogradProducts(shape.width))
        let phases = Double(problem.height.stride * problem.width.stride)
        // Vectors of several phases are gathered lane by lane.
        let isMixed = phases > 1 && problem.channelsPerGroup % kernel.lanes != 0
        let inputs =
            padded(Int(phases) * problem.channelsPerGroup, kernel.lanes) * Double(problem.groups) * (isMixed ? 2 : 1)
        // Large tiles do not fit the registers, and sum their products in pieces. Fewer than 4 tiles wait for their sums.
        let (points, isLarge) = (Double(shape.points), shape.points > 49)
        let transforms = tiles * points * inputs * rates.winogradInput * (isLarge ? 1.4 : 1)
        let inverses = tiles * points * paddedOutputChannels * rates.winogradOutput * (isLarge ? 1.4 : 1)
        let products =
            max(tiles, 4) * pointPhases * channels * paddedOutputChannels * rates.multiplication * (isLarge ? 1.03 : 1)
        // The transformed weights pass once through the core; from memory if they are large, which few tiles do not hide.
        let weights = pointPhases * channels * paddedOutputChannels
        let streaming =
            weights >= 6e6
            ? max(0, weights * 0.12 * memoryWait - products) + weights * 0.02
            : weights * (weights >= 2.5e5 ? 0.02 : 0.065)
        // An image that leaves the second-level cache, stored in short runs of many planes.
        let stores = outputElements * (outputElements > 1e6 * Double(problem.batch) ? 0.15 : 0)
        // No task is smaller than a tile with all that lie between its elements.
        let spans =
            Double(Split.units(problem.height.output, shape.height.outputs * problem.height.dilation))
            * Double(Split.units(problem.width.output, shape.width.outputs * problem.width.dilation))
        return cost(
            prepare: transforms, compute: products + inverses + streaming + stores,
            start: CostModel.winogradStart * Double(max(1, problem.batch)), tasks: spans * panels)
    }
}
