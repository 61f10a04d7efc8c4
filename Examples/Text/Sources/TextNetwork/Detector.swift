// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The text detector of PP-OCRv4, a network that says of each pixel how likely it is part of a line of text.
///
/// ```swift
/// let network = try Detector(weights: "detector.safetensors")
/// var session = try network.session(height: 736, width: 960)
/// let likelihoods = try session(image)  // (1, 3, 736, 960) -> (1, 1, 736, 960)
/// ```
///
/// The backbone, PP-LCNetV3, alternates depthwise convolutions with those of 1 x 1, each followed by a hard swish. Its
/// outputs at a quarter to a thirty-second of the size are the four levels of a feature pyramid, whose sum goes through
/// two transposed convolutions of 2 x 2 back to the size of the image.
///
/// A network holds its packed weights, for as many sessions as it is asked for. A session holds what one thread needs
/// to run it: plans for one size, activations that layers use in turn, and a workspace that they share.
public struct Detector: Sendable {
    /// What height and width must be multiples of.
    public static let sizeUnit = 32
    /// The size that the algorithms are chosen for.
    public static let preparedSize = (height: 736, width: 960)

    /// A depthwise convolution, factors for its channels if they have some, and one of 1 x 1.
    struct Block: Sendable {
        var depthwise: ConvolutionPlan
        let excitation: Excitation?
        var pointwise: ConvolutionPlan
    }

    var stem: ConvolutionPlan
    var blocks: [Block]
    /// A quarter as large as the image.
    var finest: FinestLevel
    /// An eighth, a sixteenth and a thirty-second.
    var levels: [CoarseLevel]
    /// The finest level's part of the head's first convolution.
    var head: ConvolutionPlan
    var firstUp: ConvolutionPlan
    var secondUp: ConvolutionPlan

    /// The blocks whose outputs are the pyramid's levels, the finest one first.
    static let levelBlocks = [2, 4, 9, 13]
    private static let stridedBlocks: Set = [1, 3, 5, 10]

