// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The layers of a network, prepared for inputs of one shape: plans that run one after the other in memory that they share.
///
/// A network is written down as a function is: each layer takes values and gives one. Which of them are in memory at the
/// same time is known when the last one is, so few buffers serve all of them, and one workspace all plans.
///
/// ```swift
/// var network = Network(inputShape: [1, 3, 224, 224])
/// let x = try network.add(ConvolutionPlan(inputShape: network.input.shape, weight: w1, activation: .relu), network.input)
/// let y = try network.add(ConvolutionPlan(inputShape: x.shape, weight: w2, padding: 1), x, residual: x)
/// network.finish(y)
///
/// var session = try NetworkSession(network)           // one for each thread that runs it
/// try session.run(image.span, into: &scores)
/// ```
///
/// A network is a value, and its sessions share its packed weights.
public struct Network: Sendable {
    /// What a layer takes or gives.
    public struct Value: Sendable, Hashable {
        let index: Int
        /// The shape as the layer gave it. A layer that reads it sees the elements in its own input shape.
        public let shape: [Int]
    }

    enum Layer: Sendable {
        case convolution(ConvolutionPlan)
        case pooling(PoolingPlan)
        case function(ElementFunction)
    }

    struct Step: Sendable {
        let layer: Layer
        let input: Int
        let residual: Int?
        let output: Int
    }

    /// The network's input.
    public let input: Value
    /// The network's output; nil until ``finish(_:)``.
    public private(set) var output: Value?

    private(set) var steps: [Step] = []
    /// The number of elements of each value.
    private(set) var counts: [Int]
    /// The buffer of each value that is in one: the network's input and output are the caller's.
    private(set) var buffers: [Int?] = []
    /// The number of elements of each buffer.
    private(set) var bufferCounts: [Int] = []
    private(set) var workspaceCount = 0

    /// A network without layers.
    ///
    /// - Throws: `ConvolutionError` if the shape has a negative extent or is too large.
    public init(inputShape: [Int]) throws(ConvolutionError) {
        input = Value(index: 0, shape: inputShape)
        counts = [try elementCount(inputShape)]
    }

    /// The plans of the convolutions, in the order in which they run.
    public var convolutionPlans: [ConvolutionPlan] {
        steps.compactMap { if case .convolution(let plan) = $0.layer { plan } else { nil } }
    }

    /// The memory of one run beside the weights, the input and the output, in bytes.
    public var memoryBytes: Int {
        (bufferCounts.reduce(0, +) + workspaceCount) * MemoryLayout<Float>.stride
    }

    // MARK: Layers

    /// Adds a convolution, or a transposed one.
    ///
    /// - Parameters:
    ///   - plan: Of any input shape with the value's number of elements, so that a plan of rows may read a flat image.
    ///   - input: What it is of.
    ///   - residual: Added before the plan's activation, or nil.
    /// - Returns: The plan's output.
    /// - Throws: `ConvolutionError.countMismatch` if a value has another number of elements.
    public mutating func add(
        _ plan: ConvolutionPlan, _ input: Value, residual: Value? = nil
    ) throws(ConvolutionError) -> Value {
        let shape = plan.problem.outputShape
        if let residual, counts[residual.index] != (try elementCount(shape)) {
            throw .countMismatch(
                tensor: "residual", expected: try elementCount(shape), got: counts[residual.index])
        }
        workspaceCount = max(workspaceCount, plan.workspaceBytes / MemoryLayout<Float>.stride)
        return try add(
            .convolution(plan), input, expected: plan.problem.inputShape, residual: residual, shape: shape)
    }

    /// Adds a pooling.
    ///
    /// - Returns: The plan's output.
    /// - Throws: `ConvolutionError.countMismatch` if the value has another number of elements than the plan's input.
    public mutating func add(_ plan: PoolingPlan, _ input: Value) throws(ConvolutionError) -> Value {
        try add(.pooling(plan), input, expected: plan.inputShape, residual: nil, shape: plan.outputShape)
    }

    /// Adds a function of elements: in place, if no other layer reads the value later.
    public mutating func add(_ function: ElementFunction, _ input: Value) throws(ConvolutionError) -> Value {
        try add(.function(function), input, expected: input.shape, residual: nil, shape: input.shape)
    }

    private mutating func add(
        _ layer: Layer, _ input: Value, expected: [Int], residual: Value?, shape: [Int]
    ) throws(ConvolutionError) -> Value {
        precondition(output == nil, "a network that is finished takes no more layers")
        let count = try elementCount(expected)
        guard counts[input.index] == count else {
            throw .countMismatch(tensor: "input", expected: count, got: counts[input.index])
        }
        let value = Value(index: counts.count, shape: shape)
        counts.append(try elementCount(shape))
        steps.append(Step(layer: layer, input: input.index, residual: residual?.index, output: value.index))
        return value
    }

    // MARK: Memory

    /// Makes the last layer's value the network's output and finds the buffers of the others.
    public mutating func finish(_ output: Value) {
        precondition(steps.last?.output == output.index, "the output of a network is that of its last layer")
        self.output = output
        var lastUse = [Int](repeating: -1, count: counts.count)
        for (index, step) in steps.enumerated() {
            lastUse[step.input] = index
            if let residual = step.residual { lastUse[residual] = index }
        }
        buffers = [Int?](repeating: nil, count: counts.count)
        var free: Set<Int> = []
        for (index, step) in steps.enumerated() where step.output != output.index {
            if case .function = step.layer, lastUse[step.input] == index, let buffer = buffers[step.input] {
                buffers[step.output] = buffer
            } else {
                buffers[step.output] = take(counts[step.output], &free)
            }
            for value in Set([step.input, step.residual ?? step.input]) where lastUse[value] == index {
                if let buffer = buffers[value], buffer != buffers[step.output] { free.insert(buffer) }
            }
            // A value that nobody reads.
            if lastUse[step.output] < 0, let buffer = buffers[step.output] { free.insert(buffer) }
        }
    }

    /// A free buffer, the smallest that is large enough, or the largest, which then grows, or a new one.
    private mutating func take(_ count: Int, _ free: inout Set<Int>) -> Int {
        let enough = free.filter { bufferCounts[$0] >= count }.min { bufferCounts[$0] < bufferCounts[$1] }
        if let buffer = enough ?? free.max(by: { bufferCounts[$0] < bufferCounts[$1] }) {
            bufferCounts[buffer] = max(bufferCounts[buffer], count)
            free.remove(buffer)
            return buffer
        }
        bufferCounts.append(count)
        return bufferCounts.count - 1
    }
}
