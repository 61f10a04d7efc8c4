// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Two numbers, one for each axis of an image.
struct Extent: Sendable, Equatable, CustomStringConvertible {
    var height: Int
    var width: Int

    init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    var description: String { "\(height)x\(width)" }
}

/// Zeros around an image.
struct Margin: Sendable, Equatable, CustomStringConvertible {
    var top = 0
    var left = 0
    var bottom = 0
    var right = 0

    static func all(_ margin: Int) -> Margin { Margin(top: margin, left: margin, bottom: margin, right: margin) }

    var description: String { "\(top),\(left),\(bottom),\(right)" }
}

/// The order of a tensor's elements in memory.
enum Layout: Sendable, CaseIterable {
    /// NCHW, one element after the other.
    case channelsFirst
    /// NCHW with rows, planes and images an odd number of elements apart.
    case channelsFirstWithGaps
    /// NHWC, one element after the other.
    case channelsLast
    /// NHWC with pixels, rows and images apart.
    case channelsLastWithGaps
    /// NHCW: a row of every channel, then the next row.
    case rowsFirst
    /// No two elements are neighbours.
    case apart

    /// The strides of a tensor of so many channels and this size.
    func strides(channels: Int, _ size: Extent) -> Strides {
        switch self {
        case .channelsFirst:
            let plane = size.height * size.width
            return Strides(image: channels * plane, channel: plane, row: size.width, pixel: 1)
        case .channelsFirstWithGaps:
            let row = size.width + 3
            let plane = size.height * row + 5
            return Strides(image: channels * plane + 7, channel: plane, row: row, pixel: 1)
        case .channelsLast:
            let row = size.width * channels
            return Strides(image: size.height * row, channel: 1, row: row, pixel: channels)
        case .channelsLastWithGaps:
            let row = size.width * (channels + 3) + 5
            return Strides(image: size.height * row + 7, channel: 1, row: row, pixel: channels + 3)
        case .rowsFirst:
            let row = channels * (size.width + 1) + 3
            return Strides(image: size.height * row, channel: size.width + 1, row: row, pixel: 1)
        case .apart:
            let row = 2 * size.width + 3
            let plane = size.height * row + 2
            return Strides(image: channels * plane, channel: plane, row: row, pixel: 2)
        }
    }
}

/// Elements from one image, channel, row and pixel to the next.
struct Strides: Sendable {
    var image: Int
    var channel: Int
    var row: Int
    var pixel: Int

    func offset(_ image: Int, _ channel: Int, _ row: Int, _ pixel: Int) -> Int {
        image * self.image + channel * self.channel + row * self.row + pixel * self.pixel
    }
}

/// A convolution for a kernel to compute. Channels are those of one group.
struct KernelCase: Sendable, CustomStringConvertible {
    var images = 1
    var groups = 1
    var channels = 1
    var outputChannels = 1
    var input = Extent(1, 1)
    var kernel = Extent(1, 1)
    var stride = Extent(1, 1)
    var dilation = Extent(1, 1)
    var padding = Margin()
    var inputLayout = Layout.channelsFirst
    var outputLayout = Layout.channelsFirst
    /// Taps along the depth that are input channels, those of the first before those of the second.
    var depthTaps = 1
    /// Whether the channels of these lie within one another in memory, and not one behind the other.
    var isDepthInnermost = false
    /// The points of an FFT kernel's transforms.
    var transformPoints = 32
    var hasBias = false
    var hasResidual = false
    /// NaN passes, everything else ends up between the two.
    var activation = KernelActivation.none

    var output: Extent {
        Extent(
            (input.height + padding.top + padding.bottom - dilation.height * (kernel.height - 1) - 1) / stride.height
                + 1,
            (input.width + padding.left + padding.right - dilation.width * (kernel.width - 1) - 1) / stride.width + 1)
    }
    var inputStrides: Strides { inputLayout.strides(channels: groups * channels, input) }
    var outputStrides: Strides { outputLayout.strides(channels: groups * outputChannels, output) }
    /// Elements from the first to the last of the input, both included.
    var inputCount: Int {
        channels == 0
            ? 0 : inputStrides.offset(images - 1, groups * channels - 1, input.height - 1, input.width - 1) + 1
    }
    /// Which channel of the memory an input channel is.
    func place(ofInputChannel channel: Int) -> Int {
        let depthChannels = channels / depthTaps
        return isDepthInnermost ? channel % depthChannels * depthTaps + channel / depthChannels : channel
    }
    var outputCount: Int {
        outputStrides.offset(images - 1, groups * outputChannels - 1, output.height - 1, output.width - 1) + 1
    }
    var weightCount: Int { groups * outputChannels * channels * kernel.height * kernel.width }

