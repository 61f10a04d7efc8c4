// SPDX-License-Identifier: Apache-2.0

/// How a transposed convolution is several convolutions, one for each phase of its stride, which write outputs that lie a
/// stride apart. Nothing is scattered, and no product is kept.
///
/// Along the depth and the height a phase is a part of its own, whose strides of the output are so much longer. Along the
/// width too where channels are neighbours. Where pixels are, storing every other one would take as long as the sum of a
/// small kernel: there the phases of a row are computed one after the other, for a few rows and channels, and then
/// interleaved (`InterleavedPhases`). Phases that see the same inputs are further output channels of one convolution. If
/// all see but one pixel, as those of a kernel as long as its stride, a kernel that has them in registers side by side
/// stores rows itself (`KernelProblem.weavesColumns`).
extension Lowering {
    /// - Parameter lower: The form of each convolution, along axes without strides.
    init(transposed problem: ConvolutionProblem, lower: (VolumeForm) -> Lowering) {
        self.init(TransposedPhases(problem), of: problem, lower: lower)
    }

    /// The form in which a kernel stores rows of woven columns; nil if no kernel can.
    private init?(weavingColumnsOf problem: ConvolutionProblem) {
        let phases = TransposedPhases(problem, weavesColumns: true)
        guard phases.weavesColumns else { return nil }
        self.init(phases, of: problem) { Lowering(asIs: $0) }
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
        let best = Lowering(transposed: problem) { volume in
            // A single tap of a plane leaves nothing to the kernels that know taps along the depth as channels.
            let planar = volume.planar.problem
            let isPointwise = planar.height.kernel == 1 && planar.width.kernel == 1
            return forms(volume).first { !isPointwise || !$0.hasDepthAsChannels } ?? Lowering(asIs: volume)
        }
        let asIs = Lowering(asIs: problem)
        let woven = Lowering(weavingColumnsOf: problem).map { [$0] } ?? []
        return woven + (best == asIs ? [asIs] : [best, asIs])
    }
}

/// The convolutions of a transposed one.
private struct TransposedPhases {
    /// A convolution whose outputs are some of the columns of some rows.
    struct Columns {
        var volume: VolumeForm
        /// Which they are; nil where they are stored where they belong.
        var phases: Lowering.InterleavedPhases?
    }

    /// For each phase of the depth and of the height, its columns.
    private(set) var rows: [[Columns]] = []
    /// Outputs that no tap along one of the axes reaches.
    private(set) var gaps: [EmptyBox] = []

    /// The one convolution that there is where no axis has a stride.
    var onlyVolume: VolumeForm? {
        rows.count == 1 && rows[0].count == 1 && gaps.isEmpty && rows[0][0].phases == nil ? rows[0][0].volume : nil
    }

    /// Whether each convolution has both phases of a row's columns, which its kernel weaves.
    let weavesColumns: Bool

