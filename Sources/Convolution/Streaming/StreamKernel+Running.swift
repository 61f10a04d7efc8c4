// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// Where the elements of a chunk are, or of what it completes: the first of them, and how far apart they are.
struct StreamElements<Pointer> {
    var first: Pointer
    var image: Int
    var channel: Int
    var sample: Int
}

/// Where outputs go.
typealias StreamOutput = StreamElements<UnsafeMutablePointer<Float>>

extension StreamKernel {
    /// Computes some outputs of a signal of which `seen` samples have come. Samples that a window reaches and that have
    /// not come are padding.
    ///
    /// - Parameter output: Where the first of them belongs.
    func compute(
        _ outputs: Range<Int>, seen: Int, memory: UnsafeMutablePointer<Float>, output: StreamOutput
    ) {
        // In numbers of which every one is of a phase.
        let (begin, end, period) = (outputs.lowerBound + axis.shift, outputs.upperBound + axis.shift, parts.count)
        if let part = parts.first, period == 1 {
            compute(part, begin..<end, seen, memory, output)
            return
        }
        for (index, part) in parts.enumerated() {
            let first = begin + ((index - begin) % period + period) % period
            guard first < end else { continue }
            var place = output
            place.first += (first - begin) * output.sample
            place.sample *= period
            let sums = first / period..<(end - 1 - first) / period + first / period + 1
            computePhase(part, sums, seen, memory, place)
        }
    }

    /// The sums of a phase to where they belong. Kernels for planes write neighbours, which are then put in their
    /// places.
    private func computePhase(
        _ part: StreamPart, _ sums: Range<Int>, _ seen: Int, _ memory: UnsafeMutablePointer<Float>,
        _ output: StreamOutput
    ) {
        guard problem.layout == .channelsFirst, sums.count > 1 else {
            compute(part, sums, seen, memory, output)
            return
        }
        let room = memory + phaseOffset
        for image in 0..<problem.batch {
            var first = output.first + image * output.image
            for begin in stride(from: sums.lowerBound, to: sums.upperBound, by: piece) {
                let count = min(piece, sums.upperBound - begin)
                let together = StreamOutput(first: room, image: 0, channel: count, sample: 1)
                compute(part, begin..<begin + count, seen, memory, together, images: image..<image + 1)
                for channel in 0..<problem.outputChannels {
                    let (from, to) = (room + channel * count, first + channel * output.channel)
                    for sum in 0..<count { to[sum * output.sample] = from[sum] }
                }
                first += count * output.sample
            }
        }
    }

    private func compute(
        _ part: StreamPart, _ sums: Range<Int>, _ seen: Int, _ memory: UnsafeMutablePointer<Float>,
        _ output: StreamOutput, images: Range<Int>? = nil
    ) {
        let (phase, count) = (part.phase, sums.count)
        var geometry = part.geometry
        geometry.out_width = count
        geometry.out_channel_stride = output.channel
        // A single one has no neighbour; kernels for planes ask that they are side by side.
        geometry.out_pixel_stride = count == 1 && problem.layout == .channelsFirst ? 1 : output.sample
        (geometry.in_channel_stride, geometry.in_pixel_stride) = (history.channelStride, history.place)
        // Where the first tap of the first sum is, and the last of the last.
        let first = sums.lowerBound * phase.step + phase.origin
        let last = first + (count - 1) * phase.step + phase.reach
        var begin = max(0, first)
        if begin >= seen {
            // Beyond all samples there is nothing but padding, as before them.
            begin = seen - 1
            (geometry.in_width, geometry.pad_left) = (1, last - first + 1)
        } else {
            (geometry.in_width, geometry.pad_left) = (max(1, min(seen - 1, last) - begin + 1), begin - first)
        }
        let groups = part.spansGroups ? 1 : problem.groups
        let run = (count - 1) * phase.step + 1
        let isFrame = part.frames != nil && count == 1 && output.channel == 1
        let isGathered =
            part.kernel.algorithm == CK_DIRECT_PIXELS && run < phase.dilation && first >= 0 && last < seen
            && geometry.channels * phase.taps.count * run <= part.gatherCount
        for image in images ?? 0..<problem.batch {
            for group in 0..<groups {
                let place =
                    output.first + (images == nil ? image : 0) * output.image
                    + group * geometry.out_channels * output.channel
                if isFrame {
                    runFrame(part, image, first: first, seen: seen, memory, place)
                } else if isGathered {
                    runGathered(part, geometry, image, group, run: run, first: first, memory, place)
                } else {
                    let samples = memory + history.offset(of: begin, image: image, group: group)
                    self.run(part, part.kernel, geometry, samples, group: group, memory, place)
                }
            }
        }
    }

