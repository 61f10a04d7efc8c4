// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The batch norm of a trained model, PyTorch's `torch.nn.BatchNorm1d` to `BatchNorm3d` in `eval()`: of each channel
/// `(x - runningMean) / sqrt(runningVar + eps) * weight + bias`.
///
/// Behind a convolution it costs nothing: ``folded(into:)-(ConvolutionLayer<Rank>)`` makes it part of the convolution.
///
/// ```swift
/// let conv = try Conv2d(stateDict: tensors, prefix: "conv1", stride: 2, padding: 3, activation: .relu)
/// let stem = try BatchNorm(stateDict: tensors, prefix: "bn1").folded(into: conv)
/// ```
public struct BatchNorm: Sendable {
    /// What each channel is multiplied by. In double precision, so that what it is folded into is rounded once.
    let scale: [Double]
    /// What is added to each channel after that.
    let shift: [Double]

    /// The number of channels.
    public var channels: Int { scale.count }

    /// A batch norm of the given parameters, each (channels).
    ///
    /// - Parameters:
    ///   - weight: Nil, with the bias, for a norm without parameters of its own: ones and zeros.
    ///   - bias: Nil for zeros.
    ///   - runningMean: The mean of each channel.
    ///   - runningVar: The variance of each channel.
    ///   - eps: Added to the variance.
    /// - Throws: `ConvolutionError.parameterShape` if the shapes differ or have another number of axes than one.
    public init(
        weight: Tensor? = nil, bias: Tensor? = nil, runningMean: Tensor, runningVar: Tensor, eps: Double = 1e-5
    ) throws(ConvolutionError) {
        let shape = [runningMean.count]
        for (name, tensor) in [
            ("running_mean", runningMean), ("running_var", runningVar), ("weight", weight), ("bias", bias),
        ] {
            if let tensor, tensor.shape != shape {
                throw .parameterShape(name: name, expected: shape, got: tensor.shape)
            }
        }
        let (weight, bias) = (weight?.elements, bias?.elements)
        let scale = runningVar.elements.enumerated().map { index, variance in
            Double(weight?[index] ?? 1) / (Double(variance) + eps).squareRoot()
        }
        self.scale = scale
        shift = runningMean.elements.enumerated().map { index, mean in
            Double(bias?[index] ?? 0) - Double(mean) * scale[index]
        }
    }

    /// A batch norm of a state dict, which may hold other layers' tensors too.
    ///
    /// - Parameters:
    ///   - tensors: Tensors by name.
    ///   - prefix: The layer's name in the model: with "bn1" (or "bn1.") the names are "bn1.running_mean",
    ///     "bn1.running_var" and, where it has parameters, "bn1.weight" and "bn1.bias".
    ///   - eps: Added to the variance.
    /// - Throws: `ConvolutionError.missingParameter` if there is no mean or no variance, `.parameterShape` if the shapes
    ///   differ.
    public init(stateDict tensors: [String: Tensor], prefix: String = "", eps: Double = 1e-5) throws(ConvolutionError) {
        let names = ParameterNames(tensors, prefix: prefix)
        let mean = try names.tensor("running_mean")
        let shape = [mean.count]
        guard mean.shape == shape else {
            throw .parameterShape(name: names.name("running_mean"), expected: shape, got: mean.shape)
        }
        func parameter(_ name: String) throws(ConvolutionError) -> Tensor? {
            tensors[names.name(name)] == nil ? nil : try names.tensor(name, shape: shape)
        }
        try self.init(
            weight: parameter("weight"), bias: parameter("bias"), runningMean: mean,
            runningVar: names.tensor("running_var", shape: shape), eps: eps)
    }

    // MARK: Running

    /// The norm of each channel.
    ///
    /// - Parameters:
    ///   - input: (N, channels, *size) in either layout, the channels last in that one.
    ///   - layout: The order of the axes of input and output.
    /// - Throws: `ConvolutionError.shapeMismatch` if the input has fewer than two axes or other channels.
    public func callAsFunction(
        _ input: Tensor, layout: TensorLayout = .channelsFirst
    ) throws(ConvolutionError) -> Tensor {
        var output = input
        try output.makeUniqueToOverwrite()
        var elements = output.mutableSpan
        try run(input: input.span, shape: input.shape, layout: layout, output: &elements)
        return output
    }

