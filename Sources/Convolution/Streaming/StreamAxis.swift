// SPDX-License-Identifier: Apache-2.0

/// Which samples the outputs of a signal are sums of, and when they are complete; positions count from the beginning of
/// the signal.
///
/// Outputs are taken by turns from the sums of one or several phases: output `o` is number `(o + shift) / phases.count`
/// of phase `(o + shift) % phases.count`. A convolution has one phase, a transposed one as many as its stride counts.
struct StreamAxis: Sendable {
    /// One of the sums: number `q` is of the taps from sample `q * step + origin` on.
    struct Phase: Sendable {
        /// The taps of the kernel in the order of the samples that they meet.
        var taps: [Int]
        var step = 1
        var origin = 0
        /// From the sample of one tap to that of the next.
        var dilation = 1

        /// Samples from that of the first tap to that of the last.
        var reach: Int { dilation * max(0, taps.count - 1) }
    }

    private enum Kind: Sendable {
        case convolution(reach: Int)
        /// `extent` outputs of a single sample, those that are cut off at the end left out.
        case transposed(extent: Int)
    }

    let phases: [Phase]
    let shift: Int
    let stride: Int
    /// Padding: of the samples, or outputs of a transposed convolution that are cut off.
    let padding: AxisPadding
    /// Samples before the newest that an output which has not been given may need.
    let kept: Int
    /// How many samples, or outputs of a transposed convolution, an output waits.
    let latency: Int
    private let kind: Kind

    /// Larger parameters than these would let positions in a long signal overflow, and no signal is as long.
    private static let most = 1 << 40
    /// Each has weights of its own.
    private static let mostPhases = 1 << 16

    /// The convolution along an axis.
    ///
    /// - Throws: `ConvolutionError.sizeOverflow` if a parameter is beyond what positions are counted in.
    init(_ axis: Axis) throws(ConvolutionError) {
        let phase = Phase(
            taps: Array(0..<axis.kernel), step: axis.stride, origin: -axis.before, dilation: axis.dilation)
        try Self.check([axis.kernel, axis.stride, axis.dilation, axis.before, axis.after], reach: phase.reach)
        (phases, shift, stride) = ([phase], 0, axis.stride)
        padding = AxisPadding(before: axis.before, after: axis.after)
        kept = phase.reach
        latency = phase.reach - axis.before
        kind = .convolution(reach: phase.reach)
    }

    /// The transposed convolution of so many taps, `padding` outputs of which are cut off at either end.
    ///
    /// Before that, sample `i` adds tap `t` to output `i * stride + t * dilation`. So phase `r` has the taps with
    /// `t * dilation = r` modulo `stride`, which are `stride / g` apart, `g` being the greatest common divisor of both,
    /// and meet samples that are `dilation / g` apart.
    init(
        transposed kernel: Int, stride: Int, dilation: Int, padding: AxisPadding, outputPadding: Int
    ) throws(ConvolutionError) {
        let reach = (CheckedSize(dilation) * (kernel - 1)).value ?? .max
        try Self.check([kernel, stride, dilation, padding.before, padding.after, outputPadding], reach: reach)
        guard stride <= Self.mostPhases else {
            throw .sizeOverflow(quantity: "the phases of a stream", values: [stride])
        }
        let common = greatestCommonDivisor(stride, dilation)
        var phases = [Phase](
            repeating: Phase(taps: [], dilation: dilation / common), count: stride)
        for first in 0..<min(kernel, stride / common) {
            let (whole, phase) = (first * dilation).quotientAndRemainder(dividingBy: stride)
            let taps = Swift.stride(from: first, to: kernel, by: stride / common).reversed()
            phases[phase].taps = Array(taps)
            phases[phase].origin = -whole - phases[phase].reach
        }
        let extent = reach + 1 + outputPadding - padding.after
        // Outputs that are cut off at the end until more samples come.
        let waiting = max(0, stride - extent)
        self.phases = phases
        (shift, self.stride, self.padding) = (padding.before, stride, padding)
        kept = (phases.map { -$0.origin }.max() ?? 0) + Split.units(waiting, stride)
        latency = padding.before + waiting
        kind = .transposed(extent: extent)
    }

    private static func check(_ values: [Int], reach: Int) throws(ConvolutionError) {
        guard values.allSatisfy({ $0 <= most }), reach <= most else {
            throw .sizeOverflow(quantity: "the positions in a stream", values: values)
        }
    }

    /// Outputs that no sample after the first `seen` adds to. None before there is a sample: what a signal of no
    /// samples gives is nothing.
    func complete(_ seen: Int) -> Int {
        guard seen > 0 else { return 0 }
        switch kind {
        case .convolution(let reach): return windows(seen + padding.before, reach)
        case .transposed: return min(max(0, seen * stride - padding.before), all(seen))
        }
    }

    /// Outputs of a signal of so many samples.
    func all(_ seen: Int) -> Int {
        guard seen > 0 else { return 0 }
        switch kind {
        case .convolution(let reach): return windows(seen + padding.before + padding.after, reach)
        case .transposed(let extent): return max(0, (seen - 1) * stride + extent - padding.before)
        }
    }

    private func windows(_ padded: Int, _ reach: Int) -> Int {
        padded > reach ? (padded - reach - 1) / stride + 1 : 0
    }
}
