// SPDX-License-Identifier: Apache-2.0

/// How a transposed convolution is several convolutions, one for each phase of its stride, which write outputs that lie a
/// stride apart. Nothing is scattered, and no product is kept.
///
/// Along the depth and the height a phase is a part of its own, whose strides of the output are so much longer. Along the
/// width too where channels are neighbours. Where pixels are, storing every other one would take as long as the sum of a
/// small kernel: there the phases of a row are computed one after the other, for a few rows and channels, and then
/// interleaved (`InterleavedPhases`). Phases that see the same inputs are further output channels of one convolution. Where
/// these are all phases of the columns, a kernel that has them in registers side by side stores rows itself
/// (`KernelProblem.weave`): two of any convolution, or any number of a depthwise one.
extension Lowering {
    /// - Parameter lower: The form of each convolution, along axes without strides.
    init(transposed problem: ConvolutionProblem, lower: (VolumeForm) -> Lowering) {
        self.init(TransposedPhases(problem), of: problem, lower: lower)
    }

    /// The form in which a kernel stores rows of woven columns; nil if no kernel can.
    private init?(
        weaving columns: TransposedPhases.Weaving, of problem: ConvolutionProblem, lower: (VolumeForm) -> Lowering
    ) {
        let phases = TransposedPhases(problem, weaving: columns)
        // Planes that no tap along the depth reaches would be boxes of their own.
        func reachesAll(_ depth: Axis) -> Bool { depth.isSingle || depth.slices.allSatisfy { !$0.taps.isEmpty } }
        guard phases.weavesColumns, phases.rows.joined().allSatisfy({ reachesAll($0.volume.depth) }) else { return nil }
        self.init(phases, of: problem, lower: lower)
    }

    private init(_ phases: TransposedPhases, of problem: ConvolutionProblem, lower: (VolumeForm) -> Lowering) {
        if let volume = phases.onlyVolume {
            self = lower(volume)
            return
        }
        var parts: [Part] = []
        var weights: [WeightForm] = []
        var empty = phases.gaps
        var hasDepthAsChannels = false
        var sets = 0
        for rows in phases.rows {
            for (index, columns) in rows.enumerated() {
                let lowered = lower(columns.volume)
                for (slices, part) in lowered.parts.enumerated() {
                    if part.terms == 0 {
                        // Planes that no tap along the depth reaches: whole rows where columns are interleaved.
                        if index == 0 || columns.phases == nil {
                            empty.append(EmptyBox(part, as: columns.phases))
                        }
                        continue
                    }
                    var part = part
                    part.firstWeights += weights.count
                    part.interleaved = columns.phases
                    part.interleaved?.set = sets + slices
                    parts.append(part)
                }
                weights += lowered.weights
                hasDepthAsChannels = hasDepthAsChannels || lowered.hasDepthAsChannels
                if index == rows.count - 1 { sets += lowered.parts.count }
            }
        }
        parts += empty.flatMap { $0.parts(of: problem) }
        // Parts of a set follow one another, by which they are found.
        let ordered = parts.enumerated().sorted { first, second in
            let (left, right) = (first.element.interleaved?.set ?? .max, second.element.interleaved?.set ?? .max)
            return left == right ? first.offset < second.offset : left < right
        }
        self.init(
            parts: ordered.map(\.element), weights: weights, hasDepthAsChannels: hasDepthAsChannels,
            hasPhases: true)
    }

    /// The forms of a transposed convolution, the best first.
    static func transposedForms(_ problem: ConvolutionProblem) -> [Lowering] {
        if let volume = TransposedPhases(problem).onlyVolume { return forms(volume) }
        func best(_ volume: VolumeForm) -> Lowering {
            // A single tap of a plane leaves nothing to the kernels that know taps along the depth as channels.
            let planar = volume.planar.problem
            let isPointwise = planar.height.kernel == 1 && planar.width.kernel == 1
            return forms(volume).first { !isPointwise || !$0.hasDepthAsChannels } ?? Lowering(asIs: volume)
        }
        let asIs = Lowering(asIs: problem)
        let candidates = [
            Lowering(weaving: .filters, of: problem) { Lowering(asIs: $0) },
            Lowering(weaving: .pixels, of: problem) { Lowering(asIs: $0) },
            Lowering(weaving: .windows, of: problem, lower: best),
            Lowering(transposed: problem, lower: best),
        ]
        return candidates.compactMap(\.self).filter { $0 != asIs } + [asIs]
    }
}
