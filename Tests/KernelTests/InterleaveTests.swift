// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

/// The store of sums that were computed phase by phase.
@Suite struct InterleaveTests {
    private static let instructionSets = [CK_ISA_SCALAR, CK_ISA_AVX2, CK_ISA_AVX512]
        .filter { ck_cpu_isas() & (1 << $0.rawValue) != 0 }

    /// Periods that are woven, picked and transposed, rows about a vector long, columns that begin within a period, phases without sums,
    /// with and without bias and residual: nothing is read or written beside what is named.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 31, 40], GuardedBuffer.Placement.allCases)
    func elementsAreWhereTheyBelong(period: Int, placement: GuardedBuffer.Placement) {
        var count = 0
        for (index, length) in [1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 65].enumerated() {
            for skipped in Set([0, 1, period - 1]) where skipped < period {
                let end = max(skipped + 1, length * period - index % period)
                for isa in Self.instructionSets {
                    check(isa, period, length, skipped..<end, placement, hasResidual: (index + skipped) % 2 == 0)
                    count += 1
                }
            }
        }
        #expect(count >= 11 * Self.instructionSets.count)
    }

    private func check(
        _ isa: ck_isa, _ period: Int, _ length: Int, _ columns: Range<Int>, _ placement: GuardedBuffer.Placement,
        hasResidual: Bool
    ) {
        let (channels, rows, gap) = (2, 3, columns.count % 3)
        // Of each phase and channel `rows` rows; the phase in the middle has no sums.
        let empty = period > 2 ? period / 2 : -1
        let perPhase = channels * rows * length
        let sums = GuardedBuffer(count: period * perPhase, placement: placement)
        for index in 0..<sums.count { sums.base[index] = Float(index % 23) - 11 }
        let phases = (0..<period).map {
            ck_phase(first: $0 == empty ? -1 : $0 * perPhase, channel: rows * length)
        }
        let outRow = columns.count + gap
        let outCount = (channels * rows - 1) * outRow + columns.count
        let output = GuardedBuffer(count: outCount, placement: placement)
        let residual = GuardedBuffer(count: outCount, placement: placement)
        for index in 0..<outCount { residual.base[index] = Float(index % 5) }
        let bias: [Float] = [3, -2]
        phases.withUnsafeBufferPointer { phases in
            bias.withUnsafeBufferPointer { bias in
                var task = ck_interleave()
                task.sums = UnsafePointer(sums.base)
                task.phases = phases.baseAddress
                task.period = period
                task.row_stride = length
                task.channels = channels
                task.rows = rows
                task.columns = ck_range(begin: columns.lowerBound, end: columns.upperBound)
                task.output = output.base
                task.out_channel_stride = rows * outRow
                task.out_row_stride = outRow
                task.epilogue.bias = bias.baseAddress
                task.epilogue.residual = hasResidual ? UnsafePointer(residual.base) : nil
                (task.epilogue.low, task.epilogue.high) = (0, .infinity)
                task.epilogue.activation = CK_ACTIVATION_CLAMP
                ck_store_interleaved(isa, &task)
            }
        }
        var wrong = 0
        for channel in 0..<channels {
            for row in 0..<rows {
                for column in columns {
                    let phase = column % period
                    let sum =
                        phase == empty
                        ? 0 : sums.base[phase * perPhase + (channel * rows + row) * length + column / period]
                    let at = (channel * rows + row) * outRow + column - columns.lowerBound
                    let expected = max(0, sum + bias[channel] + (hasResidual ? residual.base[at] : 0))
                    if output.base[at] != expected { wrong += 1 }
                }
                if channel * rows + row + 1 < channels * rows {
                    for beside in 0..<gap {
                        let at = (channel * rows + row) * outRow + columns.count + beside
                        if output.base[at].bitPattern != GuardedBuffer.untouched { wrong += 1 }
                    }
                }
            }
        }
        #expect(wrong == 0, "period \(period), columns \(columns), instruction set \(isa.rawValue)")
        #expect(output.isSlackUntouched)
    }

    /// Activations other than the clamp go the same way.
    @Test func activationsAreApplied() {
        for isa in Self.instructionSets {
            for kind in [
                CK_ACTIVATION_LEAKY_RELU, CK_ACTIVATION_SILU, CK_ACTIVATION_GELU, CK_ACTIVATION_HARD_SWISH,
            ] {
                for period in [2, 3] {
                    let sums: [Float] = (0..<40).map { Float($0 % 9) - 4 }
                    var output = [Float](repeating: .nan, count: period * 20 - 1)
                    let phases = (0..<period).map { ck_phase(first: min($0, 1) * 20, channel: 0) }
                    phases.withUnsafeBufferPointer { phases in
                        sums.withUnsafeBufferPointer { sums in
                            output.withUnsafeMutableBufferPointer { output in
                                var task = ck_interleave()
                                (task.sums, task.phases) = (sums.baseAddress, phases.baseAddress)
                                (task.period, task.row_stride, task.channels, task.rows) = (period, 20, 1, 1)
                                task.columns = ck_range(begin: 0, end: output.count)
                                task.output = output.baseAddress
                                task.epilogue.low = 0.5
                                task.epilogue.activation = kind
                                ck_store_interleaved(isa, &task)
                            }
                        }
                    }
                    for (index, value) in output.enumerated() {
                        let x = sums[min(index % period, 1) * 20 + index / period]
                        switch kind {
                        case CK_ACTIVATION_LEAKY_RELU: #expect(value == (x < 0 ? x / 2 : x))
                        case CK_ACTIVATION_HARD_SWISH: #expect(value == x * min(max(x + 3, 0), 6) / 2)
                        default: #expect(value.isFinite && value >= -0.3)
                        }
                    }
                }
            }
        }
    }
}
