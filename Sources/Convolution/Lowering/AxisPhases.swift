// SPDX-License-Identifier: Apache-2.0

/// The outputs of an axis of a transposed convolution, sorted by the inputs that reach them.
///
/// Output o is the sum over the inputs i and taps t with o + before = i * stride + t * dilation. So outputs with the same
/// remainder r of (o + before) / stride see the same taps, those with t * dilation = r modulo the stride, which are
/// stride / gcd(stride, dilation) apart; from one such output to the next the inputs move on by one, and from one of its
/// taps to the next they go back by dilation / gcd. Each such phase is a convolution of stride 1 with the phase's taps in
/// reverse order.
struct AxisPhases {
    /// Outputs `first`, `first` + period ... below the extent, and their convolution.
    struct Phase {
        var first: Int
        var taps: TapSequence
        /// From the first element of the input on that a tap of the first output meets.
        var inputOffset: Int
        var axis: Axis
    }

    /// From one output of a phase to the next.
    let period: Int
    /// Outputs before the first that are counted.
    let shift: Int
    /// Those whose outputs have taps, in the order of their first outputs.
    let phases: [Phase]

    /// Of a single element nothing tells the stride: each output is a phase of its own, as long as these are few.
    private static let mostOutputsOfOneInput = 64

    /// - Parameters:
    ///   - isInterleaved: Whether all phases have as many outputs, some of which may lie behind the last.
    ///   - isShifted: Of interleaved ones, whether outputs are counted from the one that the first tap of the first input
    ///     falls on: then phases with as many taps see the same inputs, and some have an output that lies before the first.
    init(_ axis: Axis, isInterleaved: Bool = false, isShifted: Bool = false) {
        let reach = axis.dilation * (axis.kernel - 1) + 1
        // So far that no output is of a second input: of one, any stride means the same.
        let beyond = max(reach, axis.before + axis.output)
        let isOne = axis.input == 1 && axis.output <= AxisPhases.mostOutputsOfOneInput
        let stride = isOne ? beyond : axis.input == 1 ? min(axis.stride, beyond) : axis.stride
        let divisor = greatestCommonDivisor(stride, axis.dilation)
        let (dilation, tapStep) = (axis.dilation / divisor, stride / divisor)
        let shift = isShifted ? axis.before % stride : 0
        let outputs = axis.output + shift
        var phases: [Phase] = []
        for tap in 0..<min(axis.kernel, tapStep) {
            let (back, remainder) = (tap * axis.dilation).quotientAndRemainder(dividingBy: stride)
            let count = (axis.kernel - 1 - tap) / tapStep + 1
            // The first output is q * stride + remainder - before, the first such that is not negative.
            let quotient = Split.units(max(0, axis.before - shift - remainder), stride)
            let first = quotient * stride + remainder - axis.before + shift
            // The input that its last tap, the first in reverse, meets.
            let lead = quotient - back - (count - 1) * dilation
            guard first < outputs else { continue }
            let window = Axis(
                unstridedFrom: lead, input: axis.input, kernel: count, dilation: dilation,
                output: isInterleaved ? Split.units(outputs, stride) : (outputs - 1 - first) / stride + 1)
            guard window.input > 0 else { continue }
            phases.append(
                Phase(
                    first: first, taps: TapSequence(first: tap + (count - 1) * tapStep, count: count, step: -tapStep),
                    inputOffset: max(0, lead), axis: window))
        }
        (period, self.shift) = (stride, shift)
        self.phases = phases.sorted { $0.first < $1.first }
    }

    /// Those that see the same inputs, together.
    var groups: [[Phase]] {
        var groups: [[Phase]] = []
        for phase in phases {
            let index = groups.firstIndex {
                $0[0].axis == phase.axis && $0[0].inputOffset == phase.inputOffset && $0[0].taps.step == phase.taps.step
            }
            if let index { groups[index].append(phase) } else { groups.append([phase]) }
        }
        return groups
    }

    /// Phases without taps that follow one another, of a period.
    var gaps: [Range<Int>] {
        var gaps: [Range<Int>] = []
        var next = 0
        for phase in phases {
            if phase.first > next { gaps.append(next..<phase.first) }
            next = phase.first + 1
        }
        if next < period { gaps.append(next..<period) }
        return gaps
    }
}

extension Axis {
    /// The axis of a convolution without stride whose first output begins with element `lead` of an input, of the elements
    /// that it meets: none if it meets nothing.
    fileprivate init(unstridedFrom lead: Int, input: Int, kernel: Int, dilation: Int, output: Int) {
        let dilation = kernel == 1 ? 1 : dilation
        let before = max(0, -lead)
        let reach = (output - 1) + (kernel - 1) * dilation + 1
        let left = max(0, min(input - max(0, lead), reach - before))
        self.init(
            input: left, kernel: kernel, stride: 1, dilation: dilation, before: before,
            after: max(0, reach - before - left), output: output)
    }
}
