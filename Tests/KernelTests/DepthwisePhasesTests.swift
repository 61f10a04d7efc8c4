// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

/// The depthwise kernel that weaves the phases of a stride.
@Suite struct DepthwisePhasesTests {
    private struct Phases {
        var images = 2
        var groups = 3
        /// Of the output, of each group.
        var filters = 1
        var phases: Int
        /// Rows and columns of taps of a phase.
        var kernel: Extent
        var dilation = Extent(1, 1)
        /// Of the input.
        var size: Extent
        var padding: Extent
        /// Rows, and columns of a phase.
        var output: Extent
        var shift = 0
        /// Columns of the last pixel that the output has not, and elements behind each row of input and output.
        var cut = 0
        var gap = 0
        var activation = KernelActivation.none
        var hasBias = false
        var hasResidual = false
        /// The weight that is not finite, if one is.
        var special: (index: Int, value: Float)?

        var columns: Int { output.width * phases - shift - cut }
        var channels: Int { groups * filters }
        var taps: Int { kernel.height * kernel.width }
        var inputRow: Int { size.width + gap }
        var outputRow: Int { columns + gap }
        var inputCount: Int { (images * groups * size.height - 1) * inputRow + size.width }
        var outputCount: Int { (images * channels * output.height - 1) * outputRow + columns }

        var geometry: ck_geometry {
            var geometry = ck_geometry()
            (geometry.groups, geometry.channels, geometry.out_channels) = (groups, 1, filters * phases)
            (geometry.in_height, geometry.in_width) = (size.height, size.width)
            (geometry.out_height, geometry.out_width) = (output.height, output.width)
            (geometry.kernel_height, geometry.kernel_width) = (kernel.height, kernel.width)
            (geometry.stride_height, geometry.stride_width) = (1, 1)
            (geometry.dilation_height, geometry.dilation_width) = (dilation.height, dilation.width)
            (geometry.pad_top, geometry.pad_left) = (padding.height, padding.width)
            (geometry.in_pixel_stride, geometry.in_row_stride) = (1, inputRow)
            geometry.in_channel_stride = size.height * inputRow
            geometry.in_image_stride = groups * geometry.in_channel_stride
            (geometry.out_pixel_stride, geometry.out_row_stride) = (1, outputRow)
            geometry.out_channel_stride = output.height * outputRow
            geometry.out_image_stride = channels * geometry.out_channel_stride
            geometry.depth_channels = 1
            (geometry.out_column_phases, geometry.out_row_phases) = (phases, 1)
            (geometry.out_column_shift, geometry.out_columns) = (shift, columns)
            return geometry
        }
    }

    private static let kernels = ListedKernel.phases

    private static func cases(_ kernel: ListedKernel) -> [Phases] {
        var cases: [Phases] = []
        let lanes = kernel.lanes
        for phases in [2, 3, 4, 5, 8, lanes, lanes + 8, 2 * lanes] {
            let widths = [1, 2, 5, lanes / phases + 1, 4 * lanes / phases + 2, 2 * lanes + 3]
            for (index, width) in widths.enumerated() {
                for taps in 1...6 {
                    let number = cases.count
                    let height = [1, 3, 6][number % 3]
                    let lines = [taps, 1, min(taps, 2)][(number + index) % 3]
                    var shape = Phases(
                        phases: phases, kernel: Extent(lines, taps), size: Extent(height, width),
                        padding: Extent(lines - 1, taps - 1), output: Extent(height + lines - 1, width + taps - 1))
                    if number % 5 == 0 {
                        // Windows that begin within the row, and the end of which no output sees.
                        shape.padding.width = taps / 2
                        shape.output.width = max(1, width - 1)
                    }
                    if number % 7 == 0 {
                        shape.dilation = Extent(2, [2, 3, lanes][number % 3])
                        shape.padding.width *= shape.dilation.width
                        shape.output.width = max(1, shape.output.width)
                    }
                    shape.shift = [0, 1, phases - 1][number % 3]
                    shape.cut = [0, 0, phases - 1, 1][number % 4]
                    while shape.columns <= 0 { shape.output.width += 1 }
                    shape.gap = number % 2
                    shape.filters = number % 4 == 1 ? 2 : 1
                    shape.activation = [.none, .clamp, .leakyReLU, .none][number % 4]
                    (shape.hasBias, shape.hasResidual) = (number % 3 != 0, number % 2 == 1)
                    if number % 3 == 1 {
                        shape.special = (
                            number % (shape.channels * phases * shape.taps), number % 2 == 0 ? .infinity : .nan
                        )
                    }
                    cases.append(shape)
                }
            }
        }
        return cases
    }

