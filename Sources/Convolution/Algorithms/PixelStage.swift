// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The copies of input rows that CK_DIRECT_PIXELS computes from: see its description for the sizes.
struct PixelStage {
    /// The most floats of scratch that a part of the output can need, whatever its size.
    let mostCount: Int
    private let geometry: ck_geometry
    private let lanes: Int
    private let tilePixels: Int

    /// nil if one register tile alone needs more than 4 MiB, or strides and dilations are longer than the kernel counts:
    /// far beyond what pays.
    init?(_ geometry: ck_geometry, _ kernel: Kernel) {
        let steps = [
            geometry.stride_height, geometry.stride_width, geometry.dilation_height, geometry.dilation_width,
        ]
        guard steps.allSatisfy({ $0 <= 1 << 31 }) else { return nil }
        self.geometry = geometry
        lanes = kernel.lanes
        tilePixels = kernel.tilePixels
        let row = Self.rowFloats(geometry, columns: tilePixels, lanes: lanes)
        let tile = Double(geometry.channels) * (Double(geometry.kernel_height) * row + 16)
        let taps = Double(geometry.kernel_height) * Double(geometry.kernel_width)
        let most = taps + max(Double(CK_STAGE_FLOATS), tile) + 32
        guard most <= Double(1 << 20) else { return nil }
        mostCount = Int(most) / 16 * 16
    }

    /// Floats of scratch for a part of the output, a multiple of 16.
    func count(rows: Int, columns: Int) -> Int {
        let whole = Double(geometry.kernel_height * geometry.kernel_width) + floats(rows: rows, columns: columns) + 32
        return whole < Double(mostCount) ? Int(whole) / 16 * 16 : mostCount
    }

    /// The whole input of so many output rows and columns. Any extents: an image may be larger than what fits.
    private func floats(rows: Int, columns: Int) -> Double {
        Double(geometry.channels) * (inputRows(rows) * rowFloats(columns) + 16)
    }

    private func inputRows(_ rows: Int) -> Double {
        let kernel = Double(geometry.kernel_height)
        guard rows > 1 else { return kernel }
        return Double(rows - 1) * Double(geometry.stride_height)
            + (kernel - 1) * Double(geometry.dilation_height) + 1
    }

    private func rowFloats(_ columns: Int) -> Double {
        Self.rowFloats(geometry, columns: columns, lanes: lanes)
    }

    private static func rowFloats(_ geometry: ck_geometry, columns: Int, lanes: Int) -> Double {
        let stride = geometry.stride_width
        let columns = (Double(columns) / Double(lanes)).rounded(.up) * Double(lanes)
        guard geometry.kernel_width >= stride else { return Double(geometry.kernel_width) * columns }
        let reach = (Double(geometry.kernel_width - 1) * Double(geometry.dilation_width) / Double(stride)).rounded(
            .down)
        return Double(stride) * (columns + (reach / Double(lanes)).rounded(.up) * Double(lanes))
    }

    /// Places from one row to the next where narrow rows are joined, as `joined_length` of the kernel has it; else nil.
    var joinedLength: Int? {
        let (width, reach) = (geometry.out_width, (geometry.kernel_width - 1) * geometry.dilation_width)
        guard geometry.stride_width == 1, geometry.stride_height == 1, width < 2 * lanes, geometry.outputPixels >= 128,
            geometry.out_height > 1, geometry.out_pixel_stride == 1
        else { return nil }
        let behind = width + reach - geometry.in_width - geometry.pad_left
        let length = max(width, geometry.in_width + max(geometry.pad_left, behind))
        return 10 * length <= 9 * Split.units(width, lanes) * lanes ? length : nil
    }

    /// Floats that are staged for one image of a group, rows that neighbouring bands share as often as they are.
    var stagedFloats: Double {
        if let joined = joinedLength {
            return inputRows(geometry.out_height) * Double(joined) * Double(geometry.channels)
        }
        let budget = Double(CK_STAGE_FLOATS) / Double(max(1, geometry.channels)) - 16
        let kernel = Double(geometry.kernel_height)
        var columns = geometry.out_width
        while columns > tilePixels && kernel * rowFloats(columns) > budget {
            columns = max(tilePixels, columns / 2)
        }
        let row = rowFloats(columns)
        let between = (kernel - 1) * Double(geometry.dilation_height) + 1
        let outputs = min(
            Double(geometry.out_height), ((budget / row - between) / Double(geometry.stride_height)).rounded(.down) + 1)
        let rows = outputs > 1 ? (outputs - 1) * Double(geometry.stride_height) + between : kernel
        let bands = Double(geometry.out_height) / max(1, outputs) * Double(geometry.out_width) / Double(max(1, columns))
        return bands * rows * row * Double(geometry.channels)
    }
}
