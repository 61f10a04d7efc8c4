// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The kernel for single outputs of a depthwise stream. A plane is a bad place to compute one output in: its lanes are
/// idle. The windows of all channels are brought side by side, and channels are lanes.
struct StreamFrames: Sendable {
    let kernel: Kernel
    /// Of one window, its taps side by side.
    let geometry: ck_geometry

    /// nil where the kernel of the stream is not depthwise, or there is no such kernel for its weights.
    init?(_ other: Kernel, _ geometry: ck_geometry, _ problem: ConvolutionProblem, _ instructionSet: InstructionSet) {
        guard other.algorithm == CK_DEPTHWISE, let kernel = Kernel.depthwise(CK_DEPTHWISE_CHANNELS, instructionSet)
        else { return nil }
        var window = geometry
        (window.stride_width, window.dilation_width, window.out_width) = (1, 1, 1)
        (window.in_channel_stride, window.in_pixel_stride) = (1, problem.inputChannels)
        (window.out_channel_stride, window.out_pixel_stride) = (1, problem.outputChannels)
        guard kernel.applies(to: window) else { return nil }
        self.kernel = kernel
        self.geometry = window
    }

    func scratchCount() throws(ConvolutionError) -> Int {
        try kernel.scratchCount(geometry, ck_region(images: 1, rows: 1, columns: 1))
    }
}
