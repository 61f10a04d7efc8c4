// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A transform of so many points on one problem, as CK_FFT has it.
struct TransformSize {
    /// 2^a and 3 * 2^a.
    static let allPoints: [Int] = {
        (0...20).flatMap { [1 << $0, 3 << $0] }
            .filter { $0 >= Int(CK_FFT_MIN_POINTS) && $0 <= Int(CK_FFT_MAX_POINTS) && $0 % 16 == 0 }.sorted()
    }()

    let points: Int
    /// Output pixels of a segment.
    let hop: Int
    /// The dilation along the row: pixels of a segment are that far apart.
    let dilation: Int
    /// Segments of a span: as many as the dilation, or as the output has columns.
    let residues: Int
    /// Parts that each kernel is cut into.
    let parts: Int
    /// Input channels times phases of the stride.
    let components: Int
    /// Output channels of a group as they are packed.
    let packedChannels: Int
    /// Whether lanes are output channels.
    let isChannelLanes: Bool
    /// What is broadcast to the lanes of the products together: segments in channel lanes, else output channels.
    let rows: Int
    /// Rows of the kernel.
    let kernelRows: Int

    private let rowDilation: Int

    var bins: Int { points / 2 + 1 }

    init(_ problem: KernelProblem, _ kernel: Kernel, points: Int) {
        let cut = kernel.fftCut(ck_geometry(problem, fftPoints: points))
        self.points = points
        (hop, parts) = (cut.hop, cut.parts)
        (dilation, residues) = (cut.dilation, cut.residues)
        components = cut.components
        (packedChannels, rows) = (cut.packed_channels, cut.rows)
        isChannelLanes = cut.channel_lanes != 0
        kernelRows = problem.height.kernel
        rowDilation = problem.height.dilation
    }

    /// Rows of the input that are transformed for so many rows of output.
    func lines(_ rows: Int) -> Int { rows + (kernelRows - 1) * rowDilation }

    /// Rows of output worth transforming the rows around them.
    var leastRows: Int { 2 * min(lines(1), 1 << 30) - 1 }

    /// Segments that are transformed for so many columns of output.
    func segments(_ columns: Int) -> Int { outputSegments(columns) + (parts - 1) * min(dilation, max(1, columns)) }

    /// Segments that so many columns of output are cut into: whole spans.
    func outputSegments(_ columns: Int) -> Int {
        Split.units(columns, hop * dilation) * min(dilation, max(1, columns))
    }

    /// So many threads can share the work of an image without repeating much of it: they take panels of output channels,
    /// or segments, of which fewer than half a register tile take as long. Where segments are lanes, any size will do.
    func pieces(_ problem: KernelProblem, _ kernel: Kernel) -> Double {
        guard isChannelLanes else { return .infinity }
        let segments = Double(problem.height.output) * Double(outputSegments(problem.width.output))
        let panels = Double(problem.groups * Split.units(packedChannels, kernel.lanes))
        return panels * max(1, segments / (Double(kernel.tilePixels) / 2))
    }

    /// How long the transforms of the input take, as a share of the products and the transforms of the output: as about
    /// 60 multiplications a point and plane, where the output's, which are not scattered over the bins, take some 20.
    var prepareShare: Double {
        let products = 2 * Double(components * kernelRows * parts)
        return 60 * Double(components) / (Double(max(1, packedChannels)) * (products + 20))
    }
}
