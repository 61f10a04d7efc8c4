// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

/// Winograd kernels that store pairs of channels woven into one another.
@Suite struct WovenTileTests {
    /// Rows of whole and of ragged tiles, dilated too, that begin and end within a pair of columns, with bias, residual and
    /// activations, of numbers that transforms can and cannot take: the bits are those of the kernel that stores each channel
    /// by itself, and nothing beside the elements of the rows is written.
    @Test(arguments: ListedKernel.runnable(CK_WINOGRAD).filter { $0.winograd.rw == 2 && $0.winograd.rh <= 2 })
    func elementsAreThoseOfTheirChannels(kernel: ListedKernel) {
        var count = 0
        for (index, width) in [1, 2, 5, 13, 33, 50].enumerated() {
            for (shift, cut) in [(0, 0), (1, 0), (0, 1), (1, 1)] where 2 * width > shift + cut {
                var shape = KernelCase(images: 2, channels: 5, outputChannels: index % 2 == 0 ? 6 : 36)
                shape.kernel = Extent(kernel.winograd.rh, 2)
                shape.dilation = Extent(1, index == 3 ? 2 : 1)
                shape.input = Extent(kernel.winograd.rh == 1 ? 3 : 4, width)
                shape.padding = Margin(
                    top: kernel.winograd.rh - 1, left: shape.dilation.width, bottom: 0, right: 0)
                shape.activation = [.none, .clamp, .leakyReLU][index % 3]
                guard shape.isFor(kernel) else { continue }
                for placement in GuardedBuffer.Placement.allCases {
                    check(
                        kernel, shape, shift: shift, columns: 2 * width - shift - cut, placement,
                        hasBias: shift == 0, hasResidual: index % 2 == 1, isFinite: index != 4)
                    count += 1
                }
            }
        }
        #expect(count > 40, "\(kernel.name): \(count) cases")
    }

    private func check(
        _ kernel: ListedKernel, _ shape: KernelCase, shift: Int, columns: Int, _ placement: GuardedBuffer.Placement,
        hasBias: Bool, hasResidual: Bool, isFinite: Bool
    ) {
        var generator = SeededGenerator(seed: UInt64(columns))
        func reals(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
        var values = reals(shape.inputCount)
        if !isFinite { values[values.count / 2] = .infinity }
        let input = GuardedBuffer(values, placement: placement)
        let weight = reals(shape.weightCount)
        let pairs = shape.outputChannels / 2
        let bias = reals(pairs)
        let (rows, pixels) = (shape.output.height, shape.output.width)
        let residual = reals(shape.images * pairs * rows * columns)
        // As channels of their own, and woven.
        let apart = GuardedBuffer(count: shape.outputCount, placement: placement)
        let woven = GuardedBuffer(count: residual.count, placement: placement)
        var apartResidual = [Float](repeating: 0, count: shape.outputCount)
        let places = (0..<residual.count).map { index -> Int in
            let (line, column) = index.quotientAndRemainder(dividingBy: columns)
            let (plane, row) = line.quotientAndRemainder(dividingBy: rows)
            let (pixel, phase) = (column + shift).quotientAndRemainder(dividingBy: 2)
            let place = ((plane * 2 + phase) * rows + row) * pixels + pixel
            apartResidual[place] = residual[index]
            return place
        }
        var geometry = shape.geometry
        run(
            kernel, shape, geometry, input, weight, bias: hasBias ? bias.flatMap { [$0, $0] } : nil,
            residual: hasResidual ? apartResidual : nil, apart, placement)
        (geometry.out_column_phases, geometry.out_row_phases) = (2, 1)
        (geometry.out_column_shift, geometry.out_columns) = (shift, columns)
        geometry.out_row_stride = columns
        geometry.out_channel_stride = rows * columns
        geometry.out_image_stride = pairs * rows * columns
        run(
            kernel, shape, geometry, input, weight, bias: hasBias ? bias : nil,
            residual: hasResidual ? residual : nil, woven, placement)
        for (index, place) in places.enumerated()
        where woven.base[index].bitPattern != apart.base[place].bitPattern
            && !(woven.base[index].isNaN && apart.base[place].isNaN && !woven.isUntouched(index))
        {
            Issue.record(
                """
                \(kernel.name), \(placement), shift \(shift), \(columns) columns: element \(index) is \
                \(woven.base[index]) and not \(apart.base[place]) in \(shape)
                """)
            return
        }
        #expect(woven.isSlackUntouched)
    }

    private func run(
        _ kernel: ListedKernel, _ shape: KernelCase, _ geometry: ck_geometry, _ input: GuardedBuffer,
        _ weight: [Float], bias: [Float]?, residual: [Float]?, _ output: GuardedBuffer,
        _ placement: GuardedBuffer.Placement
    ) {
        let listed = kernel.descriptor.pointee
        var region = ck_region()
        region.images = ck_range(begin: 0, end: shape.images)
        region.rows = ck_range(begin: 0, end: shape.output.height)
        region.columns = ck_range(begin: 0, end: shape.output.width)
        let addend = residual.map { GuardedBuffer($0, placement: placement) }
        let biases = bias.map { GuardedBuffer($0, placement: placement) }
        withUnsafePointer(to: geometry) { geometry in
            func floats(_ bytes: Int?, alignment: Int = 1) -> GuardedBuffer {
                GuardedBuffer(
                    count: (bytes ?? 0) / MemoryLayout<Float>.size, placement: placement, alignment: alignment)
            }
            let packed = floats(listed.packed_bytes(kernel.descriptor, geometry))
            let prepared = floats(listed.prepared_bytes?(kernel.descriptor, geometry, &region))
            let scratch = floats(listed.scratch_bytes?(kernel.descriptor, geometry, &region), alignment: 16)
            let packingScratch = floats(
                listed.packing_scratch_bytes?(kernel.descriptor, geometry), alignment: 16)
            listed.pack_weights(
                geometry, weight, packed.base, ck_range(begin: 0, end: shape.outputChannels), packingScratch.base)
            let parameters = shape.activation.parameters
            var task = ck_task()
            task.geometry = geometry
            task.input = UnsafePointer(input.base)
            task.weights = UnsafePointer(packed.base)
            task.output = output.base
            task.prepared = prepared.base
            task.scratch = scratch.base
            task.epilogue = ck_epilogue(
                bias: biases.map { UnsafePointer($0.base) }, residual: addend.map { UnsafePointer($0.base) },
                low: parameters.low, high: parameters.high, activation: parameters.kind)
            (task.block, task.part) = (region, region)
            task.channels = ck_range(begin: 0, end: shape.channels)
            listed.prepare(&task)
            task.channels = ck_range(begin: 0, end: shape.outputChannels)
            listed.run(&task)
        }
    }
}
