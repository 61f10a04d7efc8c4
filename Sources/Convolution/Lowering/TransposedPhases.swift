// SPDX-License-Identifier: Apache-2.0

/// The convolutions of a transposed one.
struct TransposedPhases {
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

    /// What a kernel may weave the columns of: two phases that each see one pixel, two that see the same windows, or any
    /// number that see the same windows of one channel.
    enum Weaving {
        case pixels
        case windows
        case filters
    }

    /// Whether each convolution has all phases of a row's columns, which its kernel weaves.
    let weavesColumns: Bool

    /// - Parameter weaving: The columns that are to be woven, if they are of that kind.
    init(_ problem: ConvolutionProblem, weaving: Weaving? = nil) {
        let problem = problem.turned
        let base = KernelProblem(slicesOf: problem)
        let (depth, height) = (AxisPhases(problem.depth), AxisPhases(problem.height))
        var width = AxisPhases(problem.width)
        let isInterleaved = problem.layout == .channelsFirst && width.period > 1
        if isInterleaved {
            width =
                weaving == .filters
                ? AxisPhases(problem.width, isInterleaved: true, isShifted: true) : AxisPhases(interleaved: problem)
        }
        // Rows too, where there are so few output channels that the phases of the columns fill no register tile, and all
        // phases see the same inputs: these are then read once.
        let together = isInterleaved ? AxisPhases(problem.height, isInterleaved: true, isShifted: true) : height
        let areRowsTogether =
            isInterleaved && height.period > 1 && problem.hasFewOutputs(width)
            && together.groups.count == 1 && together.phases.count == together.period
        let isGroup = isInterleaved && width.isOneGroup
        let isPair = isGroup && width.period == 2
        let arePixels =
            isPair && width.isWhole(of: problem.width)
            && (depth.phases + height.phases).allSatisfy(\.axis.isPointwise)
        weavesColumns =
            switch weaving {
            case .pixels: arePixels
            case .windows: isPair && !arePixels && !areRowsTogether
            case .filters: isGroup && problem.inputChannels == problem.groups
            case nil: false
            }
        let areRowsInterleaved = areRowsTogether && !weavesColumns
        let weave = KernelProblem.Weave(
            columnPhases: width.period, shift: width.shift, columns: problem.width.output)
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
            if weavesColumns, weaving == .pixels, height.isWhole(of: problem.height) {
                var form = RowsForm(base: base, taps: .all(problem), slice: slice, lines: height.phases)
                var weave = weave
                weave.phaseStride = base.output.row
                form.base.output.plane *= depth.period
                form.base.output.row *= height.period
                form.outputOffset = slice.first * base.output.plane
                self.rows.append([form.woven(width.groups[0], weave)])
                continue
            }
            for gap in height.gapBoxes(problem.height) { leave(planes, gap, allColumns) }
            for line in height.phases {
                let rows = AxisBox(line, period: height.period)
                var form = RowsForm(base: base, taps: .all(problem), slice: slice, lines: [line])
                form.base.output.plane *= depth.period
                form.base.output.row *= height.period
                form.outputOffset = slice.first * base.output.plane + line.first * base.output.row
                if weavesColumns {
                    self.rows.append([form.woven(width.groups[0], weave)])
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
        func woven(_ group: [AxisPhases.Phase], _ weave: KernelProblem.Weave) -> Columns {
            var form = asChannels(group)
            form.base.weave = weave
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
    /// Whether all outputs of a period see the same inputs, and the first period has them all.
    fileprivate var isOneGroup: Bool {
        groups.count == 1 && phases.lazy.map(\.first).elementsEqual(0..<period)
    }

    /// Whether each input has all outputs of a period to itself, and the last one has them too.
    fileprivate func isWhole(of axis: Axis) -> Bool {
        guard shift == 0, isOneGroup else { return false }
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
