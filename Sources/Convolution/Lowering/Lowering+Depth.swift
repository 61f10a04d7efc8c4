// SPDX-License-Identifier: Apache-2.0

/// How a convolution along three axes is one along two: its planes are images, and of the taps along the depth each is a
/// sum of its own, added to what is there, or channels more of one sum. Planes that lie beside the input have no part in
/// it: they are left out, and not multiplied.
extension Lowering {
    /// A sum for each tap along the depth.
    init(accumulating volume: VolumeForm) {
        let depth = volume.depth
        let form = volume.slices
        var parts: [Part] = []
        for slices in depth.slices {
            parts.append(Part(slices, of: volume, as: form.problem, firstWeights: slices.taps.lowerBound))
        }
        let weights = (0..<depth.kernel).map { tap in
            var taps = form.taps
            taps.depth = taps.depth[tap..<tap + 1]
            return WeightForm(taps, form.problem)
        }
        self.init(parts: parts, weights: weights)
    }

    /// One sum in which the taps along the depth are channels, where all of them meet the input, and tap by tap at its ends.
    /// nil if there is no such plane, a tap's weights are many enough to be kept only once, or there is but one tap.
    init?(depthAsChannels volume: VolumeForm) {
        let (depth, slices) = (volume.depth, volume.depth.slices)
        guard depth.kernel > 1, let inner = slices.firstIndex(where: { $0.taps.count == depth.kernel }) else {
            return nil
        }
        let form = volume.slices
        var whole = form.problem
        guard let channels = (CheckedSize(whole.inputChannels) * depth.kernel).value,
            depth.isUnpadded || form.problem.weightCount <= Lowering.mostWeightsKeptTwice / depth.kernel
        else { return nil }
        whole.inputChannels = channels
        whole.depthTaps = depth.kernel
        whole.depthStride = depth.dilation * whole.input.plane
        guard (try? whole.checkLoops()) != nil else { return nil }
        let tapForms = depth.isUnpadded ? [] : Lowering(accumulating: volume).weights
        var parts: [Part] = []
        for (index, slices) in slices.enumerated() {
            if index == inner {
                var part = Part(slices, of: volume, as: whole, firstWeights: 0)
                part.terms = 1
                parts.append(part)
            } else {
                parts.append(Part(slices, of: volume, as: form.problem, firstWeights: 1 + slices.taps.lowerBound))
            }
        }
        self.init(
            parts: parts, weights: [WeightForm(form.taps, whole)] + tapForms, hasDepthAsChannels: true)
    }

    /// More weights than these are not kept in two forms.
    private static let mostWeightsKeptTwice = 1 << 20
}

/// A convolution along three axes: along two, and a depth.
struct VolumeForm {
    /// What each plane of the output is of one plane of the input.
    var planar: PlanarForm
    var depth: Axis
    var inputOffset = 0
    var outputOffset = 0

    init(planar: PlanarForm, depth: Axis, inputOffset: Int = 0, outputOffset: Int = 0) {
        (self.planar, self.depth) = (planar, depth)
        (self.inputOffset, self.outputOffset) = (inputOffset, outputOffset)
    }

    /// That of a problem which is no transposed one.
    init(_ problem: ConvolutionProblem) {
        self.init(
            planar: PlanarForm(problem: KernelProblem(slicesOf: problem), taps: .all(problem)), depth: problem.depth)
    }

    /// Its planes one by one.
    fileprivate var slices: PlanarForm {
        let form = planar.withoutIdleTaps
        return form.problem.isInterleaved ? form : form.asRow
    }
}

extension Lowering.Part {
    /// The planes of output `slices`, each the sum over its taps.
    fileprivate init(
        _ slices: Axis.Slices, of volume: VolumeForm, as planar: KernelProblem, firstWeights: Int
    ) {
        let depth = volume.depth
        self.problem = planar
        self.problem.setSlices(slices.outputs, of: volume)
        outputOffset = volume.outputOffset + slices.outputs.lowerBound * planar.output.plane
        terms = slices.taps.count
        termStride = terms > 1 ? depth.dilation * planar.input.plane : 0
        self.firstWeights = firstWeights
        if terms == 0 {
            // The sum over nothing, which leaves the bias.
            self.problem.inputChannels = 0
        } else {
            let first = depth.inputIndex(of: slices.outputs.lowerBound, tap: slices.taps.lowerBound)
            inputOffset = volume.inputOffset + first * planar.input.plane
        }
    }
}

extension KernelProblem {
    /// The planes `outputs` of an output are the images.
    mutating func setSlices(_ outputs: Range<Int>, of volume: VolumeForm) {
        batch = volume.planar.problem.batch * outputs.count
        // A stride over a single plane may be as long as it likes.
        guard outputs.count > 1 else { return }
        volumes = volume.planar.problem.batch
        input.image = volume.depth.stride * input.plane
        output.image = output.plane
        let isRegular =
            input.volume == outputs.count * input.image && output.volume == outputs.count * output.image
        if volumes <= 1 || isRegular { volumes = 1 }
    }
}

extension Axis {
    /// Neighbouring outputs, and the taps that meet the input in each of them.
    struct Slices {
        var outputs: Range<Int>
        var taps: Range<Int>
    }

    /// All outputs, cut wherever a tap meets the input no more, or begins to.
    var slices: [Slices] {
        // The taps that meet the input in an output are neighbours.
        let met = (0..<kernel).lazy.map { (tap: $0, outputs: self.outputs(of: $0)) }
        var cuts: Set<Int> = [0, output]
        for (_, outputs) in met where !outputs.isEmpty { cuts.formUnion([outputs.lowerBound, outputs.upperBound]) }
        let sorted = cuts.sorted()
        return zip(sorted, sorted.dropFirst()).map { begin, end in
            // Tap t of output o is element o * stride + t * dilation - before.
            let first = begin * stride - before
            let lowest = first >= 0 ? 0 : (-first - 1) / dilation + 1
            let highest = first >= input ? -1 : (input - 1 - first) / dilation
            let taps = min(lowest, kernel)..<max(min(lowest, kernel), min(highest + 1, kernel))
            return Slices(outputs: begin..<end, taps: taps)
        }
    }
}
