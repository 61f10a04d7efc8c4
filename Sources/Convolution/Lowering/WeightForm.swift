// SPDX-License-Identifier: Apache-2.0

/// Weights as a kernel multiplies with them: a selection of a weight's taps, in the order of the kernel's channels and taps.
struct WeightForm: Sendable, Equatable {
    /// The taps of each axis that are kept.
    struct Taps: Sendable, Equatable {
        var depth: Range<Int>
        var height: Range<Int>
        var width: Range<Int>
        /// The taps of a kernel whole.
        fileprivate let kernel: Axes<Int>

        /// All taps.
        static func all(_ problem: ConvolutionProblem) -> Taps {
            let kernel = problem.axes.map(\.kernel)
            return Taps(depth: 0..<kernel.depth, height: 0..<kernel.height, width: 0..<kernel.width, kernel: kernel)
        }

        fileprivate var isAll: Bool {
            depth.count == kernel.depth && height.count == kernel.height && width.count == kernel.width
        }
    }

    let taps: Taps
    /// Whether the taps along the depth are further channels, all channels of one before those of the next.
    let isDepthOutermost: Bool
    /// What else the packed weights depend on.
    private let packing: [Int]

    init(_ taps: Taps, _ problem: KernelProblem) {
        self.taps = taps
        isDepthOutermost = problem.depthTaps > 1
        packing = problem.packing
    }

    /// Whether a kernel for the problem reads weights of this form.
    func isPacked(for problem: KernelProblem) -> Bool { packing == problem.packing }

    /// Whether the weights are the tensor's, in its order.
    var isAsGiven: Bool { taps.isAll && !isDepthOutermost }

    /// How many weights there are.
    ///
    /// - Parameter filters: Output channels times input channels of a group of the tensor.
    func count(filters: Int) -> Int { filters * taps.depth.count * taps.height.count * taps.width.count }

    /// Writes `count` weights.
    ///
    /// - Parameters:
    ///   - weight: (K, C / groups, *kernel).
    ///   - channels: C / groups.
    func select(
        from weight: UnsafePointer<Float>, outputChannels: Int, channels: Int, to selected: UnsafeMutablePointer<Float>
    ) {
        var next = selected
        func copyRows(filter: Int, depth: Int) {
            for row in taps.height {
                let first = ((filter * taps.kernel.depth + depth) * taps.kernel.height + row) * taps.kernel.width
                next.update(from: weight + first + taps.width.lowerBound, count: taps.width.count)
                next += taps.width.count
            }
        }
        for output in 0..<outputChannels {
            if isDepthOutermost {
                for depth in taps.depth {
                    for channel in 0..<channels { copyRows(filter: output * channels + channel, depth: depth) }
                }
            } else {
                for channel in 0..<channels {
                    for depth in taps.depth { copyRows(filter: output * channels + channel, depth: depth) }
                }
            }
        }
    }
}

extension Lowering {
    /// The weights of all forms, one after the other.
    ///
    /// - Parameter weight: (K, C / groups, *kernel) of the problem as it was given.
    func weights(_ weight: Tensor) throws(ConvolutionError) -> Tensor {
        if weights.count == 1, weights[0].isAsGiven { return weight }
        let (outputChannels, channels) = (weight.shape[0], weight.shape[1])
        let counts = weights.map { $0.count(filters: outputChannels * channels) }
        var selected = try Tensor(uninitializedShape: [counts.reduce(0, +)])
        selected.withUnsafeMutableBufferPointer { selected in
            weight.withUnsafeBufferPointer { weight in
                guard let source = weight.baseAddress, var target = selected.baseAddress else { return }
                for (form, count) in zip(weights, counts) {
                    form.select(from: source, outputChannels: outputChannels, channels: channels, to: target)
                    target += count
                }
            }
        }
        return selected
    }
}