    /// - Parameter weavesColumns: Whether columns are to be woven, if they can be.
    init(_ problem: ConvolutionProblem, weavesColumns: Bool = false) {
        let problem = problem.turned
        let base = KernelProblem(slicesOf: problem)
        let (depth, height) = (AxisPhases(problem.depth), AxisPhases(problem.height))
        var width = AxisPhases(problem.width)
        let isInterleaved = problem.layout == .channelsFirst && width.period > 1
        if isInterleaved { width = AxisPhases(interleaved: problem) }
        // Rows too, where there are so few output channels that the phases of the columns fill no register tile, and all
        // phases see the same inputs: these are then read once.
        let together = isInterleaved ? AxisPhases(problem.height, isInterleaved: true, isShifted: true) : height
        let canWeave =
            isInterleaved && width.period == 2 && width.isWhole(of: problem.width)
            && (depth.phases + height.phases).allSatisfy(\.axis.isPointwise)
        self.weavesColumns = weavesColumns && canWeave
        let areRowsInterleaved =
            isInterleaved && !self.weavesColumns && height.period > 1 && problem.hasFewOutputs(width)
            && together.groups.count == 1 && together.phases.count == together.period
        let (allRows, allColumns) = (AxisBox(problem.height.output), AxisBox(problem.width.output))
        func leave(_ planes: AxisBox, _ rows: AxisBox, _ columns: AxisBox) {
            gaps.append(EmptyBox(base, depth: planes, height: rows, width: columns))
        }
        for gap in depth.gapBoxes(problem.depth) { leave(gap, allRows, allColumns) }
        for slice in depth.phases {
            let planes = AxisBox(slice, period: depth.period)
            if areRowsInterleaved {
                var form = RowsForm(base: base, taps: .all(problem), slice: slice, lines: together.groups[0])
                form.base.output.plane *= depth.period
                form.outputOffset = slice.first * base.output.plane
                let rows = Lowering.InterleavedAxis(together, of: problem.height)
                self.rows.append(width.groups.map { form.interleaved($0, rows, .init(width, of: problem.width)) })
                if width.groups.isEmpty { leave(planes, allRows, allColumns) }
                continue
            }
            if self.weavesColumns, height.isWhole(of: problem.height) {
                var form = RowsForm(base: base, taps: .all(problem), slice: slice, lines: height.phases)
                form.base.phaseStride = base.output.row
                form.base.output.plane *= depth.period
                form.base.output.row *= height.period
                form.outputOffset = slice.first * base.output.plane
                self.rows.append([form.woven(width.groups[0])])
                continue
            }
            for gap in height.gapBoxes(problem.height) { leave(planes, gap, allColumns) }
            for line in height.phases {
                let rows = AxisBox(line, period: height.period)
                var form = RowsForm(base: base, taps: .all(problem), slice: slice, lines: [line])
                form.base.output.plane *= depth.period
                form.base.output.row *= height.period
                form.outputOffset = slice.first * base.output.plane + line.first * base.output.row
                if self.weavesColumns {
                    self.rows.append([form.woven(width.groups[0])])
                } else if isInterleaved {
                    let all = Lowering.InterleavedAxis(period: 1, shift: 0, extent: line.axis.output)
                    self.rows.append(width.groups.map { form.interleaved($0, all, .init(width, of: problem.width)) })
                    if width.groups.isEmpty { leave(planes, rows, allColumns) }
                } else {
                    self.rows.append(width.phases.map { form.stored($0, period: width.period) })
                    for gap in width.gapBoxes(problem.width) { leave(planes, rows, gap) }
                }
            }
        }
        self.rows.removeAll { $0.isEmpty }
    }

    /// The rows of one phase of the height, or of several that see the same inputs, in planes of one of the depth.
    private struct RowsForm {
        var base: KernelProblem
        var taps: WeightForm.Taps
        let slice: AxisPhases.Phase
        let lines: [AxisPhases.Phase]
        var outputOffset = 0

        private func pixels(_ group: [AxisPhases.Phase]) -> [(line: AxisPhases.Phase, column: AxisPhases.Phase)] {
            lines.flatMap { line in group.map { (line: line, column: $0) } }
        }

        /// Pixels that see the same inputs, as further output channels.
        func interleaved(
            _ group: [AxisPhases.Phase], _ rows: Lowering.InterleavedAxis, _ columns: Lowering.InterleavedAxis
        ) -> Columns {
            var form = asChannels(group)
            form.base.isInterleaved = true
            let isOfAllRows = rows.period == 1
            let phases = pixels(group).map {
                Lowering.InterleavedPhases.Phase(row: isOfAllRows ? 0 : $0.line.first, column: $0.column.first)
            }
            return Columns(
                volume: form.volume(group[0]),
                phases: Lowering.InterleavedPhases(rows: rows, columns: columns, phases: phases))
        }

        /// The same of columns that the kernel weaves.
        func woven(_ group: [AxisPhases.Phase]) -> Columns {
            var form = asChannels(group)
            form.base.weavesColumns = true
            return Columns(volume: form.volume(group[0]), phases: nil)
        }

