// SPDX-License-Identifier: Apache-2.0

/// The weights of a layer in the order that one method's kernels read them, with the bias. Independent of the batch and
/// of the input's size.
final class PackedWeights: Sendable {
    private let weightBuffer: FloatBuffer
    private let biasBuffer: FloatBuffer?

    var packed: UnsafePointer<Float> { UnsafePointer(weightBuffer.base) }
    var bias: UnsafePointer<Float>? { biasBuffer.map { UnsafePointer($0.base) } }

    init(method: any Method, weight: Tensor, bias: Tensor?, executor: ExecutorKind, _ threads: Int)
        throws(ConvolutionError)
    {
        let buffer = try FloatBuffer(count: method.packedWeightCount)
        let (tasks, each) = (method.packingTasks, method.packingScratchCount)
        let workers = max(1, min(tasks, threads))
        let scratch = each == 0 ? nil : try FloatBuffer(count: CheckedSize.product([workers, each]))
        weight.withUnsafeBufferPointer { weight in
            guard let source = weight.baseAddress else { return }
            guard tasks > 1 else {
                method.packWeights(source, into: buffer.base, task: 0, scratch: scratch?.base)
                return
            }
            [tasks].withUnsafeBufferPointer { phases in
                parallelRegion(executor, threads: workers, phases: phases, spinMicroseconds: 0) { _, task, worker in
                    method.packWeights(
                        source, into: buffer.base, task: task, scratch: scratch.map { $0.base + worker * each })
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
