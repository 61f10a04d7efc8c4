// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Sizes at which a loop over tiles may go wrong.
func sizes(around tile: Int) -> [Int] {
    Set([1, tile - 1, tile, tile + 1, 2 * tile + 1]).filter { $0 > 0 }.sorted()
}

extension ListedKernel {
    /// A case that the kernel computes, with so many output pixels in a row, or in a column if it transforms columns.
    func shape(width: Int, height: Int = 2, channels: Int = 5, outputChannels: Int = 3) -> KernelCase {
        var shape = KernelCase(images: 2, channels: channels, outputChannels: outputChannels)
        shape.input = Extent(height, width)
        switch algorithm {
        case CK_GEMM_PIXELS:
            break
        case CK_WINOGRAD:
            let tile = winograd
            shape.kernel = Extent(tile.rh, tile.rw)
            shape.padding = Margin(
                top: tile.rh / 2, left: tile.rw / 2, bottom: (tile.rh - 1) / 2, right: (tile.rw - 1) / 2)
            if isVertical {
                shape.input = Extent(width, height)
            }
        case CK_DEPTHWISE:
            (shape.groups, shape.channels, shape.outputChannels) = (outputChannels, 1, 1)
            (shape.kernel, shape.padding) = (Extent(3, 3), .all(1))
            adapt(&shape)
        default:
            shape.kernel = Extent(3, 3)
            shape.padding = .all(1)
        }
        return shape
    }

    /// Makes a 3 x 3 case one of a depthwise body.
    private func adapt(_ shape: inout KernelCase) {
        switch body {
        case CK_DEPTHWISE_PLANES:
            shape.input.width = max(4, shape.input.width)
        case CK_DEPTHWISE_BLOCKS:
            // A vector of columns and a block of rows, also with a stride of 2.
            shape.input = Extent(max(9, shape.input.height), max(lanes, shape.input.width))
        case CK_DEPTHWISE_WRAPS:
            (shape.dilation, shape.padding) = (Extent(2, 2), .all(2))
        case CK_DEPTHWISE_WINDOWS, CK_DEPTHWISE_CHANNELS:
            (shape.inputLayout, shape.outputLayout) = (.channelsLast, .channelsLast)
        default: break
        }
    }

    /// Widths of the output around the register tile, and around the tiles of Winograd's algorithm.
    var widths: [Int] {
        if algorithm == CK_FFT {
            let hop = Segments(shape(width: 1)).hop
            return Set(sizes(around: hop) + sizes(around: tilePixels) + [tilePixels * hop + 1]).sorted()
        }
        if tailPixels > 0 {
            let tails = Array(1...tailPixels + 1)
            return Set(sizes(around: tilePixels) + tails + tails.map { tilePixels + $0 }).sorted()
        }
        guard algorithm == CK_WINOGRAD else { return sizes(around: tilePixels) }
        let acrossTiles = sizes(around: tilePixels).map { $0 * tileOutputs }
        return Set(sizes(around: tileOutputs) + acrossTiles + [tileOutputs * tilePixels - 1]).sorted()
    }

    /// Numbers of output channels around the register tile. For a kernel that has no tile of them, around the vector.
    var outputChannelCounts: [Int] {
        // A tail of pixels takes up to eight tiles of channels together.
        sizes(around: tileChannels > 1 ? tileChannels : lanes) + (tailPixels > 0 ? [8 * tileChannels + 1] : [])
    }

    /// Numbers of input channels around the vector, around blocks that kernels make of them, and none.
    var channelCounts: [Int] {
        switch algorithm {
        case CK_DEPTHWISE: [1]
        case CK_WINOGRAD: Set(sizes(around: lanes) + [0, 2]).sorted()
        default: Set(sizes(around: lanes) + [0, 2, 31, 33, 257]).sorted()
        }
    }
}
