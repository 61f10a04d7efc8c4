// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// A kernel of the list, and the sizes that ck_kernels.h promises for it.
struct ListedKernel: Sendable, CustomTestStringConvertible {
    // A constant of the C library.
    nonisolated(unsafe) let descriptor: UnsafePointer<ck_kernel>

    var name: String { String(cString: descriptor.pointee.name) }
    var testDescription: String { name }
    var algorithm: ck_algorithm { descriptor.pointee.algorithm }
    var lanes: Int { descriptor.pointee.lanes }
    var tilePixels: Int { descriptor.pointee.tile_pixels }
    var tileChannels: Int { descriptor.pointee.tile_channels }
    var tailPixels: Int { descriptor.pointee.tail_pixels }
    /// F(mh x mw, rh x rw) of a Winograd kernel.
    var winograd: (mh: Int, rh: Int, mw: Int, rw: Int, tiles: Int) {
        let winograd = descriptor.pointee.winograd
        return (winograd.mh, winograd.rh, winograd.mw, winograd.rw, winograd.tiles)
    }
    var hasPrepare: Bool { descriptor.pointee.prepare != nil }
    /// One task spans all groups.
    var spansGroups: Bool { algorithm == CK_DEPTHWISE }
    /// A Winograd kernel that transforms the columns of images alone.
    var isVertical: Bool { winograd.mh > 1 && winograd.mw == 1 }
    /// Outputs of a Winograd tile along an axis that is transformed; 1 for other algorithms.
    var tileOutputs: Int { max(winograd.mh, winograd.mw, 1) }
    /// Taps of it.
    var tileTaps: Int { max(winograd.rh, winograd.rw) }
    /// Where rows and columns may be cut.
    func regionUnit(_ shape: KernelCase) -> Extent {
        algorithm == CK_FFT
            ? Extent(1, Segments(self, shape).hop)
            : Extent(max(1, winograd.mh) * shape.dilation.height, max(1, winograd.mw) * shape.dilation.width)
    }
    /// Columns of the whole output as the regions count them.
    func columns(_ shape: KernelCase) -> Int {
        algorithm == CK_FFT ? Segments(self, shape).columns : shape.output.width
    }
    var isRunnable: Bool { ck_cpu_isas() & (1 << descriptor.pointee.isa.rawValue) != 0 }

    /// All kernels of the list.
    static let all: [ListedKernel] = {
        var count = 0
        let list = ck_kernel_list(&count)
        return (0..<count).compactMap { list?[$0].map(ListedKernel.init(descriptor:)) }
    }()
    /// Those that this processor can run.
    static let runnable = all.filter(\.isRunnable)
    /// Those that it cannot.
    static let absent = all.filter { !$0.isRunnable }

    static func runnable(_ algorithms: ck_algorithm...) -> [ListedKernel] {
        runnable.filter { algorithms.contains($0.algorithm) }
    }

    // MARK: Sizes, in floats

    /// Packed weights of one group, or of all groups where a task spans them.
    func packedCount(_ shape: KernelCase) -> Int {
        let taps = shape.kernel.height * shape.kernel.width
        switch algorithm {
        case CK_DEPTHWISE: return shape.groups * shape.outputChannels * taps
        case CK_WINOGRAD:
            return roundUp(shape.outputChannels, tileChannels) * (points * depth(shape) + taps * shape.channels + 1)
        case CK_FFT: return Segments(self, shape).packed
        case CK_DIRECT_PIXELS:
            return roundUp(shape.outputChannels, tileChannels) / tileChannels
                * (shape.channels * taps * tileChannels + 1)
        default: return roundUp(shape.outputChannels, tileChannels) * shape.channels * taps
        }
    }

    /// What `prepare` makes of the input of one group for a block.
    func preparedCount(_ shape: KernelCase, _ block: ck_region) -> Int {
        let images = block.images.count
        let alignment = Int(CK_CHANNEL_ALIGNMENT)
        switch algorithm {
        case CK_GEMM_CHANNELS:
            func read(_ outputs: ck_range, _ axis: KeyPath<Extent, Int>) -> Int {
                min(
                    shape.input[keyPath: axis],
                    (outputs.count - 1) * shape.stride[keyPath: axis]
                        + (shape.kernel[keyPath: axis] - 1) * shape.dilation[keyPath: axis] + 1)
            }
            return images * read(block.rows, \.height) * read(block.columns, \.width)
                * (roundUp(shape.channels, alignment) + alignment)
        case CK_WINOGRAD:
            return points * (tiles(shape, block) * roundUp(depth(shape), alignment) + 16)
        case CK_FFT:
            return Segments(self, shape).prepared(block)
        case CK_IM2COL:
            return shape.channels * shape.kernel.height * shape.kernel.width * shape.output.height * shape.output.width
        default:
            return 0
        }
    }

