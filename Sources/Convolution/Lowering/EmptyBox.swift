// SPDX-License-Identifier: Apache-2.0

/// Outputs that are sums over nothing: a bias, a residual and an activation alone.
struct EmptyBox {
    /// So many elements, so far apart.
    struct Extent {
        var count: Int
        var stride: Int
    }

    private var offset: Int
    /// The outermost first; the batch is one of them, the channels are not.
    private var extents: [Extent]

    /// Elements along the axes of an output.
    init(_ problem: KernelProblem, depth: AxisBox, height: AxisBox, width: AxisBox) {
        let out = problem.output
        offset = depth.first * out.plane + height.first * out.row + width.first * out.pixel
        extents =
            [Extent(count: problem.batch, stride: out.image)]
            + [(depth, out.plane), (height, out.row), (width, out.pixel)].flatMap { box, stride in
                box.extents.map { Extent(count: $0.count, stride: $0.stride * stride) }
            }
    }

    /// The outputs of a part without terms, all of those that it is interleaved with if it is.
    init(_ part: Lowering.Part, as phases: Lowering.InterleavedPhases?) {
        let (problem, out) = (part.problem, part.problem.output)
        offset = part.outputOffset
        extents = [
            Extent(count: problem.volumes, stride: out.volume),
            Extent(count: problem.imagesPerVolume, stride: out.image),
            Extent(count: phases?.rows.extent ?? problem.height.output, stride: out.row),
            Extent(count: phases?.columns.extent ?? problem.width.output, stride: out.pixel),
        ]
    }

    /// The parts that store them.
    func parts(of problem: ConvolutionProblem) -> [Lowering.Part] {
        parts(joined, offset, of: KernelProblem(slicesOf: problem))
    }

    /// The extents, without those of one element, and neighbours of which one continues the other made one.
    private var joined: [Extent] {
        var joined: [Extent] = []
        for extent in extents where extent.count > 1 {
            if let last = joined.last, last.stride == extent.stride * extent.count {
                joined[joined.count - 1] = Extent(count: last.count * extent.count, stride: extent.stride)
            } else {
                joined.append(extent)
            }
        }
        return joined
    }

    private func parts(_ extents: [Extent], _ offset: Int, of base: KernelProblem) -> [Lowering.Part] {
        // A kernel knows volumes, images, rows and pixels.
        if extents.count > 4 {
            return (0..<extents[0].count).flatMap {
                parts(Array(extents.dropFirst()), offset + $0 * extents[0].stride, of: base)
            }
        }
        let one = Extent(count: 1, stride: 0)
        let all = [Extent](repeating: one, count: 4 - extents.count) + extents
        var problem = base
        (problem.inputChannels, problem.groups) = (0, 1)
        (problem.volumes, problem.batch) = (all[0].count, all[0].count * all[1].count)
        (problem.height, problem.width) = (.pixels(all[2].count), .pixels(all[3].count))
        problem.output.volume = all[0].stride
        problem.output.image = all[1].stride
        problem.output.row = all[2].stride
        problem.output.pixel = all[3].stride
        return [Lowering.Part(problem: problem, outputOffset: offset, terms: 0)]
    }
}

/// Elements of an axis.
struct AxisBox {
    let first: Int
    fileprivate let extents: [EmptyBox.Extent]

    /// All of an axis of so many.
    init(_ count: Int) {
        first = 0
        extents = [EmptyBox.Extent(count: count, stride: 1)]
    }

    /// The outputs of a phase.
    init(_ phase: AxisPhases.Phase, period: Int) {
        first = phase.first
        extents = [EmptyBox.Extent(count: phase.axis.output, stride: period)]
    }

    fileprivate init(first: Int, _ extents: [EmptyBox.Extent]) {
        (self.first, self.extents) = (first, extents)
    }
}

extension AxisPhases {
    /// The outputs of an axis that no tap reaches.
    func gapBoxes(_ axis: Axis) -> [AxisBox] {
        gaps.flatMap { gap in
            // Whole ones, and what is left of the last.
            let whole = axis.output < gap.upperBound ? 0 : (axis.output - gap.upperBound) / period + 1
            let last = whole * period + gap.lowerBound
            let run = EmptyBox.Extent(count: gap.count, stride: 1)
            return [
                whole > 0
                    ? AxisBox(first: gap.lowerBound, [EmptyBox.Extent(count: whole, stride: period), run]) : nil,
                last < axis.output
                    ? AxisBox(first: last, [EmptyBox.Extent(count: axis.output - last, stride: 1)]) : nil,
            ].compactMap { $0 }
        }
    }
}