    /// Calls a kernel on samples of one group, or of all if it is depthwise.
    private func run(
        _ part: StreamPart, _ kernel: Kernel, _ geometry: ck_geometry, _ samples: UnsafePointer<Float>, group: Int,
        _ memory: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
    ) {
        withUnsafePointer(to: geometry) { geometry in
            let parameters = activation.kernelParameters
            var task = ck_task()
            task.geometry = geometry
            task.input = samples
            task.prepared = UnsafeMutablePointer(mutating: samples)
            task.weights = part.weights.packed + group * part.weightsPerGroup
            task.output = output
            task.scratch = part.scratchCount > 0 ? memory + scratchOffset : nil
            task.epilogue.bias = part.weights.bias.map { $0 + group * geometry.pointee.out_channels }
            task.epilogue.low = parameters.low
            task.epilogue.high = parameters.high
            task.epilogue.activation = parameters.kind
            task.block = ck_region(images: 1, rows: 1, columns: geometry.pointee.out_width)
            task.part = task.block
            task.channels = ck_range(
                begin: 0, end: part.spansGroups ? part.outputChannels : geometry.pointee.out_channels)
            kernel.run(&task)
        }
    }

    /// Computes one output of every channel from a copy of its window.
    private func runFrame(
        _ part: StreamPart, _ image: Int, first: Int, seen: Int, _ memory: UnsafeMutablePointer<Float>,
        _ output: UnsafeMutablePointer<Float>
    ) {
        guard let frames = part.frames else { return }
        let (phase, channels) = (part.phase, problem.inputChannels)
        // The taps that meet a sample.
        let begin = min(phase.taps.count, first >= 0 ? 0 : Split.units(-first, phase.dilation))
        let end = first >= seen ? begin : min(phase.taps.count, (seen - 1 - first) / phase.dilation + 1)
        var geometry = frames.geometry
        // Without one the only column of the copy is beyond the window.
        (geometry.pad_left, geometry.in_width) = begin < end ? (begin, end - begin) : (phase.taps.count, 1)
        let window = memory + gatherOffset
        var to = window
        for tap in begin..<max(begin, end) {
            let from = memory + history.offset(of: first + tap * phase.dilation, image: image, group: 0)
            for channel in 0..<channels { to[channel] = from[channel * history.channelStride] }
            to += channels
        }
        run(part, frames.kernel, geometry, window, group: 0, memory, output)
    }

    /// Computes outputs whose taps are further apart than what each of them reads, from a copy of that.
    private func runGathered(
        _ part: StreamPart, _ geometry: ck_geometry, _ image: Int, _ group: Int, run length: Int, first: Int,
        _ memory: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
    ) {
        var geometry = geometry
        let (phase, channels) = (part.phase, geometry.channels)
        let width = phase.taps.count * length
        (geometry.in_width, geometry.dilation_width, geometry.pad_left) = (width, length, 0)
        let isPlanar = history.form == .planes
        (geometry.in_channel_stride, geometry.in_pixel_stride) = isPlanar ? (width, 1) : (1, channels)
        let gathered = memory + gatherOffset
        for tap in 0..<phase.taps.count {
            let from = memory + history.offset(of: first + tap * phase.dilation, image: image, group: group)
            if isPlanar {
                for channel in 0..<channels {
                    (gathered + channel * width + tap * length).update(
                        from: from + channel * history.channelStride, count: length)
                }
            } else {
                for sample in 0..<length {
                    (gathered + (tap * length + sample) * channels).update(
                        from: from + sample * history.place, count: channels)
                }
            }
        }
        run(part, part.kernel, geometry, gathered, group: group, memory, output)
    }
}