        private func asChannels(_ group: [AxisPhases.Phase]) -> RowsForm {
            var form = self
            let pixels = pixels(group)
            form.base.outputChannels *= pixels.count
            form.base.phases = pixels.count
            form.taps.phases = pixels.map {
                WeightForm.PhaseOffset(
                    row: $0.line.taps.first - pixels[0].line.taps.first,
                    column: $0.column.taps.first - pixels[0].column.taps.first)
            }
            return form
        }

        /// Columns that are stored a stride apart.
        func stored(_ phase: AxisPhases.Phase, period: Int) -> Columns {
            var form = self
            form.outputOffset += phase.first * base.output.pixel
            form.base.output.pixel *= period
            return Columns(volume: form.volume(phase), phases: nil)
        }

        private func volume(_ column: AxisPhases.Phase) -> VolumeForm {
            var (problem, taps) = (base, taps)
            (problem.height, problem.width) = (lines[0].axis, column.axis)
            (taps.depth, taps.height, taps.width) = (slice.taps, lines[0].taps, column.taps)
            let input = base.input
            return VolumeForm(
                planar: PlanarForm(problem: problem, taps: taps), depth: slice.axis,
                inputOffset: slice.inputOffset * input.plane + lines[0].inputOffset * input.row
                    + column.inputOffset * input.pixel, outputOffset: outputOffset)
        }
    }
}

extension AxisPhases {
    /// Whether each input has all outputs of a period to itself, and the last one has them too.
    fileprivate func isWhole(of axis: Axis) -> Bool {
        guard shift == 0, groups.count == 1, phases.map(\.first) == Array(0..<period) else { return false }
        return phases[0].axis.isPointwise && axis.output == period * phases[0].axis.output
    }

    /// The columns of a problem as they are interleaved. They are shifted where that makes fewer convolutions and costs no
    /// column, or one of many, or where so many more output channels each fill a kernel's lanes.
    fileprivate init(interleaved problem: ConvolutionProblem) {
        let axis = problem.width
        let plain = AxisPhases(axis, isInterleaved: true)
        let shifted = AxisPhases(axis, isInterleaved: true, isShifted: true)
        let (groups, fewer) = (plain.groups, shifted.groups)
        let columns = Split.units(axis.output, plain.period)
        let isFree = Split.units(axis.output + shifted.shift, shifted.period) * 64 <= columns * 65
        let isBetter = fewer.count < groups.count && (isFree || problem.hasFewOutputs(plain))
        self = isBetter ? shifted : plain
    }
}

extension Lowering.InterleavedAxis {
    fileprivate init(_ phases: AxisPhases, of axis: Axis) {
        self.init(period: phases.period, shift: phases.shift, extent: axis.output)
    }
}

extension ConvolutionProblem {
    /// Whether the output channels of a group, in all phases that see the same inputs, are few for a register tile.
    fileprivate func hasFewOutputs(_ phases: AxisPhases) -> Bool {
        let channels = outputChannels / groups * (phases.groups.map(\.count).max() ?? 1)
        return channels < 12 && inputChannels > groups
    }

    /// The same memory as a problem whose pixels lie along its width, if along another axis.
    fileprivate var turned: ConvolutionProblem {
        let isIdle = width.input == 1 && width.kernel == 1 && width.output == 1 && width.before == 0
        guard isIdle, rank > 1, !(depth.isSingle && height.isSingle) else { return self }
        let one = UncheckedAxis(.single, input: 1)
        let turned = try? ConvolutionProblem(
            operation, rank: rank, batch: batch, inputChannels: inputChannels, outputChannels: outputChannels,
            groups: groups, isUnbatched: isUnbatched, layout: layout,
            Axes(
                depth: one, height: UncheckedAxis(depth, input: depth.input),
                width: UncheckedAxis(height, input: height.input)))
        return turned.map(\.turned) ?? self
    }
}
