// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension ck_geometry {
    /// The geometry of a problem.
    init(_ problem: KernelProblem) {
        self.init()
        let height = problem.height
        let width = problem.width
        groups = problem.groups
        channels = problem.channelsPerGroup
        out_channels = problem.outputChannelsPerGroup
        kernel_height = height.kernel
        kernel_width = width.kernel
        stride_height = height.stride
        stride_width = width.stride
        dilation_height = height.dilation
        dilation_width = width.dilation
        pad_top = height.before
        pad_left = width.before
        (in_height, in_width) = (height.input, width.input)
        (out_height, out_width) = (height.output, width.output)
        (in_image_stride, in_channel_stride, in_row_stride, in_pixel_stride) = (
            problem.input.image, problem.input.channel, problem.input.row, problem.input.pixel
        )
        (out_image_stride, out_channel_stride, out_row_stride, out_pixel_stride) = (
            problem.output.image, problem.output.channel, problem.output.row, problem.output.pixel
        )
        if problem.isInterleaved {
            // Until it is known how much is computed at once. Where rows may be cut none ends where the next one begins: a
            // kernel that needs that is not to be chosen.
            (out_pixel_stride, out_row_stride) = (1, problem.hasNarrowStage ? width.output : width.output + 1)
            out_channel_stride = height.output * out_row_stride
            out_image_stride = problem.outputChannels * out_channel_stride
        }
        if let weave = problem.weave {
            (out_column_phases, out_row_phases) = (weave.columnPhases, problem.phases / weave.columnPhases)
            (out_phase_stride, out_column_shift, out_columns) = (weave.phaseStride, weave.shift, weave.columns)
        }
        depth_channels = channels / problem.depthTaps
        in_depth_stride = problem.depthStride
    }

    /// That of a convolution by transforms of so many points.
    init(_ problem: KernelProblem, fftPoints points: Int) {
        self.init(problem)
        fft_points = points
    }

    /// The number of output pixels of one image.
    var outputPixels: Int { out_height * out_width }
}

extension Axis {
    /// Outputs at both ends whose windows reach over the input's edges, counted where they have different taps.
    var edgeOutputs: Int {
        // In floating point: a stride and a dilation may be as large as they like if they reach no other element.
        let step = Double(stride) * Double(dilation)
        let beyond = (output - 1) * stride + (kernel - 1) * dilation - before - (input - 1)
        let edges = (Double(before) / step).rounded(.up) + (Double(max(0, beyond)) / step).rounded(.up)
        return Int(min(Double(output), edges))
    }

    /// The share of `output * kernel` taps that fall on the input, by counting the outputs that each tap serves.
    var tapShare: Double {
        guard before > 0 || after > 0 else { return 1 }
        // Of many taps a sample.
        let step = kernel / 64 + 1
        var (hits, taps) = (0, 0)
        for tap in Swift.stride(from: 0, to: kernel, by: step) {
            taps += 1
            let offset = tap * dilation - before
            // 0 <= o * stride + offset < input
            let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
            let last = input - 1 - offset < 0 ? -1 : (input - 1 - offset) / stride
            hits += max(0, min(last, output - 1) - first + 1)
        }
        return Double(hits) / Double(max(1, output * taps))
    }
}

extension ck_region {
    /// The first images, rows and columns of the output.
    init(images: Int, rows: Int, columns: Int) {
        self.init(
            images: ck_range(begin: 0, end: images), rows: ck_range(begin: 0, end: rows),
            columns: ck_range(begin: 0, end: columns))
    }
}
