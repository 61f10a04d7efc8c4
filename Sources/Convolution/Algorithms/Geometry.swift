// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

extension ck_geometry {
    /// The geometry of a problem on contiguous tensors in its layout.
    ///
    /// A pointwise convolution, 1 x 1 with stride 1 and no padding, has no rows: its image becomes a single one of
    /// height x width pixels, so that register tiles and tasks do not end with the image's rows.
    init(_ problem: ConvolutionProblem) {
        self.init()
        let height = problem.height
        let width = problem.width
        groups = problem.groups
        channels = problem.inputChannels / problem.groups
        out_channels = problem.outputChannels / problem.groups
        kernel_height = height.kernel
        kernel_width = width.kernel
        stride_height = height.stride
        stride_width = width.stride
        dilation_height = height.dilation
        dilation_width = width.dilation
        pad_top = height.before
        pad_left = width.before
        if problem.isPointwise {
            (in_height, in_width) = (1, height.input * width.input)
            (out_height, out_width) = (1, height.output * width.output)
        } else {
            (in_height, in_width) = (height.input, width.input)
            (out_height, out_width) = (height.output, width.output)
        }
        let input = TensorStrides(
            problem.layout, channels: problem.inputChannels, height: in_height, width: in_width)
        (in_image_stride, in_channel_stride, in_row_stride, in_pixel_stride) = (
            input.image, input.channel, input.row, input.pixel
        )
        let output = TensorStrides(
            problem.layout, channels: problem.outputChannels, height: out_height, width: out_width)
        (out_image_stride, out_channel_stride, out_row_stride, out_pixel_stride) = (
            output.image, output.channel, output.row, output.pixel
        )
    }

    /// The number of output pixels of one image.
    var outputPixels: Int { out_height * out_width }
}

extension ConvolutionProblem {
    /// Whether each output pixel depends on the one input pixel at its own place.
    var isPointwise: Bool {
        height.isPointwise && width.isPointwise
    }

    /// Whether all windows lie inside the input.
    var isUnpadded: Bool {
        height.isUnpadded && width.isUnpadded
    }

    /// Whether the kernel in pixel lanes copies what it multiplies: all but neighbours that each see one pixel.
    var hasPackedWindows: Bool { width.stride > 1 || width.kernel > 1 || height.kernel > 1 }

    /// Input channels of one group.
    var channelsPerGroup: Int { inputChannels / groups }
    /// Output channels of one group.
    var outputChannelsPerGroup: Int { outputChannels / groups }
}

extension Axis {
    var isUnpadded: Bool { before == 0 && after == 0 }
    var isPointwise: Bool { isUnpadded && kernel == 1 && stride == 1 }
}

/// The number of channels that channels-last scratch gives to a pixel or tile: see CK_CHANNEL_ALIGNMENT.
func paddedChannels(_ channels: Int) -> Int {
    let unit = Int(CK_CHANNEL_ALIGNMENT)
    return (channels + unit - 1) / unit * unit + unit
}
