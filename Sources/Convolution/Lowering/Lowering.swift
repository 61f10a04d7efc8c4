// SPDX-License-Identifier: Apache-2.0

/// What the kernels compute of a problem: the same sums on the same elements of memory, as another problem that they are
/// better at.
///
/// The same work can be written in many forms, of which kernels know one: vectors hold pixels of a row, so a single
/// column is turned into a row, and the rows of an image are put end to end wherever no window looks to the side. Nothing
/// is moved: input and output keep their bytes, and so do the weights, but for the taps that never meet the input.
struct Lowering: Sendable, Equatable {
    /// What the kernels compute.
    let problem: ConvolutionProblem
    /// Of the weights along each axis, the only tap that meets the input; nil for all of them.
    private let tap: (height: Int?, width: Int?)
    /// Whether the pixels of a row are of different images.
    private var hasImagesAsPixels = false

    /// The problem as it is.
    init(asIs problem: ConvolutionProblem) {
        self.init(problem: problem, tap: (nil, nil))
    }

    private init(problem: ConvolutionProblem, tap: (height: Int?, width: Int?)) {
        self.problem = problem
        self.tap = tap
    }

    /// The forms of a problem that an algorithm may compute, the best first: an algorithm that has no kernel for one takes
    /// the next, so that lowering never makes one inapplicable.
    static func forms(_ problem: ConvolutionProblem) -> [Lowering] {
        let asIs = Lowering(asIs: problem)
        guard problem.outputCount > 0, problem.inputCount > 0 else { return [asIs] }
        let lowered = asIs.withoutIdleTaps.withHeightAsChannels.asRow.withImagesAsPixels
        return lowered == asIs ? [asIs] : [lowered, asIs]
    }

    /// The forms that an algorithm may compute: those that are compared with, as the problem is given.
    static func forms(_ problem: ConvolutionProblem, for algorithm: Algorithm) -> [Lowering] {
        algorithm.isForComparison ? [Lowering(asIs: problem)] : forms(problem).filter { $0.isFor(algorithm) }
    }

    /// Whether an algorithm may compute the form: one that transforms neighbouring pixels together would let the bits of an
    /// image depend on the others.
    func isFor(_ algorithm: Algorithm) -> Bool { !(hasImagesAsPixels && algorithm == .fft) }

    static func == (left: Lowering, right: Lowering) -> Bool {
        left.tap == right.tap && left.problem == right.problem
    }

    // MARK: Steps

    /// An axis along which a single element meets a single tap loses its other taps, its padding, stride and dilation.
    private var withoutIdleTaps: Lowering {
        let (height, width) = (problem.height.onlyTap, problem.width.onlyTap)
        guard height != nil || width != nil,
            let problem = try? problem.with(
                height: height == nil ? nil : .single, width: width == nil ? nil : .single)
        else { return self }
        return Lowering(
            problem: problem,
            tap: (
                self.problem.height.kernel > 1 ? height : nil, self.problem.width.kernel > 1 ? width : nil
            ))
    }

    /// Kernels as high as their image sum over its rows as over channels, and such rows are as far apart as channels of a
    /// row each. The same for a kernel as large as its image.
    private var withHeightAsChannels: Lowering {
        guard problem.layout == .channelsFirst, problem.channelsPerGroup > 1 else { return self }
        var lowered = self
        if problem.height.isCovered, problem.height.kernel > 1,
            let problem = try? problem.with(
                channels: problem.inputChannels * problem.height.kernel, height: .single)
        {
            lowered = Lowering(problem: problem, tap: tap)
        }
        if lowered.problem.height.isSingle, lowered.problem.width.isCovered, lowered.problem.width.kernel > 1,
            let problem = try? lowered.problem.with(
                channels: lowered.problem.inputChannels * lowered.problem.width.kernel, width: .single)
        {
            lowered = Lowering(problem: problem, tap: tap)
        }
        return lowered
    }

    /// Rows end to end, where windows reach up and down alone: a row of all pixels, whose taps are whole rows apart. And a
    /// column turned.
    private var asRow: Lowering {
        let (height, width) = (problem.height, problem.width)
        guard !height.isSingle, width.isPointwise, height.stride == 1 || width.isSingle else { return self }
        func rows(_ count: Int) -> Int? { (CheckedSize(width.input) * count).value }
        guard let length = rows(height.input), let before = rows(height.before), let after = rows(height.after),
            let dilation = height.kernel > 1 ? rows(height.dilation) : 1,
            let problem = try? problem.with(
                height: .single,
                width: .init(
                    input: length, kernel: height.kernel, stride: height.stride, dilation: dilation,
                    padding: AxisPadding(before: before, after: after)))
        else { return self }
        return Lowering(problem: problem, tap: tap)
    }

