// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A C kernel: its constant descriptor.
struct Kernel: Sendable, Equatable {
    // The descriptor is a constant of the C library: nobody writes it, and it lives as long as the process.
    nonisolated(unsafe) private let descriptor: UnsafePointer<ck_kernel>

    var name: String { String(cString: descriptor.pointee.name) }
    var instructionSet: InstructionSet { InstructionSet(descriptor.pointee.isa) }
    var isPlainC: Bool { descriptor.pointee.isa == CK_ISA_SCALAR }
    var algorithm: ck_algorithm { descriptor.pointee.algorithm }
    var lanes: Int { descriptor.pointee.lanes }
    var tilePixels: Int { descriptor.pointee.tile_pixels }
    var tileChannels: Int { descriptor.pointee.tile_channels }
    var tailPixels: Int { descriptor.pointee.tail_pixels }
    var joinedPixels: Int { descriptor.pointee.joined_pixels }
    /// The tile of a Winograd kernel.
    var winogradShape: WinogradShape {
        let winograd = descriptor.pointee.winograd
        return WinogradShape(
            height: .init(outputs: winograd.mh, taps: winograd.rh),
            width: .init(outputs: winograd.mw, taps: winograd.rw))
    }
    /// The tiles that a Winograd kernel multiplies at once.
    var winogradTiles: Int { descriptor.pointee.winograd.tiles }

    // MARK: Sizes, in floats

    /// Packed weights of a group.
    ///
    /// - Throws: `ConvolutionError.sizeOverflow`, as all sizes do.
    func packedCount(_ geometry: ck_geometry) throws(ConvolutionError) -> Int {
        let bytes = withUnsafePointer(to: geometry) { descriptor.pointee.packed_bytes(descriptor, $0) }
        return try floats(bytes, of: "the packed weights", geometry)
    }

    /// What `prepare` makes of the input of one group for a block: a multiple of 16, so that all memory is aligned.
    func preparedCount(_ geometry: ck_geometry, _ block: ck_region) throws(ConvolutionError) -> Int {
        try wholeLines(descriptor.pointee.prepared_bytes, geometry, block)
    }

    /// Scratch of a task for any part of a region, or of a block: a multiple of 16.
    func scratchCount(_ geometry: ck_geometry, _ region: ck_region) throws(ConvolutionError) -> Int {
        try wholeLines(descriptor.pointee.scratch_bytes, geometry, region)
    }

    /// Scratch that `packWeights` needs for each thread that packs: a multiple of 16. `packedCount` has been asked before.
    func packingScratchCount(_ geometry: ck_geometry) -> Int {
        guard let function = descriptor.pointee.packing_scratch_bytes else { return 0 }
        return (withUnsafePointer(to: geometry) { function(descriptor, $0) } + 63) / 64 * 16
    }

    private typealias SizeOfRegion =
        @convention(c) (
            UnsafePointer<ck_kernel>?, UnsafePointer<ck_geometry>?, UnsafePointer<ck_region>?
        ) -> Int

    private func wholeLines(
        _ function: SizeOfRegion?, _ geometry: ck_geometry, _ region: ck_region
    ) throws(ConvolutionError) -> Int {
        guard let function else { return 0 }
        let bytes = withUnsafePointer(to: geometry) { geometry in
            withUnsafePointer(to: region) { function(descriptor, geometry, $0) }
        }
        return try (floats(bytes, of: "the workspace", geometry) + 15) / 16 * 16
    }

    private func floats(
        _ bytes: Int, of quantity: String, _ geometry: ck_geometry
    ) throws(ConvolutionError) -> Int {
        guard bytes >= 0 else {
            throw .sizeOverflow(
                quantity: quantity,
                values: [geometry.channels, geometry.out_channels, geometry.kernel_height, geometry.kernel_width])
        }
        return bytes / MemoryLayout<Float>.stride
    }

    /// From one row of the input's copy to the next where CK_DIRECT_PIXELS joins narrow rows; 0 where it does not.
    func joinedLength(_ geometry: ck_geometry) -> Int {
        withUnsafePointer(to: geometry) { ck_joined_length(descriptor, $0) }
    }

    /// How the transforms of CK_FFT cut a geometry.
    func fftCut(_ geometry: ck_geometry) -> ck_fft_cut {
        withUnsafePointer(to: geometry) { ck_fft_cut_of(descriptor, $0) }
    }

    // MARK: Work

    func packWeights(
        _ geometry: UnsafePointer<ck_geometry>, _ weight: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>,
        channels: ck_range, scratch: UnsafeMutablePointer<Float>?
    ) {
        descriptor.pointee.pack_weights(geometry, weight, packed, channels, scratch)
    }

