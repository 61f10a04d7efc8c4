// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What one run costs in nanoseconds, by a small model: the multiplications at the rate that the kernel reaches on full
/// register tiles, the lanes of partial tiles, and the elements that are rearranged or pass through memory.
///
/// The model only ranks algorithms against one another. Its rates were measured side by side on one processor; on a
/// faster or slower one they move together.
struct CostModel {
    let problem: KernelProblem
    let kernel: Kernel
    let threads: Double
    let rates: Rates

    init(_ problem: KernelProblem, _ kernel: Kernel, threads: Int) {
        self.problem = problem
        self.kernel = kernel
        self.threads = Double(threads)
        var rates =
            switch kernel.instructionSet.storage {
            case .scalar: Rates.scalar
            case .avx2: Rates.avx2
            case .avx512: Rates.avx512
            }
        if problem.layout == .channelsLast { rates.putChannelsLast() }
        self.rates = rates
    }

    /// What an element of the output takes that is added to, in nanoseconds, beside its multiplications.
    static let addedOutput = 0.15

    /// What it takes to store an element of the output in a row of columns of so many interleaved phases, in nanoseconds.
    static func interleavedOutput(phases: Int) -> Double {
        switch phases {
        case 1, 2: 0.1
        case 4, 8: 0.16
        case 3, 5...7: 0.22
        default: 0.4
        }
    }

    /// By how much longer a thread waits for memory than if it were alone. The bandwidth of n cores is taken to be that
    /// of one times the square root of n: it is of two here, more on a server and less on a desktop.
    var memoryWait: Double { threads.squareRoot() }

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
    ///
    /// - Parameter alone: What computing takes if no image shares anything with another; nil if it takes as long.
    func cost(prepare: Double = 0, compute: Double, alone: Double? = nil, start: Double) -> Cost {
        Cost(
            nanoseconds: (prepare + compute) / threads + start, work: prepare + (alone ?? compute),
            prepareShare: prepare / max(1, compute))
    }

    /// Output pixels of an image as register tiles in channel lanes count them, if they take those of so many images
    /// together. Pixels that lack some of the taps, at the edges, have tiles of their own, and a tile of one pixel waits
    /// for its sums as long as one of a few.
    private func tiledPixels(images: Int) -> Double {
        func cost(_ pixels: Int) -> Double {
            let pixels = pixels * images
            let tiles = (pixels + kernel.tilePixels - 1) / kernel.tilePixels
            return max(Double(pixels), 2.5 * Double(tiles)) / Double(images)
        }
        let (rows, columns) = (problem.height.edgeOutputs, problem.width.edgeOutputs)
        let (height, width) = (problem.height.output - rows, problem.width.output - columns)
        return cost(height * width) + Double(rows) * cost(width) + Double(columns) * cost(height)
            + Double(rows * columns) * cost(1)
    }

    /// What the ends of runs of neighbouring pixels take where tiles with different taps break the rows: in channel lanes
    /// each is transposed and stored by itself, which takes as long as so many pixels more.
    private var brokenRuns: Double {
        let edges = problem.width.edgeOutputs
        guard edges > 0, problem.layout == .channelsFirst else { return 0 }
        let runs = edges + (problem.width.output > edges ? 1 : 0)
        return 1.7 * Double(problem.batch * problem.height.output) * Double(runs)
    }

    /// Images that go together in a block, if they are as small as not to fill one.
    private var imagesTogether: Int {
        let block = Grid.pixels(inputBytes: Grid.secondLevelShare, ck_geometry(problem), kernel)
        return max(1, min(problem.batch, block / max(1, problem.height.output * problem.width.output)))
    }

