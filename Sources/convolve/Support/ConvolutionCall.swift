// SPDX-License-Identifier: Apache-2.0

import Convolution

/// One convolution of given tensors: what `run` and `run-cases` compute.
struct ConvolutionCall {
    let operation: Operation
    let input: Tensor
    let weight: Tensor
    let bias: Tensor?
    let geometry: Geometry
    let paddingMode: PaddingMode
    var layout: TensorLayout = .channelsFirst

    /// A legal call, ready to run.
    struct Prepared {
        /// Of the convolution itself; where the padding is not of zeros, of the padded input.
        let plan: ConvolutionPlan
        /// Computes the output.
        let run: () throws(ConvolutionError) -> Tensor
    }

    /// Checks the shapes, chooses an algorithm and packs the weight.
    func prepared(_ options: ConvolutionOptions) throws(ConvolutionError) -> Prepared {
        let problem = try makeProblem(
            rank: operation.rank, inputShape: input.shape, weightShape: weight.shape, biasShape: bias?.shape,
            geometry: geometry, layout: layout)
        if paddingMode == .zeros {
            let plan = try ConvolutionPlan(problem, weight: weight, bias: bias, options: options)
            return Prepared(plan: plan) { () throws(ConvolutionError) in try plan(input) }
        }
        // The functions pad with zeros only, the modules in every mode, as in PyTorch.
        let module = try module(options)
        let plan = try ConvolutionPlan(try padded(problem), weight: weight, bias: bias, options: options)
        return Prepared(plan: plan, run: module)
    }

    private func module(
        _ options: ConvolutionOptions
    ) throws(ConvolutionError) -> () throws(ConvolutionError) -> Tensor {
        let padding = try geometry.padding.library(rank: operation.rank)
        let (stride, dilation) = (Extents(geometry.stride), Extents(geometry.dilation))
        switch operation {
        case .conv1d:
            let layer = try Conv1d(
                weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                groups: geometry.groups, paddingMode: paddingMode, layout: layout, options: options)
            return { () throws(ConvolutionError) in try layer(input) }
        case .conv2d:
            let layer = try Conv2d(
                weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation,
                groups: geometry.groups, paddingMode: paddingMode, layout: layout, options: options)
            return { () throws(ConvolutionError) in try layer(input) }
        }
    }

    /// The problem that is left when the input has been padded.
    private func padded(_ problem: ConvolutionProblem) throws(ConvolutionError) -> ConvolutionProblem {
        var rest = geometry
        rest.padding = .amounts([0])
        return try makeProblem(
            rank: operation.rank,
            inputShape: layout.shape(
                batch: problem.isUnbatched ? nil : problem.batch, channels: problem.inputChannels,
                size: problem.size(\.paddedInput)),
            weightShape: weight.shape, biasShape: bias?.shape, geometry: rest, layout: layout)
    }
}
