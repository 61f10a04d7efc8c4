// SPDX-License-Identifier: Apache-2.0

extension ConvolutionProblem {
    /// An axis whose parameters have legal signs, and whose sizes are not yet known to fit.
    struct UncheckedAxis {
        let input: Int
        let kernel: Int
        let stride: Int
        let dilation: Int
        let padding: AxisPadding

        init(input: Int, kernel: Int, stride: Int, dilation: Int, padding: AxisPadding) {
            self.input = input
            self.kernel = kernel
            self.stride = stride
            self.dilation = dilation
            self.padding = padding
        }

        /// `axis` with another extent of the input.
        init(_ axis: Axis, input: Int) {
            self.init(
                input: input, kernel: axis.kernel, stride: axis.stride, dilation: axis.dilation,
                padding: AxisPadding(before: axis.before, after: axis.after))
        }

        func paddedInput() throws(ConvolutionError) -> Int {
            try (CheckedSize(input) + padding.before + padding.after)
                .get("the padded input size", [input, padding.before, padding.after])
        }

        func dilatedKernel() throws(ConvolutionError) -> Int {
            try (CheckedSize(dilation) * (kernel - 1) + 1).get("the dilated kernel size", [dilation, kernel])
        }

        func checked(output: Int) -> Axis {
            Axis(
                input: input, kernel: kernel, stride: stride, dilation: dilation, before: padding.before,
                after: padding.after, output: output)
        }
    }

    /// The values of the axes that a convolution of `rank` has, for an error.
    static func values(_ rank: Int, _ pair: (height: Int, width: Int)) -> [Int] {
        rank == 1 ? [pair.width] : [pair.height, pair.width]
    }

    static func checkRanks(inputShape: [Int], weightShape: [Int], rank: Int) throws(ConvolutionError) {
        guard rank == 1 || rank == 2 else { throw .unsupportedRank(rank) }
        guard inputShape.count == rank + 1 || inputShape.count == rank + 2 else {
            throw .inputRank(rank: rank, inputShape: inputShape)
        }
        guard weightShape.count == rank + 2 else {
            throw .weightRank(weightShape: weightShape, inputShape: batched(inputShape, rank: rank))
        }
        guard inputShape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(tensor: "input", shape: inputShape) }
        guard weightShape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(tensor: "weight", shape: weightShape) }
    }

    static func checkSigns(
        rank: Int, stride: (height: Int, width: Int), dilation: (height: Int, width: Int), groups: Int
    ) throws(ConvolutionError) {
        guard stride.height > 0, stride.width > 0 else { throw .nonPositiveStride(values(rank, stride)) }
        guard dilation.height > 0, dilation.width > 0 else { throw .nonPositiveDilation(values(rank, dilation)) }
        guard groups > 0 else { throw .nonPositiveGroups(groups) }
    }

    static func checkChannels(
        inputShape: [Int], weightShape: [Int], biasShape: [Int]?, isUnbatched: Bool, channels: Int, groups: Int
    ) throws(ConvolutionError) {
        guard weightShape[0] >= groups else { throw .tooFewOutputChannels(groups: groups, weightShape: weightShape) }
        guard weightShape[0] % groups == 0 else {
            throw .outputChannelsNotDivisible(groups: groups, weightShape: weightShape)
        }
        let expected = try (CheckedSize(groups) * weightShape[1])
            .get("the number of input channels", [groups, weightShape[1]])
        guard channels == expected else {
            throw .channelMismatch(
                groups: groups, weightShape: weightShape,
                inputShape: isUnbatched ? [1] + inputShape : inputShape, expected: expected, got: channels)
        }
        if let biasShape, biasShape.count != 1 || biasShape[0] != weightShape[0] {
            throw .biasShape(weightShape: weightShape, biasShape: biasShape)
        }
    }

    static func count(
        _ tensor: StaticString, _ outer: Int, _ channels: Int, _ height: Int, _ width: Int
    ) throws(ConvolutionError) -> Int {
        try (CheckedSize(width) * height * channels * outer)
            .floats("the number of elements of the \(tensor)", [outer, channels, height, width])
    }

    /// Checks what a kernel's loops and the splitting of its work compute from legal extents.
    ///
    /// A large stride over one output or a large dilation of one tap is legal, but a kernel multiplies it by the
    /// coordinates of a whole tile, and by what separates two rows, before it masks what lies outside. The number of
    /// multiplications bounds all that is counted of the work: tasks, tiles and the im2col matrix.
    func checkLoops() throws(ConvolutionError) {
        // No kernel's tile is longer than this.
        let tile = 256
        // Rows are width * C apart if channels are innermost.
        let row = CheckedSize(max(width.input, 1)) * max(inputChannels, 1)
        let rows = (CheckedSize(height.output) + tile) * height.stride + CheckedSize(height.kernel) * height.dilation
        let columns = (CheckedSize(width.output) + tile) * width.stride + CheckedSize(width.kernel) * width.dilation
        let steps = CheckedSize(height.stride) * width.stride * max(inputChannels, 1)
        let offset = (rows + columns) * row + steps
        _ = try offset.floats(
            "an offset into the input", [height.stride, width.stride, height.dilation, width.dilation])
        let work = CheckedSize(width.output) * height.output * width.kernel * height.kernel
        _ = try (work * max(inputChannels / groups, 1) * outputChannels * max(batch, 1)).floats(
            "the number of multiplications", outputShape + weightShape)
    }

    private static func batched(_ inputShape: [Int], rank: Int) -> [Int] {
        inputShape.count == rank + 1 ? [1] + inputShape : inputShape
    }
}
