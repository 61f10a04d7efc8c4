// SPDX-License-Identifier: Apache-2.0

import Convolution

/// One convolution: what `run` and `run-cases` compute. The input comes last, when the weight is packed and nobody needs
/// it any more as it was: the two are never in memory at once.
struct ConvolutionCall {
    let operation: Operation
    let inputShape: [Int]
    let weight: Tensor
    let bias: Tensor?
    let geometry: Geometry
    let paddingMode: PaddingMode
    var layout: TensorLayout = .channelsFirst

    /// A legal call, ready to run.
    struct Prepared {
        /// Of the convolution itself; where the padding is not of zeros, of the padded input.
        let plan: ConvolutionPlan
        fileprivate let problem: ConvolutionProblem
        fileprivate let paddingMode: PaddingMode

        /// Computes the output. The input as it was is not kept once it is padded.
        func run(_ input: consuming Tensor) throws(ConvolutionError) -> Tensor {
            if paddingMode != .zeros { input = try pad(input, for: problem, mode: paddingMode) }
            return try plan(input)
        }
    }

    /// Checks the shapes, chooses an algorithm and packs the weight, whose elements are then gone.
    consuming func prepared(_ options: ConvolutionOptions) throws(ConvolutionError) -> Prepared {
        let (problem, planned) = try problems()
        let plan = try ConvolutionPlan(planned, releasing: weight, bias: bias, options: options)
        return Prepared(plan: plan, problem: problem, paddingMode: paddingMode)
    }

    /// The same for a weight that is kept, and runs of many. The choice is that for one thread, on however many it is
    /// run, so that workers with more of them and with fewer give the same bits.
    func preparedForManyRuns(_ options: ConvolutionOptions) throws(ConvolutionError) -> Prepared {
        let (problem, planned) = try problems()
        var options = options
        if options.algorithm == nil {
            var single = options
            single.threads = 1
            options.algorithm = try ConvolutionPlan.explainChoice(planned, options: single).first(where: \.isChosen)?
                .algorithm
        }
        let plan = try ConvolutionPlan(planned, weight: weight, bias: bias, options: options)
        return Prepared(plan: plan, problem: problem, paddingMode: paddingMode)
    }

    /// The problem, and the one that is planned.
    private func problems() throws(ConvolutionError) -> (ConvolutionProblem, planned: ConvolutionProblem) {
        let problem = try makeProblem(
            operation, inputShape: inputShape, weightShape: weight.shape, biasShape: bias?.shape,
            geometry: geometry, layout: layout)
        if operation.isTransposed, paddingMode != .zeros {
            throw .paddingModeTransposed(rank: operation.rank, paddingMode.rawValue)
        }
        // The functions pad with zeros only, the modules in every mode, as in PyTorch.
        return (problem, paddingMode == .zeros ? problem : try padded(problem))
    }

    /// The problem that is left when the input has been padded.
    private func padded(_ problem: ConvolutionProblem) throws(ConvolutionError) -> ConvolutionProblem {
        var rest = geometry
        rest.padding = .amounts([0])
        return try makeProblem(
            operation,
            inputShape: layout.shape(
                batch: problem.isUnbatched ? nil : problem.batch, channels: problem.inputChannels,
                size: problem.size(\.paddedInput)),
            weightShape: weight.shape, biasShape: bias?.shape, geometry: rest, layout: layout)
    }
}
