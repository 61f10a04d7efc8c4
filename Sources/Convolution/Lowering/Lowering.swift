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
    private(set) var parts: [Part]
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
        /// The pixels of the output that it computes; nil for all, or for some that are stored where they belong.
        var interleaved: InterleavedPhases?

        /// In proportion to the time that it takes.
        var work: Double { Double(problem.outputCount) * Double(terms) * Double(problem.weightCount / outputChannels) }
        private var outputChannels: Int { max(1, problem.outputChannels) }
    }

    /// Pixels of the output that are computed together and interleaved with those of other parts. Pixels of a phase that no
    /// part computes are sums over nothing.
    struct InterleavedPhases: Sendable, Equatable {
        /// Parts of the same set compute the same rows.
        var set = 0
        var rows: InterleavedAxis
        var columns: InterleavedAxis
        /// The phase of each output channel that is made of one.
        var phases: [Phase]

        struct Phase: Sendable, Equatable {
            var row: Int
            var column: Int
        }
    }

    /// An axis of the output in phases: element i is number (i + `shift`) / `period` of phase (i + `shift`) % `period`.
    struct InterleavedAxis: Sendable, Equatable {
        var period: Int
        var shift: Int
        /// The elements of the axis.
        var extent: Int
    }

    /// Whether the parts are phases of a stride, which differ in their taps.
    private(set) var hasPhases = false

    init(parts: [Part], weights: [WeightForm], hasDepthAsChannels: Bool = false, hasPhases: Bool = false) {
        self.hasPhases = hasPhases
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
        switch problem.operation.storage {
        case .convolution: self.init(asIs: VolumeForm(problem))
        case .transposed: self.init(transposed: problem) { Lowering(asIs: $0) }
        }
    }

    init(asIs volume: VolumeForm) {
        if volume.depth.isSingle {
            self.init(volume.planar.problem, volume.planar.taps)
            move(volume)
        } else {
            self.init(accumulating: volume)
        }
    }

    /// Moves what is read and written to where it lies.
    private mutating func move(_ volume: VolumeForm) {
        for index in parts.indices {
            parts[index].inputOffset += volume.inputOffset
            parts[index].outputOffset += volume.outputOffset
        }
    }

    /// The same sums in an order that the input's extents have no part in.
    var inFixedOrder: Lowering {
        var lowering = self
        for index in parts.indices { lowering.parts[index].problem.hasFixedOrder = true }
        return lowering
    }

    /// The part that takes the longest, by which an algorithm is judged.
    var largest: Part {
        // There is no lowering without parts.
        parts.count == 1 ? parts[0] : parts.max { $0.work < $1.work } ?? parts[0]
    }

    /// Whether the parts that are interleaved with one another have weights of one kind, and taps without dilation: then they
    /// have kernels of one kind, whose columns are cut alike.
    var interleavesLikeColumns: Bool {
        zip(parts, parts.dropFirst()).allSatisfy { part, next in
            guard let set = part.interleaved?.set, next.interleaved?.set == set else { return true }
            return part.problem.packing == next.problem.packing
        } && parts.allSatisfy { $0.interleaved == nil || $0.problem.width.dilation == 1 }
    }

    /// Whether a kernel stores the columns of two phases woven into one another, which not every kernel can.
    var weavesColumns: Bool { parts.contains { $0.problem.weavesColumns } }

    /// Whether nothing but the input's and the output's addresses are to be given to the kernel.
    var isSingleSum: Bool { parts.count == 1 && parts[0].terms == 1 }

    /// The forms of a problem that an algorithm may compute, the best first: an algorithm that has no kernel for one takes
    /// the next, so that lowering never makes one inapplicable.
    static func forms(_ problem: ConvolutionProblem) -> [Lowering] {
        guard problem.outputCount > 0, problem.inputCount > 0 else { return [Lowering(asIs: problem)] }
        switch problem.operation.storage {
        case .convolution: return forms(VolumeForm(problem))
        case .transposed: return transposedForms(problem)
        }
    }

    /// The forms of a convolution, the best first.
    static func forms(_ volume: VolumeForm) -> [Lowering] {
        let asIs = Lowering(asIs: volume)
        if let flat = PlanarForm(flattening: volume) {
            var lowered = flat.withoutIdleTaps.withHeightAsChannels.asRow.withImagesAsPixels.lowering
            lowered.move(volume)
            return lowered == asIs ? [asIs] : [lowered, asIs]
        }
        return [Lowering(depthAsChannels: volume), asIs].compactMap { $0 }
    }
}

extension Axis {
    /// A single element and a single tap, and nothing that could move them.
    var isSingle: Bool { input == 1 && isPointwise && dilation == 1 }

    /// An axis of one element and one tap.
    static let single = Axis(input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1)
}
