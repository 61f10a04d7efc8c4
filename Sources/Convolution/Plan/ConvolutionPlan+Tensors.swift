// SPDX-License-Identifier: Apache-2.0

extension ConvolutionPlan {
    /// Prepares the convolution of inputs of a shape with a weight, which has as many axes as the convolution: of inputs
    /// (N, C, L) or (C, L) with a weight of three axes, of (N, C, H, W) or (C, H, W) with one of four.
    ///
    /// ```swift
    /// let plan = try ConvolutionPlan(inputShape: [1, 64, 56, 56], weight: weight, padding: 1, activation: .relu)
    /// ```
    ///
    /// The plan of a transposed convolution is made from its problem, `ConvolutionProblem.transposed`.
    ///
    /// - Parameters:
    ///   - inputShape: (N, C, *size), or (C, *size) for an unbatched input; the channels last in that layout.
    ///   - weight: (K, C / groups, *kernel).
    ///   - bias: (K), or nil.
    ///   - stride: Distance between the windows of neighbouring outputs, at least 1: an Int or one per axis.
    ///   - padding: Zeros around the input: an Int or one per axis, `.same` (with stride 1), `.valid`, or pairs.
    ///   - dilation: Distance between neighbouring taps, at least 1: an Int or one per axis.
    ///   - groups: Groups that the channels are divided into; divides C and K.
    ///   - layout: The order of the axes of input and output.
    ///   - activation: Applied to `sum + bias + residual`.
    ///   - options: How to compute it.
    /// - Throws: `ConvolutionError` if a shape or a parameter isn't legal, or as for a problem.
    public convenience init(
        inputShape: [Int], weight: Tensor, bias: Tensor? = nil, stride: some ExtentsConvertible = 1,
        padding: some PaddingConvertible = 0, dilation: some ExtentsConvertible = 1, groups: Int = 1,
        layout: TensorLayout = .channelsFirst, activation: Activation = .none, options: ConvolutionOptions = .init()
    ) throws(ConvolutionError) {
        let problem = try ConvolutionProblem(
            inputShape: inputShape, weightShape: weight.shape, biasShape: bias?.shape, stride: stride, padding: padding,
            dilation: dilation, groups: groups, layout: layout)
        try self.init(problem, weight: weight, bias: bias, activation: activation, options: options)
    }

    /// Runs the convolution into a tensor that is there already. Allocates as little as a run on spans, if the output
    /// shares its memory with no other tensor; if it does, it gets memory of its own first, so that the output may be a
    /// copy of the input or of the residual.
    ///
    /// - Parameters:
    ///   - input: The problem's `inputShape`.
    ///   - residual: The output's shape, added before the activation, or nil.
    ///   - output: The problem's `outputShape`. All of it is written.
    /// - Throws: `ConvolutionError.shapeMismatch` if a shape is not the problem's; the output is then as before.
    public func run(_ input: Tensor, residual: Tensor? = nil, into output: inout Tensor) throws(ConvolutionError) {
        try problem.check(input: input.shape, residual: residual?.shape, output: output.shape)
        try output.makeUniqueToOverwrite()
        var elements = output.mutableSpan
        try run(input: input.span, residual: residual?.span, output: &elements)
    }

    /// Runs the convolution once, of zeros: in its first run a plan's memory gets its pages, and the threads wake.
    ///
    /// - Throws: `ConvolutionError.outOfMemory` if there is no memory for an input and an output.
    func warmUp() throws(ConvolutionError) {
        var output = try Tensor(uninitializedShape: problem.outputShape)
        try run(Tensor.zeros(problem.inputShape), into: &output)
    }
}