    /// Sums in channel lanes with `tap` nanoseconds for each tap of a register tile, and `rate` for each multiplication,
    /// of so many images together.
    private func channelLanes(tap: Double, rate: Double, images: Int) -> Double {
        let used = taps * tapShare
        let pixels = tiledPixels(images: images) * Double(problem.batch)
        let weights = paddedOutputChannels * Double(problem.channelsPerGroup) * used
        // Weights that no cache holds pass through the core once for the images together, which few pixels do not hide.
        let streaming =
            weights * problem.weightsOfRun > 4e6 ? Double(problem.batch) / Double(images) * weights * 0.13 : 0
        let steps = pixels / Double(kernel.tilePixels) * panels / Double(max(1, problem.batch)) * used
        return max(pixels * weights * rate + steps * tap, streaming)
            + (outputPixels + brokenRuns) * paddedOutputChannels * rates.transposedOutput
            // A single pixel takes several panels at once, and stores neighbours.
            + panels * rates.panel * (problem.height.output * problem.width.output == 1 ? 0.15 : 1)
    }

    /// Lanes are output channels. Sums over few inputs are dominated by the transposed store.
    var direct: Cost {
        // The channels of an image of one pixel are neighbours.
        let isPixel = problem.height.input * problem.width.input == 1
        let rate = rates.multiplication * (isPixel ? 1 : rates.inPlace) * (taps == 1 && !isPixel ? rates.inPlace : 1)
        func compute(images: Int) -> Double {
            channelLanes(tap: isPixel ? rates.gemmTap : rates.directTap, rate: rate, images: images)
        }
        return cost(compute: compute(images: imagesTogether), alone: compute(images: 1), start: 100)
    }

    /// Lanes are pixels of a row, the rows copied before they are read.
    func directPixels(_ stage: PixelStage) -> Cost {
        // A tile of one or two channels takes as long as its loads.
        let tail = problem.outputChannelsPerGroup % kernel.tileChannels
        let channels = Double(problem.outputChannelsPerGroup) + (tail == 1 ? 1.2 : tail == 2 ? 0.2 : 0)
        let rows: Double
        var storing = outputElements * rates.output
        if let joined = stage.joinedLength {
            rows = padded(problem.height.output * joined, kernel.lanes)
            // Once more from the buffer of the sums, and to find their place.
            storing += storing + rows / Double(kernel.lanes) * panels * 4
        } else {
            rows = Double(problem.height.output) * padded(problem.width.output, kernel.lanes)
        }
        let multiplications = Double(problem.batch) * rows * channels * Double(problem.inputChannels) * taps
        // Whole vectors of columns are brought into order for strides of 1 and 2 alone.
        let isWhole = problem.width.stride <= min(2, problem.width.kernel)
        let copied = stage.stagedFloats * Double(problem.batch * problem.groups)
        let columns = copied * (isWhole ? rates.transposedInput : 0.4) + inputElements * rates.gatheredInput
        return cost(
            compute: multiplications * rates.pixelMultiplication + storing + columns + 40 * panels, start: 150)
    }

    /// As `direct`, after each input element has been transposed once.
    var gemmChannels: Cost {
        let inputs =
            padded(problem.channelsPerGroup, Int(CK_CHANNEL_ALIGNMENT))
            * inputElements / Double(max(1, problem.channelsPerGroup))
        func compute(images: Int) -> Double {
            channelLanes(tap: rates.gemmTap, rate: rates.multiplication, images: images)
        }
        return cost(
            prepare: inputs * rates.transposedInput, compute: compute(images: imagesTogether),
            alone: compute(images: 1),
            start: 200)
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
        // A tile of one channel of one input takes as long as its loads, and the packing of it as long as that of many.
        let isSingle = problem.channelsPerGroup == 1 && problem.outputChannelsPerGroup == 1
        // And so does one of few channels that are woven.
        let isWoven = problem.channelsPerGroup == 1 && problem.weave != nil
        let single =
            isSingle
            ? inputs * (isPacked ? 1.1 : 0.18) * rates.singleInput
            : isWoven ? outputElements * 0.25 * rates.singleInput : 0
        return cost(
            compute: pixelLanes(lanes, depth: Double(problem.channelsPerGroup) * taps) + (isPacked ? packing : 0)
                + inputs * rates.gatheredInput + alone + single,
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
}
