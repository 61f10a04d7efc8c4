// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Which of the depthwise kernels computes a geometry: the first of an order that can, and that pays. What pays depends on
/// the geometry alone, so bits do not depend on how the work is cut. CKernels/depthwise/README.md has the reasons.
struct DepthwiseChoice {
    private let instructionSet: InstructionSet
    private let rules: Rules

    init(_ instructionSet: InstructionSet) {
        self.instructionSet = instructionSet
        rules =
            switch instructionSet.storage {
            case .scalar: .scalar
            case .avx2: .avx2
            case .avx512: .avx512
            }
    }

    /// The kernel with a body that every instruction set has.
    func required(_ body: ck_depthwise_body) -> Kernel {
        guard let kernel = Kernel.depthwise(body, instructionSet) else {
            preconditionFailure("kernel_list.h has no \(body) kernel for \(instructionSet)")
        }
        return kernel
    }

    /// The kernel for a geometry.
    ///
    /// - Parameter inOrder: Whether the taps of a row must be added one after the other.
    func kernel(_ geometry: ck_geometry, inOrder: Bool = false) -> Kernel {
        guard geometry.out_height > 0, geometry.out_width > 0, geometry.groups > 0, geometry.out_channels > 0 else {
            // Nothing is computed.
            return required(CK_DEPTHWISE_ELEMENTS)
        }
        if geometry.out_column_phases > 1 {
            // There is no other, and no problem has this form if there is not this one (`weaves`).
            return required(CK_DEPTHWISE_PHASES)
        }
        guard geometry.in_pixel_stride == 1, geometry.out_pixel_stride == 1 else { return inChannels(geometry) }
        return inOrder && chainsTaps(geometry) ? required(CK_DEPTHWISE_LINES) : inRows(geometry)
    }

    /// Whether tiles and lanes add taps that several vectors share before those between them: where a vector's tap reads
    /// what an earlier tap of the vector after it does.
    private func chainsTaps(_ geometry: ck_geometry) -> Bool {
        let (apart, rest) = (required(CK_DEPTHWISE_LINES).lanes * geometry.stride_width).quotientAndRemainder(
            dividingBy: geometry.dilation_width)
        return rest == 0 && apart > 1 && apart < geometry.kernel_width
    }

    /// Whether there is a kernel that weaves phases of a stride as the geometry says, in less time than it takes to
    /// compute them one after the other and then to interleave them.
    func weaves(_ geometry: ck_geometry) -> Bool {
        guard let kernel = applying(CK_DEPTHWISE_PHASES, geometry) else { return false }
        // Where vectors begin with different phases each loads weights of its own; and few loops are as fast as strips.
        let most = kernel.lanes % geometry.out_column_phases == 0 ? 4 : 2
        return geometry.kernel_width <= most && (geometry.kernel_height, geometry.kernel_width) != (3, 3)
    }

    private func applying(_ body: ck_depthwise_body, _ geometry: ck_geometry) -> Kernel? {
        Kernel.depthwise(body, instructionSet).flatMap { $0.applies(to: geometry) ? $0 : nil }
    }

    /// Where the pixels of a row are neighbours.
    private func inRows(_ geometry: ck_geometry) -> Kernel {
        if let planes = applying(CK_DEPTHWISE_PLANES, geometry), rules.takesPlanes(geometry, planes) {
            // Strips compute what fills no vector, in the order of planes, which is not that of blocks.
            return geometry.groups >= planes.lanes ? planes : required(CK_DEPTHWISE_STRIPS)
        }
        for body in [CK_DEPTHWISE_BLOCKS, CK_DEPTHWISE_WRAPS, CK_DEPTHWISE_STRIPS] {
            if let kernel = applying(body, geometry) { return kernel }
        }
        let columns = rules.takesColumns(geometry) ? applying(CK_DEPTHWISE_COLUMNS, geometry) : nil
        guard let tiles = columns ?? applying(CK_DEPTHWISE_ROWS, geometry) else {
            return required(CK_DEPTHWISE_LINES)
        }
        let inLanes = columns == nil ? CK_DEPTHWISE_ROW_LANES : CK_DEPTHWISE_COLUMN_LANES
        if geometry.groups >= tiles.lanes, let lanes = applying(inLanes, geometry),
            rules.takesLanes(geometry, lanes, tiles)
        {
            return lanes
        }
        return tiles
    }

    /// Where they are apart, channels being neighbours if the tensors are NHWC.
    private func inChannels(_ geometry: ck_geometry) -> Kernel {
        if let windows = applying(CK_DEPTHWISE_WINDOWS, geometry), rules.takesWindows(geometry, windows) {
            return windows
        }
        return applying(CK_DEPTHWISE_CHANNELS, geometry) ?? required(CK_DEPTHWISE_ELEMENTS)
    }
}

extension DepthwiseChoice {
    /// What pays, as measured on processors with the instruction set.
    struct Rules {
        /// Columns of output of planes: of kernels of 3, 5 and 7 taps with stride 1, and of 3 and 5 with stride 2.
        var planes: [(taps: Int, stride: Int, columns: [ClosedRange<Int>])] = []
        /// Whether planes of a multiple of 4 KiB do not pay: vectors of 16 channels then read more lines of one set of the
        /// first-level cache than its eight ways hold.
        var avoidsAliasedPlanes = false
        /// What a multiplication takes by tiles and by lanes, in a unit of their own.
        var tileTap: Int
        var laneTap: Int
        /// Without a stride along the rows: the columns of output and the taps for which lanes pay.
        var lanes: [(columns: ClosedRange<Int>, taps: ClosedRange<Int>)]
        /// Whether they then pay only for kernels of more columns than one.
        var lanesNeedColumns = true
        /// And for some rows of so many columns of a kernel of one row, which tiles load anew for each of its taps.
        var lanesOfRowKernels: Int = .max