    /// One pattern of phases in a vector and several, listed taps and others, windows beside the row, channels with a weight
    /// that is not finite, in one task and cut within rows, columns and channels: every element is the sum that it should
    /// be, and nothing beside them is read or written.
    @Test(arguments: kernels, GuardedBuffer.Placement.allCases)
    func everyElementIsItsSum(kernel: ListedKernel, placement: GuardedBuffer.Placement) {
        var count = 0
        for shape in Self.cases(kernel) where kernel.applies(to: shape.geometry) {
            check(kernel, shape, placement)
            count += 1
        }
        #expect(count == 8 * 6 * 6)
    }

    /// No call takes more stack than is promised.
    @Test(arguments: kernels)
    func theStackIsShort(kernel: ListedKernel) {
        let most = Int(CK_MAX_STACK) * (PaintedStack.isSanitized ? 8 : 1) + 512
        let stack = PaintedStack(size: 8 * Int(CK_MAX_STACK) + (64 << 10))
        let start = stack.run {}
        var calls = 0
        for (index, shape) in Self.cases(kernel).enumerated() where index % 5 == 0 {
            var shape = shape
            shape.activation = .gelu
            check(kernel, shape, .endsAtGuard) { call in
                call()
                let used = stack.run(call) - start
                calls += 1
                if used > most { Issue.record("\(kernel.name) takes \(used) bytes of stack: \(shape)") }
            }
        }
        #expect(calls > 50, "\(calls) calls")
    }

    /// - Parameter around: Runs each call; what it computes is compared for activations that are exact alone.
    private func check(
        _ kernel: ListedKernel, _ shape: Phases, _ placement: GuardedBuffer.Placement,
        around: (() -> Void) -> Void = { $0() }
    ) {
        var generator = SeededGenerator(seed: UInt64(shape.outputCount))
        func integers(_ count: Int) -> [Float] {
            (0..<count).map { _ in Float(Int.random(in: -4...4, using: &generator)) }
        }
        // Numbers above 0, so that infinite products of one output never meet with both signs.
        let input = GuardedBuffer(
            integers(shape.inputCount).map { shape.special == nil ? $0 : abs($0) + 1 }, placement: placement)
        var weight = integers(shape.channels * shape.phases * shape.taps)
        if let special = shape.special { weight[special.index] = special.value }
        let bias = GuardedBuffer(integers(shape.channels), placement: placement)
        let residual = GuardedBuffer(integers(shape.outputCount), placement: placement)
        let output = GuardedBuffer(count: shape.outputCount, placement: placement)
        let listed = kernel.descriptor.pointee
        var region = ck_region()
        region.images = ck_range(begin: 0, end: shape.images)
        region.rows = ck_range(begin: 0, end: shape.output.height)
        region.columns = ck_range(begin: 0, end: shape.output.width)
        let isCut = shape.gap == 0
        withUnsafePointer(to: shape.geometry) { geometry in
            func floats(_ bytes: Int?, alignment: Int = 1) -> GuardedBuffer {
                GuardedBuffer(
                    count: (bytes ?? 0) / MemoryLayout<Float>.size, placement: placement, alignment: alignment)
            }
            let packed = floats(listed.packed_bytes(kernel.descriptor, geometry))
            let plan = floats(listed.plan_bytes(kernel.descriptor, geometry), alignment: 16)
            listed.make_plan(kernel.descriptor, geometry, plan.base)
            let all = shape.channels * shape.phases
            for (begin, end) in [(0, all / 2), (all / 2, all)] {
                listed.pack_weights(geometry, weight, packed.base, ck_range(begin: begin, end: end), nil)
            }
            let parameters = shape.activation.parameters
            var task = ck_task()
            task.geometry = geometry
            task.input = UnsafePointer(input.base)
            task.weights = UnsafePointer(packed.base)
            task.output = output.base
            task.plan = UnsafeRawPointer(plan.base)
            task.epilogue = ck_epilogue(
                bias: shape.hasBias ? UnsafePointer(bias.base) : nil,
                residual: shape.hasResidual ? UnsafePointer(residual.base) : nil, low: parameters.low,
                high: parameters.high, activation: parameters.kind)
            func pieces(_ extent: Int, unit: Int = 1) -> [ck_range] {
                let middle = extent / unit / 2 * unit
                return isCut && middle > 0
                    ? [ck_range(begin: 0, end: middle), ck_range(begin: middle, end: extent)]
                    : [ck_range(begin: 0, end: extent)]
            }
            for channels in pieces(all, unit: shape.phases) {
                for rows in pieces(shape.output.height) {
                    for columns in pieces(shape.output.width) {
                        (task.part, task.channels) = (region, channels)
                        (task.part.rows, task.part.columns) = (rows, columns)
                        around { listed.run(&task) }
                    }
                }
            }
        }
        compare(kernel, shape, placement, input, weight, bias, residual, output)
    }