    /// The private memory of a thread that packs weights: what the kernel says.
    func packingScratchCount(_ geometry: ck_geometry) -> Int {
        withUnsafePointer(to: geometry) { descriptor.pointee.packing_scratch?($0) ?? 0 }
    }

    /// The private memory of a task.
    func scratchCount(_ shape: KernelCase, _ block: ck_region) -> Int {
        if algorithm == CK_FFT { return Segments(self, shape).scratch }
        if algorithm == CK_DIRECT_PIXELS { return stageCount(shape, block) }
        if algorithm == CK_DIRECT || algorithm == CK_GEMM_CHANNELS {
            return Int(CK_STRIP_TILES) * tilePixels * tileChannels
        }
        if algorithm == CK_IM2COL {
            return shape.outputStrides.pixel == 1 ? 0 : Int(CK_GATHER_DEPTH) * tilePixels
        }
        if algorithm == CK_GEMM_PIXELS {
            if shape.inputStrides.pixel != 1 || shape.outputStrides.pixel != 1 {
                return Int(CK_GATHER_DEPTH) * tilePixels
            }
            let depth = shape.channels * shape.kernel.height * shape.kernel.width
            return shape.stride.width > 1 || depth > shape.channels ? 2 * depth * (tilePixels + 2 * lanes) : 0
        }
        if algorithm == CK_DEPTHWISE { return depthwiseScratch(shape) }
        guard algorithm == CK_WINOGRAD else { return 0 }
        let most = min(tiles(shape, block), winograd.tiles)
        return max(
            points * (roundUp(most * tileChannels, 16) + 16) + winograd.mh * (16 * winograd.mw + 1) * lanes,
            (winograd.mh + winograd.rh - 1) * (129 + 2 * lanes) * lanes)
    }

    /// The scratch of a depthwise kernel: parts for each tap, and a stage that holds what one vector of output reads.
    private func depthwiseScratch(_ shape: KernelCase) -> Int {
        let (taps, stride) = (shape.kernel.height * shape.kernel.width, shape.stride.width)
        // Residues of the columns that taps read.
        let residues = Set((0..<stride).lazy.map { $0 * shape.dilation.width % stride }).count
        let reach = (shape.kernel.width - 1) * shape.dilation.width / stride
        let staged =
            shape.kernel.width <= residues
            ? taps * lanes : shape.kernel.height * residues * roundUp(lanes + reach, lanes)
        let inLanes = min(8 * lanes * taps, Int(CK_DEPTHWISE_MOST_FLOATS))
        return max(Int(CK_DEPTHWISE_FLOATS), inLanes, staged <= Int(CK_DEPTHWISE_MOST_STAGE) ? staged : 0)
            + (taps <= Int(CK_DEPTHWISE_MOST_TAPS) ? roundUp((Int(CK_DEPTHWISE_TAP_FLOATS) + lanes) * taps, 16) : 0)
    }

    /// The scratch of a kernel in pixel lanes.
    private func stageCount(_ shape: KernelCase, _ block: ck_region) -> Int {
        let stride = shape.stride
        func input(rows: Int, columns: Int) -> Int {
            let reach = roundUp((shape.kernel.width - 1) * shape.dilation.width / stride.width, lanes)
            let row =
                shape.kernel.width < stride.width
                ? shape.kernel.width * roundUp(columns, lanes) : stride.width * (roundUp(columns, lanes) + reach)
            let read = (rows - 1) * stride.height + (shape.kernel.height - 1) * shape.dilation.height + 1
            return shape.channels * ((rows == 1 ? shape.kernel.height : read) * row + 16)
        }
        return roundUp(shape.kernel.height * shape.kernel.width, 16)
            + min(
                input(rows: block.rows.count, columns: block.columns.count),
                max(Int(CK_STAGE_FLOATS), input(rows: 1, columns: tilePixels)))
    }

    private var points: Int { (winograd.mh + winograd.rh - 1) * (winograd.mw + winograd.rw - 1) }

    /// Input channels of all phases.
    private func depth(_ shape: KernelCase) -> Int {
        shape.channels * shape.stride.height * shape.stride.width
    }

    private func tiles(_ shape: KernelCase, _ block: ck_region) -> Int {
        func along(_ range: ck_range, _ outputs: Int, _ dilation: Int) -> Int {
            // One by one: each output belongs to the tile of its span and residue.
            Set((0..<range.end - range.begin).map { $0 / (outputs * dilation) * dilation + $0 % dilation }).count
        }
        return block.images.count * along(block.rows, winograd.mh, shape.dilation.height)
            * along(block.columns, winograd.mw, shape.dilation.width)
    }

    func roundUp(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
}

extension ck_range {
    var count: Int { end - begin }
}