    /// Images of one pixel, whose channels are neighbours, are pixels of one image with its channels last: more of them
    /// share the weights that they are multiplied with.
    private var withImagesAsPixels: Lowering {
        guard problem.height.isSingle, problem.width.isSingle, problem.groups == 1,
            let problem = try? problem.with(
                batch: 1, layout: .channelsLast,
                width: .init(
                    input: problem.batch, kernel: 1, stride: 1, dilation: 1, padding: AxisPadding(before: 0, after: 0)))
        else { return self }
        var lowered = Lowering(problem: problem, tap: tap)
        lowered.hasImagesAsPixels = true
        return lowered
    }
}

// MARK: Weights

extension Lowering {
    /// What the packed weights of a kernel depend on: not on the input's size.
    struct WeightForm: Equatable {
        private let tap: [Int?]
        private let extents: [Int]
        private let layout: TensorLayout

        fileprivate init(_ problem: ConvolutionProblem, tap: (height: Int?, width: Int?)) {
            self.tap = [tap.height, tap.width]
            let axes = [problem.height, problem.width]
            extents = [problem.inputChannels] + axes.map(\.kernel) + axes.map(\.stride)
            layout = problem.layout
        }
    }

    var weightForm: WeightForm { WeightForm(problem, tap: tap) }

    /// The weights that the lowered problem has.
    ///
    /// - Parameter weight: (K, C / groups, *kernel) of the problem as it was given.
    func weights(_ weight: Tensor) throws(ConvolutionError) -> Tensor {
        guard tap.height != nil || tap.width != nil else { return weight }
        let (rows, columns) = weight.rank == 3 ? (1, weight.shape[2]) : (weight.shape[2], weight.shape[3])
        let (kernels, keptRows) = (weight.shape[0] * weight.shape[1], tap.height.map { $0..<$0 + 1 } ?? 0..<rows)
        let keptColumns = tap.width.map { $0..<$0 + 1 } ?? 0..<columns
        var kept = try Tensor(uninitializedShape: [kernels, keptRows.count, keptColumns.count])
        kept.withUnsafeMutableBufferPointer { kept in
            weight.withUnsafeBufferPointer { weight in
                var index = 0
                for kernel in 0..<kernels {
                    for row in keptRows {
                        for column in keptColumns {
                            kept[index] = weight[(kernel * rows + row) * columns + column]
                            index += 1
                        }
                    }
                }
            }
        }
        return kept
    }
}

extension Axis {
    /// A single element and a single tap, and nothing that could move them.
    fileprivate var isSingle: Bool { input == 1 && isPointwise && dilation == 1 }

    /// Whether the one window is the whole input.
    fileprivate var isCovered: Bool { isUnpadded && output == 1 && kernel == input && (dilation == 1 || kernel == 1) }

    /// The tap that meets the only element of the input in the only output, if that is how it is.
    fileprivate var onlyTap: Int? {
        guard input == 1, output == 1, before % dilation == 0, before / dilation < kernel else { return nil }
        return before / dilation
    }
}

extension ConvolutionProblem.UncheckedAxis {
    /// An element, a tap.
    fileprivate static let single = Self(
        input: 1, kernel: 1, stride: 1, dilation: 1, padding: AxisPadding(before: 0, after: 0))
}

extension ConvolutionProblem {
    /// The problem with some of its parts replaced.
    fileprivate func with(
        batch: Int? = nil, channels: Int? = nil, layout: TensorLayout? = nil, height: UncheckedAxis? = nil,
        width: UncheckedAxis? = nil
    ) throws(ConvolutionError) -> ConvolutionProblem {
        try ConvolutionProblem(
            rank: 2, batch: batch ?? self.batch, inputChannels: channels ?? inputChannels,
            outputChannels: outputChannels, groups: groups, isUnbatched: isUnbatched && (batch ?? self.batch) == 1,
            layout: layout ?? self.layout, height: height ?? UncheckedAxis(self.height, input: self.height.input),
            width: width ?? UncheckedAxis(self.width, input: self.width.input))
    }
}
