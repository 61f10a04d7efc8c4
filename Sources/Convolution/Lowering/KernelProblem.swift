// SPDX-License-Identifier: Apache-2.0

/// What a kernel computes: a convolution along two axes, of tensors whose neighbours are any distance apart.
///
/// A problem of any operation and of any number of axes is lowered to one or several of these (``Lowering``). Every size is
/// known to fit: it is that of the problem it comes from, or has been checked anew.
struct KernelProblem: Sendable, Equatable {
    /// Images in all.
    var batch: Int
    /// So many times as many images as one stride of images reaches: the images of each are `strides.volume` further on.
    var volumes = 1
    var inputChannels: Int
    var outputChannels: Int
    var groups: Int
    /// What lies side by side: the pixels of a row, or the channels of a pixel.
    var layout: TensorLayout
    var height: Axis
    var width: Axis
    var input: TensorStrides
    var output: TensorStrides
    /// Taps along the depth that are input channels, the channels of the first before those of the second, and how far apart
    /// they are in the input. `inputChannels` counts those of all.
    var depthTaps = 1
    var depthStride = 0
    /// Whether each sum must be taken in an order that the input's extents have no part in (``FixedOrder``).
    var hasFixedOrder = false

    /// How many weights pass through the core in a run, by its own: those of other parts leave the caches to none.
    var weightsOfRun = 1.0
    /// Output channels that are made of one, which belong to different pixels of the output, and whether such pixels are
    /// computed one after the other and then interleaved (`InterleavedPhases`). `outputChannels` counts all.
    var phases = 1
    var isInterleaved = false
    /// How the kernel itself stores them: the phases of the columns, one after the other, of each of some rows. `width`
    /// counts the columns of one. nil where it does not.
    var weave: Weave?

    /// Rows of the output that a kernel weaves of the phases of their columns.
    struct Weave: Sendable, Equatable {
        /// Phases of the columns.
        var columnPhases: Int
        /// From a row to the next that is made of the same pixels.
        var phaseStride = 0
        /// Columns before the first that are counted.
        var shift: Int
        /// Elements of a row.
        var columns: Int
    }

    /// The convolution of one image of each of a problem's depths. Its taps along the depth are left out.
    init(slicesOf problem: ConvolutionProblem) {
        batch = problem.batch
        inputChannels = problem.inputChannels
        outputChannels = problem.outputChannels
        groups = problem.groups
        layout = problem.layout
        height = problem.height
        width = problem.width
        input = TensorStrides(
            layout, channels: inputChannels, depth: problem.depth.input, height: height.input, width: width.input)
        output = TensorStrides(
            layout, channels: outputChannels, depth: problem.depth.output, height: height.output, width: width.output)
    }

    /// The groups of all volumes.
    var allGroups: Int { groups * volumes }
    /// Images that are one stride of images apart.
    var imagesPerVolume: Int { batch / volumes }
    /// From the input of one group to that of the next.
    var inputGroupStride: Int { inputChannels / depthTaps / groups * input.channel }
    /// Input channels of one group.
    var channelsPerGroup: Int { inputChannels / groups }
    /// Output channels of one group.
    var outputChannelsPerGroup: Int { outputChannels / groups }
    /// Elements of the weight.
    var weightCount: Int { outputChannels * channelsPerGroup * height.kernel * width.kernel }
    /// Elements of the output.
    var outputCount: Int { batch * outputChannels * height.output * width.output }
    /// Whether interleaved rows are so short that they are never cut and lie end to end until they are stored.
    var hasNarrowStage: Bool { isInterleaved && width.output <= 64 }
    /// Whether each row of input and output ends where the next one begins.
    var hasRowsEndToEnd: Bool {
        !isInterleaved && weave == nil && input.row == width.input * input.pixel
            && output.row == width.output * output.pixel
    }
    /// Whether all windows lie inside the input.
    var isUnpadded: Bool { height.isUnpadded && width.isUnpadded }
    /// Whether the kernel in pixel lanes copies what it multiplies: all but neighbours that each see one pixel.
    var hasPackedWindows: Bool { width.stride > 1 || width.kernel > 1 || height.kernel > 1 }

    /// Checks what a kernel's loops compute from legal extents.
    func checkLoops() throws(ConvolutionError) {
        try ConvolutionProblem.checkLoops(height: height, width: width, channels: inputChannels)
    }

    /// What the packed weights of a kernel depend on: not on the input's size, but on whether it is padded, as some kernels
    /// are for inputs without padding alone.
    var packing: [Int] {
        [
            outputChannels, inputChannels, groups, depthTaps, height.kernel, width.kernel, height.stride, width.stride,
            layout == .channelsFirst ? 0 : 1, isUnpadded ? 0 : 1,
        ]
    }
}

/// How far apart the neighbours along each axis of a tensor are, in elements.
struct TensorStrides: Sendable, Equatable {
    /// Of images whose planes are not neighbours: from one to the same plane of the next.
    var volume: Int
    var image: Int
    var channel: Int
    /// From one plane of a volume to the next.
    var plane: Int
    var row: Int
    var pixel: Int

    /// The strides of a contiguous tensor. Sizes are those of a problem, whose products fit.
    init(_ layout: TensorLayout, channels: Int, depth: Int = 1, height: Int, width: Int) {
        image = channels * depth * height * width
        volume = image
        switch layout.storage {
        case .channelsFirst:
            (channel, plane, row, pixel) = (depth * height * width, height * width, width, 1)
        case .channelsLast:
            (channel, plane, row, pixel) = (1, height * width * channels, width * channels, channels)
        }
    }
}

extension Axis {
    var isUnpadded: Bool { before == 0 && after == 0 }
    var isPointwise: Bool { isUnpadded && kernel == 1 && stride == 1 }
}
