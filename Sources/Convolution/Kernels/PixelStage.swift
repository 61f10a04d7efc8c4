// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The copies of input rows that CK_DIRECT_PIXELS computes from, as its estimate sees them.
struct PixelStage {
    /// The most floats of scratch that a part of the output can need, whatever its size.
    let mostCount: Int
    private let geometry: ck_geometry
    private let kernel: Kernel
    private var lanes: Int { kernel.lanes }
    private var tilePixels: Int { kernel.tilePixels }

    /// nil if one register tile alone needs more than 4 MiB, or strides and dilations are longer than the kernel counts:
    /// far beyond what pays.
    init?(_ geometry: ck_geometry, _ kernel: Kernel) {
        let steps = [
            geometry.stride_height, geometry.stride_width, geometry.dilation_height, geometry.dilation_width,
        ]
        guard steps.allSatisfy({ $0 <= 1 << 31 }) else { return nil }
        self.geometry = geometry
        self.kernel = kernel
        let everything = ck_region(images: 1, rows: .max, columns: .max)
        guard let most = try? kernel.scratchCount(geometry, everything), most <= 1 << 20 else { return nil }
        mostCount = most
    }

    private func inputRows(_ rows: Int) -> Double {
        let kernel = Double(geometry.kernel_height)
        guard rows > 1 else { return kernel }
        return Double(rows - 1) * Double(geometry.stride_height)
            + (kernel - 1) * Double(geometry.dilation_height) + 1
    }

    private func rowFloats(_ columns: Int) -> Double {
        let stride = geometry.stride_width
        let columns = (Double(columns) / Double(lanes)).rounded(.up) * Double(lanes)
        guard geometry.kernel_width >= stride else { return Double(geometry.kernel_width) * columns }
        let reach = (Double(geometry.kernel_width - 1) * Double(geometry.dilation_width) / Double(stride)).rounded(
            .down)
        return Double(stride) * (columns + (reach / Double(lanes)).rounded(.up) * Double(lanes))
    }

    /// Places from one row to the next where narrow rows are joined; else nil.
    var joinedLength: Int? {
        let length = geometry.out_height > 1 ? kernel.joinedLength(geometry) : 0
        return length > 0 ? length : nil
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
