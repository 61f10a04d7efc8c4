// SPDX-License-Identifier: Apache-2.0

/// Taps of an axis, in the order in which a kernel has them.
struct TapSequence: Sendable, Equatable {
    /// The first tap.
    var first: Int
    var count: Int
    /// From one to the next: negative where a kernel is flipped.
    var step = 1

    /// Some of them.
    subscript(range: Range<Int>) -> TapSequence {
        TapSequence(first: first + range.lowerBound * step, count: range.count, step: step)
    }

    subscript(index: Int) -> Int { first + index * step }
}

/// Weights as a kernel multiplies with them: a selection of a weight's taps, in the order of the kernel's channels and taps.
struct WeightForm: Sendable, Equatable {
    /// The taps of each axis that are kept.
    struct Taps: Sendable, Equatable {
        var depth: TapSequence
        var height: TapSequence
        var width: TapSequence
        /// Output channels that are made of one, each of other taps: how far those of each are behind the first's. Empty for a
        /// single one.
        var phases: [PhaseOffset] = []
        /// The taps of a kernel whole.
        fileprivate let kernel: Axes<Int>
        /// The groups of a weight that has its input channels first; 0 where it has its output channels first.
        fileprivate var transposedGroups: Int

        /// All taps.
        static func all(_ problem: ConvolutionProblem) -> Taps {
            let kernel = problem.axes.map(\.kernel)
            return Taps(
                depth: TapSequence(first: 0, count: kernel.depth), height: TapSequence(first: 0, count: kernel.height),
                width: TapSequence(first: 0, count: kernel.width), kernel: kernel,
                transposedGroups: problem.isTransposed ? problem.groups : 0)
        }

        /// All taps in the tensor's order, whatever that is.
        static func asGiven(_ problem: ConvolutionProblem) -> Taps {
            var taps = all(problem)
            taps.transposedGroups = 0
            return taps
        }

        fileprivate var isAll: Bool {
            transposedGroups == 0 && depth.count == kernel.depth && height.count == kernel.height
                && width.count == kernel.width
        }
    }

    /// Rows and columns of taps.
    struct PhaseOffset: Sendable, Equatable {
        var row = 0
        var column = 0
    }

    let taps: Taps
    /// Whether the taps along the depth are further channels, all channels of one before those of the next.
    let isDepthOutermost: Bool
    /// How many weights there are.
    let count: Int
    /// What else the packed weights depend on.
    private let packing: [Int]

    init(_ taps: Taps, _ problem: KernelProblem) {
        self.taps = taps
        isDepthOutermost = problem.depthTaps > 1
        count = problem.weightCount
        packing = problem.packing
    }

    /// Whether a kernel for the problem reads weights of this form.
    func isPacked(for problem: KernelProblem) -> Bool { packing == problem.packing }

    /// Whether the weights are the tensor's, in its order.
    var isAsGiven: Bool { taps.isAll && !isDepthOutermost }

    /// Writes `count` weights.
    ///
    /// - Parameters:
    ///   - weight: (K, C / groups, *kernel), or of a transposed convolution (C, K / groups, *kernel).
    ///   - outer: Its first extent.
    ///   - inner: Its second extent.
    func select(
        from weight: UnsafePointer<Float>, outer: Int, inner: Int, to selected: UnsafeMutablePointer<Float>
    ) {
        let (kernel, width, groups) = (taps.kernel, taps.width, taps.transposedGroups)
        var next = selected
        func copyRows(filter: Int, depth: Int, phase: PhaseOffset) {
            for row in 0..<taps.height.count {
                let line = (filter * kernel.depth + depth) * kernel.height + taps.height[row] + phase.row
                var source = weight + (line * kernel.width + width.first + phase.column)
                if width.step == 1 {
                    next.update(from: source, count: width.count)
                    next += width.count
                    continue
                }
                for column in 0..<width.count {
                    next.pointee = source.pointee
                    next += 1
                    if column + 1 < width.count { source += width.step }
                }
            }
        }
        /// Writes an output channel, whose weights of an input channel are those of a filter.
        func copy(channels: Int, phase: PhaseOffset, filter: (_ channel: Int) -> Int) {
            if isDepthOutermost {
                for depth in 0..<taps.depth.count {
                    for channel in 0..<channels {
                        copyRows(filter: filter(channel), depth: taps.depth[depth], phase: phase)
                    }
                }
            } else {
                for channel in 0..<channels {
                    for depth in 0..<taps.depth.count {
                        copyRows(filter: filter(channel), depth: taps.depth[depth], phase: phase)
                    }
                }
            }
        }
        guard groups > 0 else {
            for output in 0..<outer { copy(channels: inner, phase: PhaseOffset()) { output * inner + $0 } }
            return
        }
        let channels = outer / groups
        for group in 0..<groups {
            for output in 0..<inner {
                for phase in taps.phases.isEmpty ? [PhaseOffset()] : taps.phases {
                    copy(channels: channels, phase: phase) { (group * channels + $0) * inner + output }
                }
            }
        }
    }
}

extension Lowering {
    /// The weights of all forms, one after the other.
    ///
    /// - Parameter weight: That of the problem as it was given.
    func weights(_ weight: Tensor) throws(ConvolutionError) -> Tensor {
        if weights.count == 1, weights[0].isAsGiven { return weight }
        let (outer, inner) = (weight.shape[0], weight.shape[1])
        let counts = weights.map(\.count)
        var selected = try Tensor(uninitializedShape: [counts.reduce(0, +)])
        selected.withUnsafeMutableBufferPointer { selected in
            weight.withUnsafeBufferPointer { weight in
                guard let source = weight.baseAddress, var target = selected.baseAddress else { return }
                for (form, count) in zip(weights, counts) {
                    form.select(from: source, outer: outer, inner: inner, to: target)
                    target += count
                }
            }
        }
        return selected
    }
}
