// SPDX-License-Identifier: Apache-2.0

import Convolution
import ConvolutionLayers

/// The network ready to run on images of one size, again and again.
public struct DetectorSession: ~Copyable {
    private let network: Detector
    private var memory: Memory

    /// (1, 3, height, width).
    public var inputShape: [Int] { network.stem.problem.inputShape }
    /// (1, 1, height, width).
    public var outputShape: [Int] { network.secondUp.problem.outputShape }

    /// - Parameter network: One whose plans are for the size.
    init(_ network: Detector) throws(ConvolutionError) {
        self.memory = try Memory(network)
        self.network = network
    }

    /// How likely each pixel is part of a line of text.
    ///
    /// - Parameters:
    ///   - input: Of `inputShape`: blue, green and red from -1 to 1.
    ///   - output: Of `outputShape`, from 0 to 1.
    /// - Throws: `ConvolutionError.countMismatch` if a span has another number of elements.
    public mutating func run(
        _ input: Span<Float>, into output: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        try memory.backbone(network, input)
        try memory.pyramid(network)
        try memory.head(network, &output)
    }

    /// The same with tensors.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if the input has another shape.
    public mutating func callAsFunction(_ input: Tensor) throws(ConvolutionError) -> Tensor {
        guard input.shape == inputShape else {
            throw .shapeMismatch(tensor: "input", expected: inputShape, got: input.shape)
        }
        var output = try Tensor.zeros(outputShape)
        var elements = output.mutableSpan
        try run(input.span, into: &elements)
        return output
    }
}

/// The activations of a session. Each is as large as the largest that is ever in it.
private struct Memory {
    /// The output of a layer, which the next one takes, and that of the next one.
    private var current: Tensor
    private var next: Tensor
    /// The outputs of the backbone that the pyramid takes, the finest first.
    private var features: [Tensor]
    /// The sum of a level of the pyramid and of those above it, and that of the level before.
    private var sum: Tensor
    private var coarser: Tensor
    /// The sum of the levels' parts of the head's first convolution, and what is added to it next.
    private var joint: Tensor
    private var part: Tensor
    private var workspace: Tensor

    init(_ network: Detector) throws(ConvolutionError) {
        let levels = network.levels
        let pairs = network.blocks.flatMap { [$0.depthwise, $0.pointwise] }
        let small = levels.flatMap { [$0.reduce, $0.out] }.compactMap(\.self)
        let finest = [network.finest.reduce, network.finest.ofCoarser]
        let chain = [network.stem] + pairs + small + finest + [network.head, network.firstUp]
        let most = chain.map(\.problem.outputCount).max() ?? 0
        current = try Tensor.zeros(most)
        next = try Tensor.zeros(most)
        features = []
        for block in Detector.levelBlocks {
            features.append(try Tensor.zeros(network.blocks[block].pointwise.problem.outputCount))
        }
        // Levels take turns.
        let sums = levels.map(\.lateral.problem.outputCount)
        sum = try Tensor.zeros(max(sums[0], sums[2]))
        coarser = try Tensor.zeros(sums[1])
        joint = try Tensor.zeros(network.head.problem.outputCount)
        part = try Tensor.zeros(max(network.head.problem.outputCount, network.head.problem.inputCount))
        let plans =
            chain + levels.flatMap { [$0.lateral, $0.enlarged] } + [network.finest.fused, network.secondUp]
        workspace = try Tensor.zeros((plans.map(\.workspaceBytes).max() ?? 0) / MemoryLayout<Float>.stride)
    }

    /// From an image to the features.
    mutating func backbone(_ network: Detector, _ input: Span<Float>) throws(ConvolutionError) {
        try Self.run(network.stem, input, &current, &workspace)
        // The level whose features the next block takes; nil for the current output.
        var source: Int?
        for (index, block) in network.blocks.enumerated() {
            if let source {
                try Self.run(block.depthwise, features[source], &next, &workspace)
            } else {
                try Self.run(block.depthwise, current, &next, &workspace)
            }
            if let excitation = block.excitation {
                let pixels = block.depthwise.problem.size(\.output).reduce(1, *)
                let means = planeMeans(next, channels: excitation.channels, pixels: pixels)
                scalePlanes(&next, by: excitation(means), pixels: pixels)
            }
            source = Detector.levelBlocks.firstIndex(of: index)
            if let source {
                try Self.run(block.pointwise, next, &features[source], &workspace)
            } else {
                try Self.run(block.pointwise, next, &current, &workspace)
            }
        }
    }

