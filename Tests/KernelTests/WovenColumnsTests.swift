// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

/// Phases of an output's columns and rows that the kernel in pixel lanes stores where they belong.
@Suite struct WovenColumnsTests {
    /// One input, its weights, and what is computed of it.
    private struct Woven {
        let kernel: ListedKernel
        var images = 2
        var channels: Int
        /// Of the output.
        var outputChannels: Int
        var size: Extent
        /// Rows of the output for each of the input.
        var rowPhases: Int
        /// Elements behind each row of the input and of the output.
        var gap = 0
        var activation = KernelActivation.none
        var hasBias = false
        var hasResidual = false
        var hasScratch = true

        var kernelChannels: Int { outputChannels * rowPhases * 2 }
        var inputRow: Int { size.width + gap }
        var outputRow: Int { 2 * size.width + gap }
        var inputCount: Int { (images * channels * size.height - 1) * inputRow + size.width }
        var outputCount: Int {
            (images * outputChannels * size.height * rowPhases - 1) * outputRow + 2 * size.width
        }

        var geometry: ck_geometry {
            var geometry = ck_geometry()
            (geometry.groups, geometry.channels, geometry.out_channels) = (1, channels, kernelChannels)
            (geometry.in_height, geometry.in_width) = (size.height, size.width)
            (geometry.out_height, geometry.out_width) = (size.height, size.width)
            (geometry.kernel_height, geometry.kernel_width) = (1, 1)
            (geometry.stride_height, geometry.stride_width) = (1, 1)
            (geometry.dilation_height, geometry.dilation_width) = (1, 1)
            geometry.in_pixel_stride = 1
            geometry.in_row_stride = inputRow
            geometry.in_channel_stride = size.height * inputRow
            geometry.in_image_stride = channels * geometry.in_channel_stride
            geometry.out_pixel_stride = 1
            geometry.out_phase_stride = outputRow
            geometry.out_row_stride = rowPhases * outputRow
            geometry.out_channel_stride = size.height * geometry.out_row_stride
            geometry.out_image_stride = outputChannels * geometry.out_channel_stride
            geometry.depth_channels = channels
            (geometry.out_column_phases, geometry.out_row_phases) = (2, rowPhases)
            return geometry
        }
    }

    /// Vectors, tiles and panels with pixels and channels beside them, one row phase and more than a tile has pairs, rows end
    /// to end and apart, in one task and cut: every element is the sum that it should be, and nothing beside them is read or
    /// written.
    @Test(arguments: ListedKernel.runnable(CK_GEMM_PIXELS))
    func everyElementIsWhereItBelongs(kernel: ListedKernel) {
        var count = 0
        let (lanes, tile) = (kernel.lanes, kernel.tilePixels)
        for (index, width) in [1, 2, lanes - 1, lanes, lanes + 1, 2 * lanes, tile, tile + lanes, 2 * tile + 3]
            .enumerated()
        {
            for rowPhases in [1, 2, 3, 5] {
                for outputChannels in [1, 3, kernel.tileChannels, 3 * kernel.tileChannels + 1] {
                    var woven = Woven(
                        kernel: kernel, channels: index % 3 == 0 ? 1 : 9, outputChannels: outputChannels,
                        size: Extent(index % 2 == 0 ? 3 : 1, max(1, width)), rowPhases: rowPhases)
                    woven.gap = (index + rowPhases) % 3
                    woven.hasBias = rowPhases % 2 == 1
                    woven.hasResidual = outputChannels % 2 == 1
                    woven.activation = outputChannels == 3 ? .leakyReLU : index % 2 == 0 ? .clamp : .none
                    woven.hasScratch = (index + outputChannels) % 3 > 0
                    for placement in GuardedBuffer.Placement.allCases {
                        check(woven, placement)
                        count += 1
                    }
                }
            }
        }
        #expect(count == 9 * 4 * 4 * GuardedBuffer.Placement.allCases.count)
    }

