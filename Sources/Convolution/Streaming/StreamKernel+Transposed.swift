// SPDX-License-Identifier: Apache-2.0

extension StreamKernel {
    /// A transposed convolution: a convolution of stride 1 for each phase of the stride, whose outputs take turns.
    ///
    /// - Parameter problem: A transposed one, of any input.
    convenience init(
        transposed problem: ConvolutionProblem, weight: Tensor, bias: Tensor?, activation: Activation,
        options: ConvolutionOptions
    ) throws(ConvolutionError) {
        try problem.check(weight: weight.shape, bias: bias?.shape)
        var options = try Self.checked(options, for: .transposed)
        // A stream's memory is none of its kernels'.
        options.workspaceLimit = nil
        let width = problem.width
        let axis = try StreamAxis(
            transposed: width.kernel, stride: width.stride, dilation: width.dilation,
            padding: AxisPadding(before: width.before, after: width.after), outputPadding: width.outputPadding)
        // The algorithm is that of the whole and not of a phase.
        options.algorithm = FixedOrder(problem, options.instructionSet ?? .best, options)?.algorithm
        var parts: [StreamPart] = []
        var idle: StreamPart?
        for phase in axis.phases {
            if phase.taps.isEmpty, let idle {
                parts.append(idle)
                continue
            }
            let part = try Self.part(problem, phase, weight: weight, bias: bias, options)
            if phase.taps.isEmpty { idle = part }
            parts.append(part)
        }
        try self.init(problem, axis, parts, activation: activation)
    }

    private static func part(
        _ problem: ConvolutionProblem, _ phase: StreamAxis.Phase, weight: Tensor, bias: Tensor?,
        _ options: ConvolutionOptions
    ) throws(ConvolutionError) -> StreamPart {
        let (groups, outputs) = (problem.groups, problem.outputChannels)
        // Outputs that no tap reaches are sums over no channels.
        let channels = phase.taps.isEmpty ? 0 : problem.inputChannels / groups
        let shape = [outputs, channels, max(1, phase.taps.count)]
        var options = options
        if phase.taps.isEmpty { options.algorithm = nil }
        var phaseWeight = try Tensor(uninitializedShape: shape)
        weight.withUnsafeBufferPointer { weight in
            phaseWeight.withUnsafeMutableBufferPointer { phaseWeight in
                var next = 0
                for output in 0..<outputs {
                    let (group, filter) = output.quotientAndRemainder(dividingBy: outputs / groups)
                    for channel in 0..<channels {
                        let row = (group * channels + channel) * (outputs / groups) + filter
                        for tap in phase.taps {
                            phaseWeight[next] = weight[row * problem.width.kernel + tap]
                            next += 1
                        }
                    }
                }
            }
        }
        let span = try CheckedSize.sum(phase.reach, 1, of: "the extent of a phase")
        let convolution = try ConvolutionProblem(
            inputShape: problem.layout.shape(
                batch: problem.isUnbatched ? nil : problem.batch, channels: channels * groups, size: [span]),
            weightShape: shape, biasShape: bias?.shape, rank: 1, dilation: phase.dilation, groups: groups,
            layout: problem.layout)
        return try StreamPart(convolution, phase, weight: phaseWeight, bias: bias, options)
    }
}
