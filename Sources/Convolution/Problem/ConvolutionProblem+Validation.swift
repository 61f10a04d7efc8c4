// SPDX-License-Identifier: Apache-2.0

extension ConvolutionProblem {
    /// An axis whose parameters have legal signs, and whose sizes are not yet known to fit.
    struct UncheckedAxis {
        let input: Int
        let kernel: Int
        let stride: Int
        let dilation: Int
        let padding: AxisPadding
        /// Of a transposed convolution.
        let outputPadding: Int

        init(input: Int, kernel: Int, stride: Int, dilation: Int, padding: AxisPadding, outputPadding: Int = 0) {
            self.outputPadding = outputPadding
            self.input = input
            self.kernel = kernel
            self.stride = stride
            self.dilation = dilation
            self.padding = padding
        }

        /// Axes of these parameters.
        static func axes(
            input: Axes<Int>, kernel: Axes<Int>, stride: Axes<Int>, dilation: Axes<Int>, padding: Axes<AxisPadding>,
            outputPadding: Axes<Int> = Axes(depth: 0, height: 0, width: 0)
        ) -> Axes<UncheckedAxis> {
            func axis(_ of: (Axes<Int>) -> Int, _ padding: AxisPadding) -> UncheckedAxis {
                UncheckedAxis(
                    input: of(input), kernel: of(kernel), stride: of(stride), dilation: of(dilation),
                    padding: padding, outputPadding: of(outputPadding))
            }
            return Axes(
                depth: axis({ $0.depth }, padding.depth), height: axis({ $0.height }, padding.height),
                width: axis({ $0.width }, padding.width))
        }

        /// `axis` with another extent of the input.
        init(_ axis: Axis, input: Int) {
            self.init(
                input: input, kernel: axis.kernel, stride: axis.stride, dilation: axis.dilation,
                padding: AxisPadding(before: axis.before, after: axis.after), outputPadding: axis.outputPadding)
        }

        func paddedInput() throws(ConvolutionError) -> Int {
            try (CheckedSize(input) + padding.before + padding.after)
                .get("the padded input size", [input, padding.before, padding.after])
        }

        func dilatedKernel() throws(ConvolutionError) -> Int {
            try (CheckedSize(dilation) * (kernel - 1) + 1).get("the dilated kernel size", [dilation, kernel])
        }

        /// The axis with as many outputs as windows fit into the padded input.
        func checked(_ paddedInput: Int, _ dilatedKernel: Int) -> Axis {
            Axis(
                input: input, kernel: kernel, stride: stride, dilation: dilation, before: padding.before,
                after: padding.after, output: (paddedInput - dilatedKernel) / stride + 1)
        }
    }

    /// The axes of a convolution with their outputs.
    static func checked(_ axes: Axes<UncheckedAxis>, rank: Int) throws(ConvolutionError) -> Axes<Axis> {
        let padded = try axes.map { (axis) throws(ConvolutionError) in try axis.paddedInput() }
        let span = try axes.map { (axis) throws(ConvolutionError) in try axis.dilatedKernel() }
        guard padded.zip(span, >=).allSatisfy({ $0 }) else {
            throw .kernelExceedsInput(paddedSize: padded.values(rank: rank), kernelSize: span.values(rank: rank))
        }
        return axes.zip(padded.zip(span) { ($0, $1) }) { $0.checked($1.0, $1.1) }
    }

    static func checkRanks(
        inputShape: [Int], weightShape: [Int], rank: Int, operation: ConvolutionOperation = .convolution
    ) throws(ConvolutionError) {
        guard 1...3 ~= rank else { throw .unsupportedRank(rank) }
        guard inputShape.count == rank + 1 || inputShape.count == rank + 2 else {
            throw .inputRank(rank: rank, inputShape: inputShape, operation: operation)
        }
        guard weightShape.count == rank + 2 else {
            throw .weightRank(weightShape: weightShape, inputShape: batched(inputShape, rank: rank))
        }
        guard inputShape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(tensor: "input", shape: inputShape) }
        guard weightShape.allSatisfy({ $0 >= 0 }) else { throw .negativeExtent(tensor: "weight", shape: weightShape) }
    }

    static func checkSigns(
        rank: Int, stride: Axes<Int>, dilation: Axes<Int>, groups: Int
    ) throws(ConvolutionError) {
        guard stride.allSatisfy({ $0 > 0 }) else { throw .nonPositiveStride(stride.values(rank: rank)) }
        guard dilation.allSatisfy({ $0 > 0 }) else { throw .nonPositiveDilation(dilation.values(rank: rank)) }
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
        _ tensor: StaticString, _ outer: Int, _ channels: Int, _ size: Axes<Int>, rank: Int
    ) throws(ConvolutionError) -> Int {
        try (size.product * channels * outer)
            .floats("the number of elements of the \(tensor)", [outer, channels] + size.values(rank: rank))
    }

    /// Checks what a kernel's loops compute from legal extents.
    ///
    /// A large stride over one output or a large dilation of one tap is legal, but a kernel multiplies it by the
    /// coordinates of a whole tile, and by what separates two rows, before it masks what lies outside.
    static func checkLoops(height: Axis, width: Axis, channels: Int) throws(ConvolutionError) {
        // No kernel's tile is longer than this.
        let tile = 256
        // Rows are width * C apart if channels are innermost.
        let row = CheckedSize(max(width.input, 1)) * max(channels, 1)
        let rows = (CheckedSize(height.output) + tile) * height.stride + CheckedSize(height.kernel) * height.dilation
        let columns = (CheckedSize(width.output) + tile) * width.stride + CheckedSize(width.kernel) * width.dilation
        let steps = CheckedSize(height.stride) * width.stride * max(channels, 1)
        let offset = (rows + columns) * row + steps
        _ = try offset.floats(
            "an offset into the input", [height.stride, width.stride, height.dilation, width.dilation])
    }

    /// Checks that the number of multiplications fits, which bounds all that is counted of the work: tasks, tiles and the
    /// im2col matrix.
    func checkWork() throws(ConvolutionError) {
        let work = axes.map { max($0.output, isTransposed ? $0.input : 0) }.product * axes.map(\.kernel).product
        _ = try (work * max(inputChannels / groups, 1) * outputChannels * max(batch, 1)).floats(
            "the number of multiplications", outputShape + weightShape)
    }

    static func batched(_ inputShape: [Int], rank: Int) -> [Int] {
        inputShape.count == rank + 1 ? [1] + inputShape : inputShape
    }
}
