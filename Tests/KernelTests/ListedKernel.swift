// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Testing

/// A kernel of the list, and the sizes that it asks for.
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
    /// How a depthwise kernel computes.
    var body: ck_depthwise_body { descriptor.pointee.depthwise.body }
    /// A depthwise kernel for square windows alone.
    var isForSquares: Bool { algorithm == CK_DEPTHWISE && body.isForSquares }
    /// A Winograd kernel that transforms the columns of images alone.
    var isVertical: Bool { winograd.mh > 1 && winograd.mw == 1 }
    /// Outputs of a Winograd tile along an axis that is transformed; 1 for other algorithms.
    var tileOutputs: Int { max(winograd.mh, winograd.mw, 1) }
    /// Taps of it.
    var tileTaps: Int { max(winograd.rh, winograd.rw) }
    /// Where rows and columns may be cut.
    func regionUnit(_ shape: KernelCase) -> Extent {
        algorithm == CK_FFT
            ? Extent(1, Segments(shape).hop)
            : Extent(max(1, winograd.mh) * shape.dilation.height, max(1, winograd.mw) * shape.dilation.width)
    }
    /// Columns of the whole output as the regions count them.
    func columns(_ shape: KernelCase) -> Int {
        algorithm == CK_FFT ? Segments(shape).columns : shape.output.width
    }
    var isRunnable: Bool { ck_cpu_isas() & (1 << descriptor.pointee.isa.rawValue) != 0 }

    /// All kernels of the list.
    static let all: [ListedKernel] = {
        var count = 0
        let list = ck_kernel_list(&count)
        return (0..<count).compactMap { list?[$0].map(ListedKernel.init(descriptor:)) }
    }()
    /// Those that this processor can run, but for those of phases of a stride, whose geometries no other has.
    static let runnable = all.filter { $0.isRunnable && $0.body != CK_DEPTHWISE_PHASES }
    static let phases = all.filter { $0.isRunnable && $0.body == CK_DEPTHWISE_PHASES }
    /// Those that it cannot.
    static let absent = all.filter { !$0.isRunnable }

    static func runnable(_ algorithms: ck_algorithm...) -> [ListedKernel] {
        runnable.filter { algorithms.contains($0.algorithm) }
    }

    /// Depthwise kernels that this processor can run, with some of the bodies.
    static func depthwise(where isMeant: (ck_depthwise_body) -> Bool = { _ in true }) -> [ListedKernel] {
        runnable(CK_DEPTHWISE).filter { isMeant($0.body) }
    }

    func applies(to geometry: ck_geometry) -> Bool {
        withUnsafePointer(to: geometry) { descriptor.pointee.applies(descriptor, $0) } != 0
    }

    // MARK: Sizes, in floats

    /// Packed weights of one group, or of all groups where a task spans them.
    func packedCount(_ shape: KernelCase) -> Int {
        guard let size = descriptor.pointee.packed_bytes else {
            return shape.groups * shape.outputChannels * shape.kernel.height * shape.kernel.width
        }
        return floats(withUnsafePointer(to: shape.geometry) { size(descriptor, $0) })
    }

    /// What `prepare` makes of the input of one group for a block.
    func preparedCount(_ shape: KernelCase, _ block: ck_region) -> Int {
        count(descriptor.pointee.prepared_bytes, shape, block)
    }

    /// The private memory of a thread that packs weights.
    func packingScratchCount(_ geometry: ck_geometry) -> Int {
        guard let size = descriptor.pointee.packing_scratch_bytes else { return 0 }
        return floats(withUnsafePointer(to: geometry) { size(descriptor, $0) })
    }

    /// The private memory of a task.
    func scratchCount(_ shape: KernelCase, _ region: ck_region) -> Int {
        count(descriptor.pointee.scratch_bytes, shape, region)
    }

    typealias SizeOfRegion =
        @convention(c) (
            UnsafePointer<ck_kernel>?, UnsafePointer<ck_geometry>?, UnsafePointer<ck_region>?
        ) -> Int

    private func count(_ size: SizeOfRegion?, _ shape: KernelCase, _ region: ck_region) -> Int {
        guard let size else { return 0 }
        return floats(
            withUnsafePointer(to: shape.geometry) { geometry in
                withUnsafePointer(to: region) { size(descriptor, geometry, $0) }
            })
    }

    private func floats(_ bytes: Int) -> Int {
        precondition(bytes >= 0 && bytes % MemoryLayout<Float>.stride == 0)
        return bytes / MemoryLayout<Float>.stride
    }

    /// What a kernel keeps of the geometry.
    func planCount(_ shape: KernelCase) -> Int {
        roundUp(bytes(shape, descriptor.pointee.plan_bytes), 4) / MemoryLayout<Float>.stride
    }

    /// What a function of the descriptor says of a case, 0 if there is none.
    private func bytes(
        _ shape: KernelCase, _ function: ((UnsafePointer<ck_kernel>?, UnsafePointer<ck_geometry>?) -> Int)?
    ) -> Int {
        withUnsafePointer(to: shape.geometry) { function?(descriptor, $0) ?? 0 }
    }

    func roundUp(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }
}

extension ck_range {
    var count: Int { end - begin }
}

extension ck_depthwise_body {
    /// Whether the body is for square kernels of few sizes alone.
    var isForSquares: Bool {
        [CK_DEPTHWISE_PLANES, CK_DEPTHWISE_BLOCKS, CK_DEPTHWISE_WRAPS, CK_DEPTHWISE_STRIPS].contains(self)
    }
    /// Whether it computes tensors whose channels are neighbours.
    var isForChannels: Bool {
        [CK_DEPTHWISE_WINDOWS, CK_DEPTHWISE_CHANNELS, CK_DEPTHWISE_ELEMENTS].contains(self)
    }
}