    /// Writes the norm of each channel into memory of the caller. Allocates nothing.
    ///
    /// - Parameters:
    ///   - input: Row-major.
    ///   - shape: (N, channels, *size) of input and output, the channels last in that layout.
    ///   - layout: The order of the axes.
    ///   - output: As many elements. All of it is written.
    /// - Throws: `ConvolutionError.shapeMismatch` if the shape has fewer than two axes or other channels, `.countMismatch` if
    ///   a span does not have the shape's elements.
    public func run(
        input: Span<Float>, shape: [Int], layout: TensorLayout = .channelsFirst, output: inout MutableSpan<Float>
    ) throws(ConvolutionError) {
        let isLast = layout == .channelsLast
        guard shape.count >= 2, shape[isLast ? shape.count - 1 : 1] == channels else {
            var expected = shape.count >= 2 ? shape : [shape.first ?? 1, channels]
            expected[isLast ? expected.count - 1 : 1] = channels
            throw .shapeMismatch(tensor: "input", expected: expected, got: shape)
        }
        let count = try elementCount(shape)
        guard input.count == count else { throw .countMismatch(tensor: "input", expected: count, got: input.count) }
        guard output.count == count else { throw .countMismatch(tensor: "output", expected: count, got: output.count) }
        guard count > 0 else { return }
        // Neighbours of one channel: a plane, or one element.
        let run = isLast ? 1 : shape[2...].reduce(1, *)
        input.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                for plane in 0..<(count / run) {
                    let (scale, shift) = (Float(scale[plane % channels]), Float(shift[plane % channels]))
                    for index in (plane * run)..<(plane * run + run) { output[index] = input[index] * scale + shift }
                }
            }
        }
    }

    // MARK: Folding

    /// Weight and bias of the convolution that a convolution and this norm behind it are together.
    ///
    /// - Parameters:
    ///   - weight: (channels, *).
    ///   - bias: (channels), or nil.
    /// - Throws: `ConvolutionError.parameterShape` if the weight or the bias has another number of output channels.
    public func folded(
        intoWeight weight: Tensor, bias: Tensor? = nil
    ) throws(ConvolutionError) -> (weight: Tensor, bias: Tensor) {
        guard weight.rank > 0, weight.shape[0] == channels else {
            throw .parameterShape(name: "weight", expected: [channels] + weight.shape.dropFirst(), got: weight.shape)
        }
        return (try scaled(weight) { $0 }, try folded(bias))
    }

    /// A convolution layer that computes what `layer` and this norm behind it do. The layer's activation follows the norm:
    /// give it one although its convolution is followed by the norm first, and a residual is added behind the norm.
    ///
    /// - Throws: `ConvolutionError.parameterShape` if the layer has another number of output channels.
    public func folded<Rank>(into layer: ConvolutionLayer<Rank>) throws(ConvolutionError) -> ConvolutionLayer<Rank> {
        let (weight, bias) = try folded(intoWeight: layer.weight, bias: layer.bias)
        return try ConvolutionLayer(
            weight: weight, bias: bias, stride: layer.stride, padding: layer.padding, dilation: layer.dilation,
            groups: layer.groups, paddingMode: layer.paddingMode, layout: layer.layout, activation: layer.activation,
            options: layer.options)
    }

    /// The same for a transposed convolution, whose weight is (inChannels, channels / groups, *kernel).
    ///
    /// - Throws: `ConvolutionError.parameterShape` if the layer has another number of output channels.
    public func folded<Rank>(
        into layer: TransposedConvolutionLayer<Rank>
    ) throws(ConvolutionError) -> TransposedConvolutionLayer<Rank> {
        guard layer.outChannels == channels else {
            throw .parameterShape(
                name: "weight", expected: [layer.inChannels, channels / layer.groups] + layer.kernelSize,
                got: layer.weight.shape)
        }
        let perGroup = channels / layer.groups
        let inputsPerGroup = layer.inChannels / layer.groups
        // The weight's planes are counted by input channel first; the output channel is one of the input's group.
        let weight = try scaled(layer.weight.view([layer.inChannels * perGroup] + layer.kernelSize)) { plane in
            plane / perGroup / inputsPerGroup * perGroup + plane % perGroup
        }
        return try TransposedConvolutionLayer(
            weight: weight.view(layer.weight.shape), bias: folded(layer.bias), stride: layer.stride,
            padding: layer.padding, outputPadding: layer.outputPadding, groups: layer.groups, dilation: layer.dilation,
            layout: layer.layout, activation: layer.activation, options: layer.options)
    }

    /// The tensor with each plane of its first axis scaled as the channel that it belongs to.
    private func scaled(_ tensor: Tensor, channel: (Int) -> Int) throws(ConvolutionError) -> Tensor {
        let size = tensor.shape.dropFirst().reduce(1, *)
        let elements = tensor.span
        return try Tensor(shape: tensor.shape) { output in
            for plane in 0..<tensor.shape[0] {
                let scale = scale[channel(plane)]
                for index in (plane * size)..<(plane * size + size) {
                    output.append(Float(Double(elements[index]) * scale))
                }
            }
        }
    }

    private func folded(_ bias: Tensor?) throws(ConvolutionError) -> Tensor {
        if let bias, bias.shape != [channels] {
            throw .parameterShape(name: "bias", expected: [channels], got: bias.shape)
        }
        let elements = bias?.elements
        return try Tensor(
            shift.enumerated().map { Float(Double(elements?[$0] ?? 0) * scale[$0] + $1) }, shape: [channels])
    }
}