        /// What takes time beside the multiplications, in the same unit: a pixel brought into lanes, one moved there, one
        /// stored from there, and four columns brought apart into phases, or two.
        private static let (gather, move, store, four, pair) = (70.0, 35.0, 60, 400.0, 250.0)

        static let avx512 = Rules(
            planes: [
                (3, 1, [1...9]), (5, 1, [1...14, 17...20]), (7, 1, [1...30]), (3, 2, [1...7]),
                (5, 2, [1...10, 17...20]),
            ],
            avoidsAliasedPlanes: true, tileTap: 20, laneTap: 29, lanes: [(1...10, 1...Int.max), (17...20, 1...100)],
            lanesOfRowKernels: 7)
        static let avx2 = Rules(
            planes: [
                (3, 1, [1...7]), (5, 1, [1...14, 17...22]), (7, 1, [1...28]), (3, 2, [1...7, 9...10]),
                (5, 2, [1...14, 17...19]),
            ],
            tileTap: 23, laneTap: 30, lanes: [(1...10, 1...Int.max), (1...20, 7...Int.max)])
        static let scalar = Rules(
            tileTap: 21, laneTap: 30, lanes: [(1...Int.max, 2...Int.max)], lanesNeedColumns: false)

        /// Whether planes take less time than strips or blocks.
        func takesPlanes(_ geometry: ck_geometry, _ planes: Kernel) -> Bool {
            // Few taps do not pay for rows that are brought into lanes twice.
            let inLanes = planes.depthwiseWork(geometry).copied
            if geometry.kernel_width == 3 && inLanes < Double(geometry.in_height * geometry.in_width) { return false }
            if avoidsAliasedPlanes && geometry.in_channel_stride % 1024 == 0 { return false }
            let rule = self.planes.first { $0.taps == geometry.kernel_width && $0.stride == geometry.stride_width }
            return rule?.columns.contains { $0.contains(geometry.out_width) } ?? false
        }

        /// Whether rows of output are so few or so long that tiles lie along them. Each of some short rows would be copied,
        /// and be a small tile; measured with 3 to 31 taps.
        func takesColumns(_ geometry: ck_geometry) -> Bool {
            if geometry.out_height == 1 { return true }
            let rows = 256 * min(geometry.out_height, 8)
            let longest = rows / geometry.kernel_width / geometry.stride_width / geometry.stride_width
            return geometry.kernel_height == 1 && geometry.out_width >= longest
        }

        /// Whether lanes take less time than tiles. Beside a stride of 1 along the rows tiles copy nothing, and what they
        /// lose is the rest of vectors and the masks at either end of a row.
        func takesLanes(_ geometry: ck_geometry, _ lanes: Kernel, _ tiles: Kernel) -> Bool {
            let (height, width) = (geometry.kernel_height, geometry.kernel_width)
            let (taps, columns) = (height * width, geometry.out_width)
            if geometry.stride_width == 1 {
                if geometry.stride_height > 2 { return true }
                if lanesNeedColumns && width == 1 { return false }
                return self.lanes.contains { $0.columns.contains(columns) && $0.taps.contains(taps) }
                    || (height == 1 && width >= lanesOfRowKernels && geometry.out_height > 1)
            }
            let (inLanes, inTiles) = (lanes.depthwiseWork(geometry), tiles.depthwiseWork(geometry))
            let lane =
                Double(taps * laneTap + Self.store)
                + (inLanes.copied * Self.gather + inLanes.moved * Self.move) / inLanes.outputs
            let padded = Double(Split.units(columns, tiles.lanes) * tiles.lanes)
            let tile =
                Double(taps * tileTap) * padded / Double(columns)
                + (inTiles.fours * Self.four + inTiles.pairs * Self.pair) / inTiles.outputs
            return lane < tile
        }

        /// Whether copies of windows pay where channels are last: a pixel at an edge takes some five times as long as others
        /// if it is computed by itself, if also without its taps in the padding, about a quarter of them. Channels with
        /// several filters are brought into place on the way.
        func takesWindows(_ geometry: ck_geometry, _ windows: Kernel) -> Bool {
            if geometry.out_channels > 1 { return true }
            let (width, stride) = (geometry.out_width, geometry.stride_width)
            let reach = (geometry.kernel_width - 1) * geometry.dilation_width
            let room = geometry.in_width - reach - 1 + geometry.pad_left
            let first = min(width, Split.units(geometry.pad_left, stride))
            let end = room < 0 ? 0 : min(width, room / stride + 1)
            let edges = Double(width - max(0, end - first))
            let inside = min(geometry.kernel_width, Split.units(geometry.in_width, geometry.dilation_width))
            let saved = Double((15 * inside / 4 - geometry.kernel_width) * geometry.kernel_height) * edges
            let work = windows.depthwiseWork(geometry)
            return saved * work.outputs > 2 * (work.copied + work.moved) * Double(width)
        }
    }
}