    /// Two images of depthwise planes with a square kernel, padded so that some have a tap less behind than before, some
    /// with a bias.
    static func depthwise(
        groups: Int, multiplier: Int = 1, kernel: Int, stride: Int, output: Extent
    ) -> KernelCase {
        var shape = KernelCase(images: 2, channels: 1, outputChannels: multiplier)
        shape.groups = groups
        shape.kernel = Extent(kernel, kernel)
        shape.stride = Extent(stride, stride)
        let before = kernel / 2, after = kernel / 2 - (output.height + output.width) % 2
        shape.padding = Margin(top: before, left: before, bottom: after, right: after)
        func input(_ outputs: Int) -> Int { max(1, (outputs - 1) * stride + kernel - before - after) }
        shape.input = Extent(input(output.height), input(output.width))
        shape.hasBias = output.width % 2 == 1
        return shape
    }

    /// Whether an algorithm can compute the case.
    func isFor(_ listed: ListedKernel) -> Bool {
        switch listed.algorithm {
        case CK_GEMM_PIXELS:
            return padding == Margin()
                && (kernel == Extent(1, 1) || inputLayout == .channelsFirst && outputLayout == .channelsFirst)
        case CK_DEPTHWISE:
            return channels == 1
                && listed.applies(to: geometry)
        case CK_WINOGRAD:
            let tile = listed.winograd
            return isFor(tile.rh, kernel.height, stride.height, dilation.height)
                && isFor(tile.rw, kernel.width, stride.width, dilation.width)
        case CK_FFT:
            return stride.height == 1
                && (dilation.width == 1 || kernel.width == 1
                    || stride.width == 1 && dilation.width <= Int(CK_FFT_MAX_DILATION))
                && (kernel.height == 1 || 4 * kernel.width <= 3 * transformPoints * stride.width)
        default: return true
        }
    }

    /// Whether a Winograd tile of so many taps is for an axis.
    private func isFor(_ taps: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Bool {
        guard taps > 1 else { return kernel == 1 && stride == 1 }
        return (stride == 1 || dilation == 1) && (kernel + stride - 1) / stride == taps
    }

    var geometry: ck_geometry {
        let from = inputStrides
        let to = outputStrides
        return ck_geometry(
            groups: groups, channels: channels, out_channels: outputChannels,
            in_height: input.height, in_width: input.width, out_height: output.height, out_width: output.width,
            kernel_height: kernel.height, kernel_width: kernel.width,
            stride_height: stride.height, stride_width: stride.width,
            dilation_height: dilation.height, dilation_width: dilation.width,
            pad_top: padding.top, pad_left: padding.left,
            in_image_stride: from.image, in_channel_stride: isDepthInnermost ? depthTaps * from.channel : from.channel,
            in_row_stride: from.row,
            in_pixel_stride: from.pixel,
            out_image_stride: to.image, out_channel_stride: to.channel, out_row_stride: to.row,
            out_pixel_stride: to.pixel, depth_channels: channels / depthTaps,
            in_depth_stride: isDepthInnermost ? from.channel : channels / depthTaps * from.channel,
            fft_points: transformPoints, out_column_phases: 1, out_row_phases: 1, out_phase_stride: 0,
            out_column_shift: 0, out_columns: 0)
    }

    var description: String {
        "\(images) x \(groups * channels) x \(input) \(inputLayout) to \(groups * outputChannels) x \(output) "
            + "\(outputLayout), kernel \(kernel), stride \(stride), dilation \(dilation), padding \(padding), "
            + "groups \(groups), bias \(hasBias), residual \(hasResidual), \(activation)"
    }
}

/// An activation as a task carries it, and as its definition has it.
enum KernelActivation: Sendable, Equatable, CaseIterable {
    case none
    case clamp
    case leakyReLU
    case silu
    case gelu
    case hardSwish

    var parameters: (kind: ck_activation, low: Float, high: Float) {
        switch self {
        case .none: (CK_ACTIVATION_CLAMP, -.infinity, .infinity)
        case .clamp: (CK_ACTIVATION_CLAMP, -7, 9)
        case .leakyReLU: (CK_ACTIVATION_LEAKY_RELU, 0.25, 0)
        case .silu: (CK_ACTIVATION_SILU, 0, 0)
        case .gelu: (CK_ACTIVATION_GELU, 0, 0)
        case .hardSwish: (CK_ACTIVATION_HARD_SWISH, 0.125, -0.25)
        }
    }
}