    private func check(_ woven: Woven, _ placement: GuardedBuffer.Placement) {
        var generator = SeededGenerator(seed: UInt64(woven.outputCount))
        func integers(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float(Int.random(in: -4...4, using: &generator)) }
        }
        let geometry = woven.geometry
        let input = GuardedBuffer(integers(woven.inputCount), placement: placement)
        let weight = integers(woven.kernelChannels * woven.channels)
        let bias = integers(woven.outputChannels)
        let residual = GuardedBuffer(integers(woven.outputCount), placement: placement)
        let output = GuardedBuffer(count: woven.outputCount, placement: placement)
        let kernel = woven.kernel.descriptor.pointee
        var region = ck_region()
        region.images = ck_range(begin: 0, end: woven.images)
        region.rows = ck_range(begin: 0, end: woven.size.height)
        region.columns = ck_range(begin: 0, end: woven.size.width)
        withUnsafePointer(to: geometry) { geometry in
            func floats(_ bytes: Int) -> Int { bytes / MemoryLayout<Float>.size }
            let packed = GuardedBuffer(
                count: floats(kernel.packed_bytes(woven.kernel.descriptor, geometry)), placement: placement)
            let scratch = GuardedBuffer(
                count: floats(kernel.scratch_bytes(woven.kernel.descriptor, geometry, &region)),
                placement: placement, alignment: 16)
            kernel.pack_weights(
                geometry, weight, packed.base, ck_range(begin: 0, end: woven.kernelChannels), nil)
            bias.withUnsafeBufferPointer { bias in
                let parameters = woven.activation.parameters
                var task = ck_task()
                task.geometry = geometry
                task.input = UnsafePointer(input.base)
                task.weights = UnsafePointer(packed.base)
                task.output = output.base
                task.scratch = woven.hasScratch && scratch.count > 0 ? scratch.base : nil
                task.epilogue = ck_epilogue(
                    bias: woven.hasBias ? bias.baseAddress : nil,
                    residual: woven.hasResidual ? UnsafePointer(residual.base) : nil, low: parameters.low,
                    high: parameters.high, activation: parameters.kind)
                // In pieces: the first channels apart from the others, and the first columns of each row.
                let channels = [0, min(woven.kernelChannels, woven.kernel.tileChannels), woven.kernelChannels]
                let columns = [0, woven.size.width / 2, woven.size.width]
                for (begin, end) in zip(channels, channels.dropFirst()) where begin < end {
                    for (first, last) in zip(columns, columns.dropFirst()) where first < last {
                        task.part = region
                        task.part.columns = ck_range(begin: first, end: last)
                        task.channels = ck_range(begin: begin, end: end)
                        kernel.run(&task)
                    }
                }
            }
        }
        var written = 0
        for image in 0..<woven.images {
            for channel in 0..<woven.outputChannels {
                for row in 0..<woven.size.height * woven.rowPhases {
                    for column in 0..<2 * woven.size.width {
                        let at =
                            ((image * woven.outputChannels + channel) * woven.size.height * woven.rowPhases + row)
                            * woven.outputRow + column
                        let expected = value(
                            woven, input, weight, bias, residual, image, channel, row, column, at: at)
                        guard output.base[at] == expected else {
                            Issue.record(
                                """
                                \(woven.kernel.name), \(placement), \(woven): \(output.base[at]) and not \(expected) \
                                in image \(image), channel \(channel), row \(row), column \(column)
                                """)
                            return
                        }
                        written += 1
                    }
                }
            }
        }
        #expect(output.count - output.untouchedCount == written && output.isSlackUntouched)
    }

    private func value(
        _ woven: Woven, _ input: GuardedBuffer, _ weight: [Float], _ bias: [Float], _ residual: GuardedBuffer,
        _ image: Int, _ channel: Int, _ row: Int, _ column: Int, at: Int
    ) -> Float {
        let (line, rowPhase) = row.quotientAndRemainder(dividingBy: woven.rowPhases)
        let kernelChannel = (channel * woven.rowPhases + rowPhase) * 2 + column % 2
        var sum = woven.hasBias ? bias[channel] : 0
        for c in 0..<woven.channels {
            let from = ((image * woven.channels + c) * woven.size.height + line) * woven.inputRow + column / 2
            sum += weight[kernelChannel * woven.channels + c] * input.base[from]
        }
        if woven.hasResidual { sum += residual.base[at] }
        return switch woven.activation {
        case .clamp: min(max(sum, -7), 9)
        case .leakyReLU: sum < 0 ? sum * 0.25 : sum
        default: sum
        }
    }
}
