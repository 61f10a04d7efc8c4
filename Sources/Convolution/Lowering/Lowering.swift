// SPDX-License-Identifier: Apache-2.0

/// What the kernels compute of a problem: the same sums on the same elements of memory, as convolutions along two axes that
/// they are better at.
///
/// The same work can be written in many forms, of which kernels know one: vectors hold pixels of a row, so a single
/// column is turned into a row, and the rows of an image are put end to end wherever no window looks to the side. A third
/// axis becomes a second, images, further channels or several sums. Nothing is moved: input and output keep their bytes,
/// and the weights are selected and ordered when they are packed.
struct Lowering: Sendable, Equatable {
    /// Convolutions whose outputs are all of the problem's, each element in one of them.
    let parts: [Part]
    /// The weights that the parts multiply with.
    let weights: [WeightForm]
    /// Whether the pixels of a row are of different images: the bits of an image may depend on the others where neighbouring
    /// pixels are transformed together.
    private(set) var hasImagesAsPixels = false
    /// Whether the taps along the depth are channels, which not every kernel can find.
    private(set) var hasDepthAsChannels = false

    /// One sum, or several over different weights that are added up: term i multiplies the input at `inputOffset` + i *
    /// `termStride` with weights `firstWeights` + i.
    struct Part: Sendable, Equatable {
        var problem: KernelProblem
        var inputOffset = 0
        var outputOffset = 0
        var terms = 1
        var termStride = 0
        var firstWeights = 0

        /// In proportion to the time that it takes.
        var work: Double { Double(problem.batch) * Double(terms) * Double(problem.channelsPerGroup) }
    }

    init(parts: [Part], weights: [WeightForm], hasDepthAsChannels: Bool = false) {
        self.parts = parts
        self.weights = weights
        self.hasDepthAsChannels = hasDepthAsChannels
    }

    /// One part of one term.
    init(_ problem: KernelProblem, _ taps: WeightForm.Taps, hasImagesAsPixels: Bool = false) {
        parts = [Part(problem: problem)]
        weights = [WeightForm(taps, problem)]
        self.hasImagesAsPixels = hasImagesAsPixels
    }

    /// The problem as it is: along two axes, or summed tap by tap along the depth.
    init(asIs problem: ConvolutionProblem) {
        if problem.depth.isSingle {
            self.init(KernelProblem(slicesOf: problem), .all(problem))
        } else {
            self.init(accumulating: problem)
        }
    }

    /// The part that takes the longest, by which an algorithm is judged.
    var largest: Part {
        // There is no lowering without parts.
        parts.count == 1 ? parts[0] : parts.max { $0.work < $1.work } ?? parts[0]
    }

    /// Whether nothing but the input's and the output's addresses are to be given to the kernel.
    var isSingleSum: Bool { parts.count == 1 && parts[0].terms == 1 }

    /// The forms of a problem that an algorithm may compute, the best first: an algorithm that has no kernel for one takes
    /// the next, so that lowering never makes one inapplicable.
    static func forms(_ problem: ConvolutionProblem) -> [Lowering] {
        let asIs = Lowering(asIs: problem)
        guard problem.outputCount > 0, problem.inputCount > 0 else { return [asIs] }
        if let flat = PlanarForm(flattening: problem) {
            let lowered = flat.withoutIdleTaps.withHeightAsChannels.asRow.withImagesAsPixels.lowering
            return lowered == asIs ? [asIs] : [lowered, asIs]
        }
        return [Lowering(depthAsChannels: problem), asIs].compactMap { $0 }
    }
}

extension Axis {
    /// A single element and a single tap, and nothing that could move them.
    var isSingle: Bool { input == 1 && isPointwise && dilation == 1 }

    /// An axis of one element and one tap.
    static let single = Axis(input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1)
}
