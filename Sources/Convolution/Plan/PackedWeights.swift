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
        weight.withUnsafeBufferPointer { weight in
            guard let source = weight.baseAddress else { return }
            guard method.packingTasks > 1 else {
                method.packWeights(source, into: buffer.base, task: 0)
                return
            }
            [method.packingTasks].withUnsafeBufferPointer { phases in
                parallelRegion(executor, threads: threads, phases: phases, spinMicroseconds: 0) { _, task, _ in
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
