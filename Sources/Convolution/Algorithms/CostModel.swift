// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// What one run costs in nanoseconds, by a small model: the multiplications at the rate that the kernel reaches on full
/// register tiles, the lanes of partial tiles, and the elements that are rearranged or pass through memory.
///
/// The model only ranks algorithms against one another. Its rates were measured side by side on one processor; on a
/// faster or slower one they move together.
struct CostModel {
    private let problem: ConvolutionProblem
    private let kernel: Kernel
    private let threads: Double

    init(_ problem: ConvolutionProblem, _ kernel: Kernel, threads: Int) {
        self.problem = problem
        self.kernel = kernel
        self.threads = Double(threads)
    }

    /// Multiplications a nanosecond and thread at full register tiles: about the peak of a 3.7 GHz core that starts two
    /// 8-lane (or one 16-lane) fused multiply-adds a cycle; plain C reaches what its four lanes allow.
    private var peak: Double { kernel.instructionSet == .scalar ? 6 : 58 }

    // MARK: Sizes

    private var outputPixels: Double { Double(problem.batch * problem.height.output * problem.width.output) }
    private var inputElements: Double {
        Double(problem.batch * problem.inputChannels) * Double(problem.height.input * problem.width.input)
    }
    private var outputElements: Double { outputPixels * Double(problem.outputChannels) }
    private var taps: Double { Double(problem.height.kernel * problem.width.kernel) }

    /// The share of the taps that fall on the input and not on its padding.
    private var tapShare: Double { problem.height.tapShare * problem.width.tapShare }

    /// How much larger `count` becomes when it is rounded up to whole units.
    private func padding(_ count: Int, _ unit: Int) -> Double {
        Double((count + unit - 1) / unit * unit) / Double(max(1, count))
    }

    // MARK: Algorithms

    /// Lanes are output channels. Sums over few inputs are dominated by the transposed store.
    var direct: Double {
        let multiplications =
            outputElements * Double(problem.channelsPerGroup) * taps * tapShare
            * padding(problem.outputChannelsPerGroup, kernel.lanes)
        return (multiplications / (0.92 * peak) + outputElements * 0.10) / threads + 300
    }

    /// As `direct`, after each input element has been transposed once.
    var gemmChannels: Double {
        let multiplications =
            outputElements * Double(problem.channelsPerGroup) * taps * tapShare
            * padding(problem.outputChannelsPerGroup, kernel.lanes)
        return (multiplications / (0.95 * peak) + outputElements * 0.10 + inputElements * 0.12) / threads + 600
    }

    /// Lanes are pixels, channels are never padded.
    var gemmPixels: Double {
        let pixels = problem.height.output * problem.width.output
        let multiplications =
            outputElements * Double(problem.channelsPerGroup) * padding(pixels, kernel.lanes)
        return (multiplications / (0.94 * peak) + outputElements * 0.04) / threads + 300
    }

    /// As `gemmPixels`, after the pixels that a stride picks have been copied once.
    var gemmPickedPixels: Double {
        gemmPixels + outputPixels * Double(problem.inputChannels) * 0.12 / threads + 600
    }

    var im2col: Double {
        let matrix = outputPixels * Double(problem.inputChannels) * taps
        let multiplications = outputElements * Double(problem.channelsPerGroup) * taps
        return (multiplications / (0.85 * peak) + matrix * 0.5 + outputElements * 0.04) / threads + 1000
    }

    /// Bound by loads and by memory rather than by multiplications.
    var depthwise: Double {
        let lanes = padding(problem.width.output, kernel.lanes)
        let rate = problem.width.stride == 1 ? 0.75 * peak : 0.4 * peak
        return (outputElements * taps * lanes / rate + (inputElements + outputElements) * 0.03) / threads + 300
    }

    /// Transform of every tile of the input, a product for each point, transform of every tile of the output.
    var winograd: Double {
        let shape = kernel.winogradShape
        let tiles =
            Double(problem.batch)
            * Double(problem.height.winogradTiles(problem.height.output, outputs: shape.height.outputs))
            * Double(problem.width.winogradTiles(problem.width.output, outputs: shape.width.outputs))
        let channels = Double(problem.channelsPerGroup)
        let outputs = Double(problem.outputChannels) * padding(problem.outputChannelsPerGroup, kernel.lanes)
        // The points, times the phases that each of them multiplies.
        let points = Double(
            problem.height.winogradProducts(shape.height) * problem.width.winogradProducts(shape.width))
        let products = tiles * points * channels * outputs / (0.88 * peak)
        let phases = Double(problem.height.stride * problem.width.stride)
        let transforms =
            tiles * Double(shape.points) * (phases * Double(problem.inputChannels) + outputs) * 0.12
        // The transformed weights pass once through the core for each block of tiles; from memory if they are large.
        let weights = points * channels * outputs * (points * channels * outputs > 4e6 ? 0.15 : 0.03)
        return (products + transforms + weights) / threads + 1000
    }

    /// Transform of every segment of the input, a complex product for each bin, transform of every segment of the
    /// output.
    ///
    /// - Parameter size: The transform. The output is taken to be at least as long as the kernel, since the packed
    ///   weights serve longer inputs as well.
    func fft(_ size: TransformSize) -> Double {
        let lines = Double(problem.batch * problem.height.output)
        let inputLines = Double(problem.batch * size.lines(problem.height.output))
        let columns = max(problem.width.output, problem.width.kernel / problem.width.stride)
        let segments = Double((columns + size.hop - 1) / size.hop)
        let points = Double(size.points)
        // Nanoseconds a point; more where the rows in transformation leave the first-level cache.
        let bytes = size.points * kernel.lanes * MemoryLayout<Float>.stride
        let rate =
            (kernel.lanes == 16 ? 1 : kernel.lanes == 8 ? 1.4 : 6)
            * (bytes > 32 << 10 ? 1.9 : 1) * (bytes > 64 << 10 ? 1.4 : 1)
        let digits = Double(Int.bitWidth - size.points.leadingZeroBitCount)
        let transform = points * (0.03 * digits + 0.35) * rate
        let inputs = inputLines * (segments + Double(size.parts - 1)) * Double(size.planes * problem.groups)
        // Lanes without a row: rows of different groups are never side by side.
        let run = max(1, size.parts == 1 ? lines * segments : segments)
        let lanes = Double(kernel.lanes)
        let lanePadding = size.isChannelLanes ? 1 : (run / lanes).rounded(.up) * lanes / run
        let outputs = lines * segments * Double(size.packedChannels * problem.groups) * lanePadding
        let depth = Double(size.planes * size.kernelRows * size.parts * size.bins)
        let products = outputs * depth * 4 / (0.8 * peak)
        let spectra = depth * Double(2 * size.packedChannels * problem.groups)
        let weights = spectra * (spectra > 1e6 ? 0.2 : 0.03)
        return (max(products, weights) + (inputs * lanePadding + outputs) * transform) / threads * 1.25 + 3000
    }
}

extension Axis {
    /// The share of `output * kernel` taps that fall on the input, by counting the outputs that each tap serves.
    var tapShare: Double {
        guard before > 0 || after > 0 else { return 1 }
        var hits = 0
        for tap in 0..<kernel {
            let offset = tap * dilation - before
            // 0 <= o * stride + offset < input
            let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
            let last = input - 1 - offset < 0 ? -1 : (input - 1 - offset) / stride
            hits += max(0, min(last, output - 1) - first + 1)
        }
        return Double(hits) / Double(max(1, output * kernel))
    }
}
