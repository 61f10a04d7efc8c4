// SPDX-License-Identifier: Apache-2.0

/// A convolution along two axes on the way to what kernels are best at: each step returns another form of the same sums, or
/// the form itself where it does not apply.
struct PlanarForm {
    var problem: KernelProblem
    var taps: WeightForm.Taps
    var hasImagesAsPixels = false

    var lowering: Lowering { Lowering(problem, taps, hasImagesAsPixels: hasImagesAsPixels) }

    init(problem: KernelProblem, taps: WeightForm.Taps) {
        (self.problem, self.taps) = (problem, taps)
    }

    /// A problem along two axes, or along three of which one can do without; nil for others.
    init?(flattening volume: VolumeForm) {
        self = volume.planar
        let (depth, height, width) = (volume.depth, problem.height, problem.width)
        if depth.isSingle { return }
        if let tap = depth.onlyTap {
            taps.depth = taps.depth[tap..<tap + 1]
            return
        }
        if height.isPointwise, width.isPointwise, problem.hasRowsEndToEnd {
            // Planes are rows.
            self.problem.height = depth
            self.problem.width = .pixels(height.input * width.input)
            self.problem.input.row = self.problem.input.plane
            self.problem.output.row = self.problem.output.plane
            // A stride over a single plane may be as long as it likes, but not one over a row.
            if (try? self.problem.checkLoops()) == nil { return nil }
            return
        }
        guard depth.kernel == 1, depth.isUnpadded else { return nil }
        // Planes are images.
        self.problem.setSlices(0..<depth.output, of: volume)
    }

    /// An axis along which a single element meets a single tap loses its other taps, its padding, stride and dilation.
    var withoutIdleTaps: PlanarForm {
        var form = self
        if let tap = problem.height.onlyTap {
            form.problem.height = .single
            form.taps.height = form.taps.height[tap..<tap + 1]
        }
        if let tap = problem.width.onlyTap {
            form.problem.width = .single
            form.taps.width = form.taps.width[tap..<tap + 1]
        }
        return form
    }

    /// Kernels as high as their image sum over its rows as over channels, and such rows are as far apart as channels of a
    /// row each. The same for a kernel as large as its image.
    var withHeightAsChannels: PlanarForm {
        guard problem.layout == .channelsFirst, problem.channelsPerGroup > 1 else { return self }
        var form = self
        func put(_ axis: WritableKeyPath<KernelProblem, Axis>, apart stride: Int) {
            let kernel = form.problem[keyPath: axis].kernel
            guard form.problem[keyPath: axis].isCovered, kernel > 1, form.problem.input.channel == kernel * stride
            else { return }
            form.problem.inputChannels *= kernel
            form.problem.input.channel = stride
            form.problem[keyPath: axis] = .single
        }
        put(\.height, apart: problem.input.row)
        if form.problem.height.isSingle { put(\.width, apart: problem.input.pixel) }
        return form
    }

    /// Rows end to end, where windows reach up and down alone: a row of all pixels, whose taps are whole rows apart. And a
    /// column turned.
    var asRow: PlanarForm {
        let (height, width) = (problem.height, problem.width)
        guard !height.isSingle, width.isPointwise, height.stride == 1 || width.isSingle,
            problem.hasRowsEndToEnd
        else { return self }
        func rows(_ count: Int) -> Int? { (CheckedSize(width.input) * count).value }
        guard let length = rows(height.input), let before = rows(height.before), let after = rows(height.after),
            let dilation = height.kernel > 1 ? rows(height.dilation) : 1
        else { return self }
        let row = ConvolutionProblem.UncheckedAxis(
            input: length, kernel: height.kernel, stride: height.stride, dilation: dilation,
            padding: AxisPadding(before: before, after: after))
        var form = self
        form.problem.height = .single
        guard let padded = try? row.paddedInput(), let span = try? row.dilatedKernel() else { return self }
        form.problem.width = row.checked(padded, span)
        guard (try? form.problem.checkLoops()) != nil else { return self }
        return form
    }

    /// Images of one pixel, whose channels are neighbours, are pixels of one image with its channels last: more of them
    /// share the weights that they are multiplied with.
    var withImagesAsPixels: PlanarForm {
        guard !problem.isInterleaved, problem.weave == nil, problem.height.isSingle, problem.width.isSingle,
            problem.groups == 1, problem.volumes == 1,
            problem.input.channel == 1, problem.output.channel == 1,
            problem.input.image == problem.inputChannels, problem.output.image == problem.outputChannels
        else { return self }
        var form = self
        form.problem.batch = 1
        form.problem.layout = .channelsLast
        form.problem.width = .pixels(problem.batch)
        form.problem.input = TensorStrides(
            .channelsLast, channels: problem.inputChannels, height: 1, width: problem.batch)
        form.problem.output = TensorStrides(
            .channelsLast, channels: problem.outputChannels, height: 1, width: problem.batch)
        form.hasImagesAsPixels = true
        return (try? form.problem.checkLoops()) == nil ? self : form
    }
}

extension Axis {
    /// Elements that each meet the only tap.
    static func pixels(_ count: Int) -> Axis {
        Axis(input: count, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: count)
    }

    /// Whether the one window is the whole input.
    fileprivate var isCovered: Bool { isUnpadded && output == 1 && kernel == input && (dilation == 1 || kernel == 1) }

    /// The tap that meets the only element of the input in the only output, if that is how it is.
    var onlyTap: Int? {
        guard input == 1, output == 1, before % dilation == 0, before / dilation < kernel else { return nil }
        return before / dilation
    }
}