    /// Reads the weights of `weights.py`, folds norms, scales and offsets into the convolutions, packs them, and
    /// chooses the algorithms.
    ///
    /// - Parameters:
    ///   - path: detector.safetensors.
    ///   - options: How to compute it.
    /// - Throws: `FileError` if the file can't be read, `NonFiniteElement`, `ConvolutionError` if a tensor is missing or
    ///   the shapes do not fit together.
    public init(weights path: String, options: ConvolutionOptions = .init()) throws {
        let parameters = try Parameters(contentsOf: path)
        let size = Detector.preparedSize
        func plan(
            _ shape: [Int], _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1,
            activation: Activation = .none
        ) throws(ConvolutionError) -> ConvolutionPlan {
            try ConvolutionPlan(
                inputShape: shape, weight: weight, bias: bias, stride: stride, padding: padding, groups: groups,
                activation: activation, options: options)
        }
        func up(
            _ shape: [Int], _ weight: Tensor, _ bias: Tensor, _ activation: Activation
        ) throws(ConvolutionError) -> ConvolutionPlan {
            let problem = try ConvolutionProblem.transposed(
                inputShape: shape, weightShape: weight.shape, biasShape: bias.shape, stride: 2)
            return try ConvolutionPlan(problem, weight: weight, bias: bias, activation: activation, options: options)
        }

        let (stemWeight, stemBias) = try parameters.normed("stem", norm: "stem_norm")
        stem = try plan([1, 3, size.height, size.width], stemWeight, stemBias, stride: 2, padding: 1)
        blocks = []
        var shape = stem.problem.outputShape
        var levelShapes: [[Int]] = []
        for index in 0..<14 {
            let name = "blocks.\(index)"
            let first = try parameters.block("\(name).depthwise")
            let depthwise = try plan(
                shape, first.weight, first.bias, stride: Detector.stridedBlocks.contains(index) ? 2 : 1,
                padding: (first.weight.shape.last ?? 1) / 2, groups: shape[1], activation: first.activation)
            let excitation =
                parameters.contains("\(name).excitation.down.bias")
                ? try Excitation(parameters, "\(name).excitation", channels: shape[1], slope: 0.16666670143604279) : nil
            let second = try parameters.block("\(name).pointwise")
            let pointwise = try plan(
                depthwise.problem.outputShape, second.weight, second.bias, activation: second.activation)
            blocks.append(Block(depthwise: depthwise, excitation: excitation, pointwise: pointwise))
            shape = pointwise.problem.outputShape
            if Detector.levelBlocks.contains(index) { levelShapes.append(shape) }
        }

        finest = try FinestLevel(parameters, "neck.0", shape: levelShapes[0], options: options)
        let joint = finest.outExcitation.channels
        let (headWeight, headBias) = try parameters.normed("head.conv", norm: "head.norm")
        levels = []
        for (index, shape) in levelShapes.enumerated().dropFirst() {
            // The coarsest level's channels are the first of the head's.
            let first = (3 - index) * joint
            let level = try CoarseLevel(
                parameters, "neck.\(index)", shape: shape, joinsLayers: index == 3,
                head: headWeight.channels(first..<first + joint), scale: 1 << index, options: options)
            levels.append(level)
        }
        head = try plan(
            finest.fused.problem.outputShape, headWeight.channels(3 * joint..<4 * joint), headBias, padding: 1,
            activation: .relu)
        let (firstWeight, firstBias) = try parameters.normedUp("head.up1", norm: "head.up1_norm")
        firstUp = try up(head.problem.outputShape, firstWeight, firstBias, .relu)
        secondUp = try up(
            firstUp.problem.outputShape, parameters.tensor("head.up2.weight"), parameters.tensor("head.up2.bias"), .none
        )
        let expected = [1, 1, size.height, size.width]
        guard secondUp.problem.outputShape == expected else {
            throw ConvolutionError.shapeMismatch(
                tensor: "the network's output", expected: expected, got: secondUp.problem.outputShape)
        }
    }

    /// What is needed to run the network on images of a size.
    ///
    /// - Throws: `ConvolutionError.shapeMismatch` if height and width are not positive multiples of `sizeUnit`, or
    ///   `.outOfMemory`.
    public func session(height: Int, width: Int) throws(ConvolutionError) -> DetectorSession {
        func multiple(_ extent: Int) -> Int {
            max(1, (extent + Detector.sizeUnit / 2) / Detector.sizeUnit) * Detector.sizeUnit
        }
        guard height == multiple(height), width == multiple(width) else {
            throw .shapeMismatch(
                tensor: "an image of multiples of \(Detector.sizeUnit)",
                expected: [1, 3, multiple(height), multiple(width)],
                got: [1, 3, height, width])
        }
        var resized = self
        guard (height, width) != Detector.preparedSize else { return try DetectorSession(resized) }
        var size = try resize(&resized.stem, [height, width])
        var levelSizes: [[Int]] = []
        for index in blocks.indices {
            size = try resize(&resized.blocks[index].depthwise, size)
            size = try resize(&resized.blocks[index].pointwise, size)
            if Detector.levelBlocks.contains(index) { levelSizes.append(size) }
        }
        try resized.finest.resize(to: levelSizes[0], coarser: levelSizes[1])
        for index in levels.indices { try resized.levels[index].resize(to: levelSizes[index + 1]) }
        size = try resize(&resized.head, levelSizes[0])
        size = try resize(&resized.firstUp, size)
        size = try resize(&resized.secondUp, size)
        return try DetectorSession(resized)
    }
}

/// Gives a plan another size.
///
/// - Returns: The size of its output.
func resize(_ plan: inout ConvolutionPlan, _ size: [Int]) throws(ConvolutionError) -> [Int] {
    plan = try plan.resized(batch: 1, inputSize: size)
    return plan.problem.size(\.output)
}
