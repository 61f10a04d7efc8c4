// SPDX-License-Identifier: Apache-2.0

extension ConvolutionPlan {
    /// The choice for a problem: measured if the options want that, else by estimate.
    ///
    /// - Parameters:
    ///   - weight: The weights to measure with; nil makes some up.
    ///   - isForOneRun: Whether the estimates count the packing of the weights.
    static func choice(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, weight: Tensor? = nil, isForOneRun: Bool = false
    ) throws(ConvolutionError) -> Choice {
        guard options.algorithm == nil, case .measured(let file) = options.tuning.storage, problem.outputCount > 0
        else {
            return try Choice(problem, options, isForOneRun: isForOneRun)
        }
        let finding = try finding(problem, options, weight: weight, file: file)
        return try Choice(problem, options, finding: finding, isForOneRun: isForOneRun)
    }

    /// What timing the candidates finds, on made-up inputs.
    static func finding(
        _ problem: ConvolutionProblem, _ options: ConvolutionOptions, weight: Tensor?, file: FilePath?,
        by tuner: Tuner = .shared
    ) throws(ConvolutionError) -> TuningFinding {
        var shared: Trial?
        return try tuner.finding(problem, options, file: file) { (single) throws(ConvolutionError) in
            let trial = if let shared { shared } else { try Trial(problem, weight: weight) }
            shared = trial
            let plan = try ConvolutionPlan(problem, weight: trial.weight, options: single)
            return { () throws(ConvolutionError) in
                try plan.run(trial.input, into: &trial.output)
            }
        }
    }
}

/// What all candidates compute.
private final class Trial {
    let weight: Tensor
    let input: Tensor
    var output: Tensor

    init(_ problem: ConvolutionProblem, weight: Tensor?) throws(ConvolutionError) {
        self.weight = if let weight { weight } else { try Tensor.noise(problem.weightShape) }
        input = try Tensor.noise(problem.inputShape)
        output = try Tensor(uninitializedShape: problem.outputShape)
    }
}

extension Tensor {
    /// Numbers of either sign that are neither tiny nor large: what is timed must not meet denormal numbers or infinities.
    fileprivate static func noise(_ shape: [Int]) throws(ConvolutionError) -> Tensor {
        var tensor = try Tensor(uninitializedShape: shape)
        tensor.withUnsafeMutableBufferPointer { elements in
            var generator = SplitMix64(seed: 1)
            for index in elements.indices {
                elements[index] = Float(Int64(bitPattern: generator.next()) >> 40) * 0x1p-23
            }
        }
        return tensor
    }
}
