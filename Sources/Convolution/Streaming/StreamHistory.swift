// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// The last samples of a signal, as a kernel reads them.
///
/// Each sample is kept twice, `length` places apart, at its number modulo `length`: any `length` neighbouring samples
/// lie side by side, nothing is ever moved, and every chunk of a size takes as long as every other.
struct StreamHistory: Sendable {
    enum Form: Sendable, Equatable {
        /// A plane for each channel: [image][channel][place].
        case planes
        /// The channels of a sample side by side: [image][place][channel].
        case samples
        /// As the kernel prepares its input: [image][group][place][channel of the group, padded].
        case prepared
    }

    let form: Form
    /// Samples of which all are at hand.
    let length: Int
    let images: Int
    let channels: Int
    let groups: Int
    /// Floats from one place to the next.
    let place: Int
    /// Floats of all.
    let count: Int
    /// Brings samples into the form `prepared`.
    private let kernel: Kernel
    private let preparing: ck_geometry

    init(_ part: StreamPart, length: Int, images: Int, groups: Int) throws(ConvolutionError) {
        (form, kernel, channels) = (part.form, part.kernel, part.inputChannels)
        (self.images, self.groups) = (images, groups)
        // Planes that are a multiple of 4 KiB apart would fall into one set of the cache.
        self.length = try CheckedSize.sum(
            CheckedSize.roundUp(length, toMultipleOf: 16), 8, of: "the samples that a stream keeps")
        var preparing = part.geometry
        (preparing.kernel_width, preparing.stride_width, preparing.dilation_width) = (1, 1, 1)
        (preparing.in_width, preparing.out_width, preparing.pad_left) = (1, 1, 0)
        self.preparing = preparing
        let lines: CheckedSize
        switch form {
        case .planes: (place, lines) = (1, CheckedSize(channels) * images)
        case .samples: (place, lines) = (channels, CheckedSize(images))
        case .prepared:
            place = try kernel.preparedCount(preparing, ck_region(images: 1, rows: 1, columns: 1))
            lines = CheckedSize(groups) * images
        }
        count = try (CheckedSize(place) * self.length * 2 * lines).floats(
            "the samples that a stream keeps", [images, channels, self.length])
    }

    /// Floats of the two copies of one line of places.
    private var line: Int { 2 * length * place }

    /// From one channel of a sample to the next, within a group.
    var channelStride: Int { form == .planes ? line : 1 }

    /// Floats from the first float of all to sample `number` of the first channel of a group.
    func offset(of number: Int, image: Int, group: Int) -> Int {
        let sample = number % length * place
        return switch form {
        case .planes: (image * channels + group * (channels / groups)) * line + sample
        case .samples: image * line + sample + group * (channels / groups)
        case .prepared: (image * groups + group) * line + sample
        }
    }

    /// Keeps `count` samples, no more than `length`, as those from `number` on.
    func keep(
        _ samples: StreamElements<UnsafePointer<Float>>, count: Int, number: Int, in memory: UnsafeMutablePointer<Float>
    ) {
        let channels = channels / groups
        for image in 0..<images {
            // The channels of all groups are neighbours.
            for group in 0..<(form == .samples ? 1 : groups) {
                let from = samples.first + image * samples.image + group * channels * samples.channel
                let to = memory + offset(of: number, image: image, group: group)
                switch form {
                case .planes:
                    for channel in 0..<channels {
                        let (from, to) = (from + channel * samples.channel, to + channel * line)
                        if count == 1 { to[0] = from[0] } else { to.update(from: from, count: count) }
                    }
                case .samples: to.update(from: from, count: count * self.channels)
                case .prepared: prepare(from, samples, count: count, to: to)
                }
            }
        }
        mirror(number, count: count, in: memory)
    }

    private func prepare(
        _ from: UnsafePointer<Float>, _ samples: StreamElements<UnsafePointer<Float>>, count: Int,
        to: UnsafeMutablePointer<Float>
    ) {
        var geometry = preparing
        (geometry.in_width, geometry.out_width) = (count, count)
        (geometry.in_channel_stride, geometry.in_pixel_stride) = (samples.channel, samples.sample)
        withUnsafePointer(to: geometry) { geometry in
            var task = ck_task()
            task.geometry = geometry
            task.input = from
            task.prepared = to
            task.block = ck_region(images: 1, rows: 1, columns: count)
            task.part = task.block
            task.channels = ck_range(begin: 0, end: geometry.pointee.channels)
            kernel.prepare(&task)
        }
    }

    /// Makes the second copy of samples that have been written from `number` on.
    private func mirror(_ number: Int, count: Int, in base: UnsafeMutablePointer<Float>) {
        let first = number % length
        let ahead = min(first + count, length) - first
        var start = base + first * place
        for _ in 0..<self.count / max(1, line) {
            let copy = start + length * place
            if count == 1, place == 1 { copy[0] = start[0] } else { copy.update(from: start, count: ahead * place) }
            if ahead < count {
                let wrapped = start + ahead * place
                (wrapped - length * place).update(from: wrapped, count: (count - ahead) * place)
            }
            start += line
        }
    }
}