    private func compare(
        _ kernel: ListedKernel, _ shape: Phases, _ placement: GuardedBuffer.Placement, _ input: GuardedBuffer,
        _ weight: [Float], _ bias: GuardedBuffer, _ residual: GuardedBuffer, _ output: GuardedBuffer
    ) {
        var written = 0
        for plane in 0..<shape.images * shape.channels {
            for row in 0..<shape.output.height {
                for column in 0..<shape.columns {
                    let at = (plane * shape.output.height + row) * shape.outputRow + column
                    var sum = sum(shape, input, weight, plane: plane, row: row, column: column + shape.shift)
                    if shape.hasBias { sum += bias.base[plane % shape.channels] }
                    if shape.hasResidual { sum += residual.base[at] }
                    let expected: Float? =
                        switch shape.activation {
                        case .none: sum
                        case .clamp: sum.isNaN ? sum : min(max(sum, -7), 9)
                        case .leakyReLU: sum < 0 ? sum * 0.25 : sum
                        default: nil
                        }
                    written += 1
                    guard let expected else { continue }
                    if output.base[at] != expected, !(output.base[at].isNaN && expected.isNaN) || output.isUntouched(at)
                    {
                        Issue.record(
                            """
                            \(kernel.name), \(placement): \(output.base[at]) and not \(expected) in plane \(plane), row \
                            \(row), column \(column) of \(shape)
                            """)
                        return
                    }
                }
            }
        }
        #expect(output.count - output.untouchedCount == written && output.isSlackUntouched)
    }

    private func sum(
        _ shape: Phases, _ input: GuardedBuffer, _ weight: [Float], plane: Int, row: Int, column: Int
    ) -> Float {
        let (image, channel) = plane.quotientAndRemainder(dividingBy: shape.channels)
        let (pixel, phase) = column.quotientAndRemainder(dividingBy: shape.phases)
        let from = (image * shape.groups + channel / shape.filters) * shape.size.height
        var sum: Float = 0
        for y in 0..<shape.kernel.height {
            let line = row - shape.padding.height + y * shape.dilation.height
            guard line >= 0, line < shape.size.height else { continue }
            for x in 0..<shape.kernel.width {
                let at = pixel - shape.padding.width + x * shape.dilation.width
                guard at >= 0, at < shape.size.width else { continue }
                let tap = ((channel * shape.phases + phase) * shape.kernel.height + y) * shape.kernel.width + x
                sum += weight[tap] * input.base[(from + line) * shape.inputRow + at]
            }
        }
        return sum
    }
}