    /// From the features, but the finest, to their part of the head, from the coarsest level on.
    mutating func pyramid(_ network: Detector) throws(ConvolutionError) {
        for (index, level) in network.levels.enumerated().reversed() {
            let isCoarsest = index == network.levels.count - 1
            let size = level.lateral.problem.size(\.output)
            let pixels = size[0] * size[1]
            if let reduce = level.reduce {
                try Self.run(reduce, features[index + 1], &current, &workspace)
                try Self.run(level.lateral, current, &sum, &workspace)
            } else {
                try Self.run(level.lateral, features[index + 1], &sum, &workspace)
            }
            // Each channel is added to itself times its factor.
            let means = planeMeans(sum, channels: level.lateralExcitation.channels, pixels: pixels)
            let factors = level.lateralExcitation(means).map { 1 + $0 }
            if isCoarsest {
                scalePlanes(&sum, by: factors, pixels: pixels)
            } else {
                scalePlanes(&sum, by: factors, height: size[0], width: size[1], addingDoubled: coarser)
            }
            try Self.run(level.out, sum, &current, &workspace)
            let outMeans = planeMeans(current, channels: level.outExcitation.channels, pixels: pixels)
            scalePlanes(&current, by: level.outExcitation(outMeans).map { 1 + $0 }, pixels: pixels)
            if isCoarsest {
                try Self.run(level.enlarged, current, &joint, &workspace)
            } else {
                try Self.run(level.enlarged, current, residual: joint, &part, &workspace)
                swap(&joint, &part)
            }
            swap(&sum, &coarser)
        }
        swap(&sum, &coarser)
    }

    /// The finest level, and from all of them to the likelihoods.
    mutating func head(_ network: Detector, _ output: inout MutableSpan<Float>) throws(ConvolutionError) {
        let finest = network.finest
        let pixels = finest.reduce.problem.size(\.output).reduce(1, *)
        try Self.run(finest.reduce, features[0], &current, &workspace)
        let means = planeMeans(current, channels: finest.reduce.problem.outputChannels, pixels: pixels)
        try Self.run(finest.ofCoarser, sum, &next, &workspace)
        try Self.run(finest.fused(means), current, residual: next, &part, &workspace)
        let outMeans = planeMeans(part, channels: finest.outExcitation.channels, pixels: pixels)
        scalePlanes(&part, by: finest.outExcitation(outMeans).map { 1 + $0 }, pixels: pixels)
        try Self.run(network.head, part, residual: joint, &current, &workspace)
        try Self.run(network.firstUp, current, &next, &workspace)
        try Self.run(network.secondUp, next, &output, &workspace)
        ElementFunction.sigmoid.apply(to: &output)
    }

    /// Runs a plan on the first elements of a tensor, into the first of another.
    private static func run(
        _ plan: ConvolutionPlan, _ input: Tensor, _ output: inout Tensor, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        try run(plan, input.span.extracting(first: plan.problem.inputCount), &output, &workspace)
    }

    /// The same, with a residual.
    private static func run(
        _ plan: ConvolutionPlan, _ input: Tensor, residual: Tensor, _ output: inout Tensor, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        var outputs = output.mutableSpan(first: plan.problem.outputCount)
        var scratch = workspace.mutableSpan
        try plan.run(
            input: input.span.extracting(first: plan.problem.inputCount),
            residual: residual.span.extracting(first: plan.problem.outputCount), output: &outputs, workspace: &scratch)
    }

    private static func run(
        _ plan: ConvolutionPlan, _ input: Span<Float>, _ output: inout Tensor, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        var outputs = output.mutableSpan(first: plan.problem.outputCount)
        var scratch = workspace.mutableSpan
        try plan.run(input: input, output: &outputs, workspace: &scratch)
    }

    private static func run(
        _ plan: ConvolutionPlan, _ input: Tensor, _ output: inout MutableSpan<Float>, _ workspace: inout Tensor
    ) throws(ConvolutionError) {
        var scratch = workspace.mutableSpan
        try plan.run(
            input: input.span.extracting(first: plan.problem.inputCount), output: &output, workspace: &scratch)
    }
}
