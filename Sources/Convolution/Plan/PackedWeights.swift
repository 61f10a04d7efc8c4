// SPDX-License-Identifier: Apache-2.0

/// The weights of a layer in the order that one method's kernels read them, with the bias. Independent of the batch and
/// of the input's size.
final class PackedWeights: Sendable {
    private let weightBuffer: FloatBuffer
    private let biasBuffer: FloatBuffer?
    /// The weights and the bias as they were given, to be packed again for an input whose kernels want them in another
    /// form; nil where the packed ones serve every size.
    let unpacked: (weight: Tensor, bias: Tensor?)?

    var packed: UnsafePointer<Float> { UnsafePointer(weightBuffer.base) }
    var bias: UnsafePointer<Float>? { biasBuffer.map { UnsafePointer($0.base) } }

    /// - Parameters:
    ///   - problem: What the weights are of.
    ///   - choice: The method that packs them, and the form in which it wants them.
    init(_ problem: ConvolutionProblem, _ choice: Choice, weight: Tensor, bias: Tensor?) throws(ConvolutionError) {
        let (method, lowering) = (choice.method, choice.lowering)
        let isAsGiven = lowering.weightForm == Lowering(asIs: problem).weightForm
        unpacked = isAsGiven ? nil : (weight, bias)
        let buffer = try FloatBuffer(count: method.packedWeightCount)
        try lowering.weights(weight).withUnsafeBufferPointer { weight in
            guard let source = weight.baseAddress else { return }
            guard method.packingTasks > 1 else {
                method.packWeights(source, into: buffer.base, task: 0)
                return
            }
            [method.packingTasks].withUnsafeBufferPointer { phases in
                parallelRegion(choice.executor, threads: choice.threads, phases: phases, spinMicroseconds: 0) {
                    _, task, _ in
                    method.packWeights(source, into: buffer.base, task: task)
                }
            }
        }
        weightBuffer = buffer
        if let bias {
            biasBuffer = try FloatBuffer(copying: bias.storage.base, count: bias.count)
        } else {
            biasBuffer = nil
        }
    }
}
