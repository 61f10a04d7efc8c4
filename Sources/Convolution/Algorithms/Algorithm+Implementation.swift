// SPDX-License-Identifier: Apache-2.0

extension Algorithm {
    /// Where the algorithm is implemented; nil for the definition, which no kernel computes.
    var implementation: (any AlgorithmImplementation.Type)? {
        switch storage {
        case .reference: nil
        case .im2col: Im2col.self
        case .direct: Direct.self
        case .gemm: Gemm.self
        case .depthwise: Depthwise.self
        case .winograd2: Winograd2.self
        case .winograd3: Winograd3.self
        case .winograd4: Winograd4.self
        case .winograd4x2: Winograd4x2.self
        case .winograd6: Winograd6.self
        case .winograd7x4: Winograd7x4.self
        case .fft: FFT.self
        }
    }

    /// The forms of a problem that the algorithm may compute: those that are compared with, as the problem is given.
    func forms(_ problem: ConvolutionProblem) -> [Lowering] {
        // The definition reads the weights as they were given.
        guard let implementation else { return [Lowering(KernelProblem(slicesOf: problem), .asGiven(problem))] }
        if isForComparison { return [Lowering(asIs: problem)] }
        return Lowering.forms(problem).filter { implementation.canCompute($0) }
    }

    /// Whether the algorithm can compute all parts of a problem.
    func applicability(_ lowering: Lowering, _ instructionSet: InstructionSet) -> Applicability {
        guard let implementation else { return .applies }
        guard implementation.canCompute(lowering) else {
            return .doesNotApply("its kernels do not know this form of the problem")
        }
        // Sums over nothing need no kernel of their own, unless there are no others.
        let isEmpty = lowering.largest.terms == 0
        // And phases that the algorithm has no kernel for are others', who do not know taps along the depth as channels, and
        // can weave no columns.
        let largest = lowering.largest
        for part in lowering.parts where part.terms > 0 || isEmpty {
            let isOthers = part.problem.depthTaps == 1 && part.problem.weave == nil
            if lowering.hasPhases, isOthers, part != largest { continue }
            let answer = implementation.applicability(part.problem, instructionSet)
            if !answer.isYes { return answer }
        }
        return .applies
    }

    /// The strictest precision under which the algorithm may be chosen for a problem in this form.
    func precision(for lowering: Lowering) -> Precision {
        guard winogradOutputs != nil else { return precision }
        return lowering.parts.lazy.filter { $0.terms > 0 }.map { self.precision(for: $0.problem) }.max() ?? precision
    }
}
