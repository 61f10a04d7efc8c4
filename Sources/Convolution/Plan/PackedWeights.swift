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
    ///   - releasesWeight: Whether the memory of the weight goes back to the system as it is packed: its elements are then
    ///     gone, and the two are never in memory whole.
    init(
        _ problem: ConvolutionProblem, _ choice: Choice, weight: Tensor, bias: Tensor?, releasesWeight: Bool = false
    ) throws(ConvolutionError) {
        let (method, lowering) = (choice.method, choice.lowering)
        // Those of a transposed convolution, and of planes, depend on whether an axis has a single input.
        let isAsGiven =
            !problem.isTransposed && problem.depth.isSingle
            && lowering.weights == Lowering(asIs: problem).weights
        unpacked = isAsGiven || releasesWeight ? nil : (weight, bias)
        let buffer = try FloatBuffer(count: method.packedWeightCount)
        let (tasks, each) = (method.packingTasks, method.packingScratchCount)
        let workers = max(1, min(tasks, choice.threads))
        let scratch = each == 0 ? nil : try FloatBuffer(count: CheckedSize.product([workers, each]))
        try lowering.weights(weight).withUnsafeBufferPointer { weight in
            guard let source = weight.baseAddress else { return }
            // A kernel of one task for several groups may count them otherwise: then nothing is released.
            let isReleased =
                releasesWeight && tasks > 0 && method.weights(ofPackingTask: tasks - 1)?.upperBound == weight.count
            func pack(_ task: Int, _ worker: Int) {
                method.packWeights(
                    source, into: buffer.base, task: task, scratch: scratch.map { $0.base + worker * each })
                if isReleased, let range = method.weights(ofPackingTask: task) {
                    FloatBuffer.release(UnsafeBufferPointer(rebasing: weight[range]))
                }
            }
            guard tasks > 1 else {
                // Sums over nothing have no weights.
                if tasks == 1 { pack(0, 0) }
                return
            }
            [tasks].withUnsafeBufferPointer { phases in
                parallelRegion(
                    choice.executor, threads: workers, phases: phases, spinMicroseconds: 0,
                    movesWorkers: choice.movesWorkers
                ) { _, task, worker in
                    pack(task, worker)
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