    /// How a depthwise kernel computes.
    var depthwiseBody: ck_depthwise_body { descriptor.pointee.depthwise.body }

    /// Whether the kernel can compute a geometry, of those whose descriptors say it.
    func applies(to geometry: ck_geometry) -> Bool {
        withUnsafePointer(to: geometry) { descriptor.pointee.applies?(descriptor, $0) ?? 1 } != 0
    }

    /// Bytes of what `makePlan` writes; 0 for kernels that keep nothing of a geometry.
    func planBytes(_ geometry: ck_geometry) -> Int {
        withUnsafePointer(to: geometry) { descriptor.pointee.plan_bytes?(descriptor, $0) ?? 0 }
    }

    func makePlan(_ geometry: ck_geometry, _ plan: UnsafeMutableRawPointer) {
        withUnsafePointer(to: geometry) { descriptor.pointee.make_plan?(descriptor, $0, plan) }
    }

    /// What a depthwise kernel does beside its multiplications.
    func depthwiseWork(_ geometry: ck_geometry) -> ck_depthwise_work {
        var work = ck_depthwise_work()
        withUnsafePointer(to: geometry) { descriptor.pointee.depthwise.count_work?(descriptor, $0, &work) }
        return work
    }

    func prepare(_ task: UnsafePointer<ck_task>) {
        descriptor.pointee.prepare(task)
    }

    func run(_ task: UnsafePointer<ck_task>) {
        descriptor.pointee.run(task)
    }

    /// All kernels in the order of `kernel_list.h`, runnable here or not.
    static let all: [Kernel] = {
        var count = 0
        guard let list = ck_kernel_list(&count) else { return [] }
        return (0..<count).compactMap { list[$0].map(Kernel.init(descriptor:)) }
    }()

    /// The kernels of `all` at `tableIndex`, of algorithms that have one for each instruction set: a choice is one
    /// look-up.
    private static let table: [Kernel?] = {
        var table: [Kernel?] = []
        for kernel in all where kernel.algorithm != CK_WINOGRAD && kernel.algorithm != CK_DEPTHWISE {
            let index = tableIndex(kernel.algorithm, kernel.descriptor.pointee.isa)
            if index >= table.count {
                table += [Kernel?](repeating: nil, count: index + 1 - table.count)
            }
            table[index] = kernel
        }
        return table
    }()

    /// There are fewer instruction sets.
    private static let mostInstructionSets = 16

    private static func tableIndex(_ algorithm: ck_algorithm, _ isa: ck_isa) -> Int {
        Int(algorithm.rawValue) * mostInstructionSets + Int(isa.rawValue)
    }

    /// The kernel for an algorithm that has one at every instruction set this build knows.
    static func required(_ algorithm: ck_algorithm, _ instructionSet: InstructionSet) -> Kernel {
        let index = tableIndex(algorithm, instructionSet.kernelValue)
        guard index < table.count, let kernel = table[index] else {
            preconditionFailure("kernel_list.h has no \(algorithm) kernel for \(instructionSet)")
        }
        return kernel
    }

    /// Winograd's kernels of each instruction set, at the set's number.
    private static let winograd: [[(shape: WinogradShape, kernel: Kernel)]] = (0..<mostInstructionSets).map { isa in
        all.filter { $0.algorithm == CK_WINOGRAD && Int($0.descriptor.pointee.isa.rawValue) == isa }
            .map { ($0.winogradShape, $0) }
    }

    /// The Winograd kernel for a tile, if there is one.
    static func winograd(_ shape: WinogradShape, _ instructionSet: InstructionSet) -> Kernel? {
        winograd[Int(instructionSet.kernelValue.rawValue)].first { $0.shape == shape }?.kernel
    }

    /// The depthwise kernels of each instruction set, at their bodies.
    private static let depthwise: [[Kernel?]] = InstructionSet.allCases.map { set in
        var bodies: [Kernel?] = []
        for kernel in all
        where kernel.algorithm == CK_DEPTHWISE && kernel.descriptor.pointee.isa == set.kernelValue {
            let index = Int(kernel.depthwiseBody.rawValue)
            if index >= bodies.count {
                bodies += [Kernel?](repeating: nil, count: index + 1 - bodies.count)
            }
            bodies[index] = kernel
        }
        return bodies
    }

    /// The depthwise kernel with a body, if the instruction set has it.
    static func depthwise(_ body: ck_depthwise_body, _ instructionSet: InstructionSet) -> Kernel? {
        let (bodies, index) = (depthwise[Int(instructionSet.kernelValue.rawValue)], Int(body.rawValue))
        return index < bodies.count ? bodies[index] : nil
    }

    private init(descriptor: UnsafePointer<ck_kernel>) {
        self.descriptor = descriptor
    }
}
