// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension CostModel {
    /// One filter of one plane for each output channel: bound by loads and by memory rather than by multiplications.
    var depthwise: Double { depthwiseWork / threads + 110 }

    /// What it takes one thread.
    var depthwiseWork: Double {
        if problem.weave != nil {
            let rows = Double(problem.batch * problem.outputChannels) * Double(problem.height.output)
            let columns = Double(problem.width.output) + Double(kernel.lanes) / Double(problem.phases)
            return rows * columns * (rates.wovenOutput + taps * rates.wovenTap)
        }
        if problem.layout == .channelsLast { return outputElements * lastDepthwiseOutput }
        if kernel.depthwiseBody.isAlongRows {
            let rows = Double(problem.batch * problem.outputChannels) * Double(problem.height.output)
            let multiplications = rows * padded(problem.width.output, kernel.lanes) * taps
            let rate = problem.width.stride == 1 ? rates.depthwise : rates.depthwiseStrided
            return multiplications * rate + rows * rates.depthwiseRow
        }
        // Weights and their taps are brought into order for each image.
        let filters = Double(problem.batch * problem.outputChannels) * (5 + 0.2 * taps) * rates.depthwiseInput
        return outputElements * min(depthwiseLaneOutput, depthwiseTileOutput) + filters
    }

    /// Rows and columns of the input that are read for an output: those between the taps of neighbouring outputs are not.
    private var depthwiseInputs: (rows: Double, columns: Double) {
        func read(_ axis: Axis) -> Double {
            Double(min(axis.stride, axis.dilatedKernel))
        }
        return (read(problem.height), read(problem.width))
    }

    /// An output in channel lanes: its multiplications, its inputs transposed, and the parts of cache lines that it reads.
    /// Filters of one plane share these. Rows of less than four columns are brought into lanes one by one.
    private var depthwiseLaneOutput: Double {
        guard problem.inputChannels >= kernel.lanes else { return .infinity }
        let read = depthwiseInputs
        let touched = read.rows * Double(min(problem.width.stride, 16))
        let inputs =
            problem.width.input < 4
            ? read.rows * 1.2 : read.rows * max(4, read.columns) * 0.05 + touched * 0.06
        return taps * rates.depthwiseLane + 0.06
            + inputs / Double(problem.outputChannelsPerGroup) * rates.depthwiseInput
    }

    /// An output in tiles of pixels, whose inputs are brought apart by their residue modulo the stride.
    private var depthwiseTileOutput: Double {
        let lanes = padded(problem.width.output, kernel.lanes) / Double(max(1, problem.width.output))
        let read = depthwiseInputs
        let staged = problem.width.stride == 1 ? 0.15 : read.rows * read.columns * 0.25
        // Tiles of one row load their weights for some vectors of it, those of several rows for each.
        let rate = rates.depthwise * (problem.height.output == 1 ? 0.9 : 1.1)
        return (taps * rate + staged * rates.depthwiseInput) * lanes
    }

    /// An output where the channels are lanes in the tensors.
    private var lastDepthwiseOutput: Double {
        let read = depthwiseInputs
        let filters = problem.outputChannelsPerGroup > 1 ? 0.1 : 0
        return taps * rates.depthwiseLane + (0.1 + filters + read.rows * read.columns * 0.06) * rates.depthwiseInput
    }
}

extension ck_depthwise_body {
    /// Whether vectors are pixels of a row, whatever the channels, or planes that any channels may fill: such work may be
    /// cut at any channel.
    var isAlongRows: Bool {
        self == CK_DEPTHWISE_PLANES || self == CK_DEPTHWISE_BLOCKS || self == CK_DEPTHWISE_WRAPS
            || self == CK_DEPTHWISE_STRIPS
    }
}
