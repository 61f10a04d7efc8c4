// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The definition as an algorithm: slow, on every problem, and within half an ulp of the exact sum's rounding. One task for
/// each plane of the output, its double sums in the worker's memory.
struct ReferenceMethod: Method {
    let problem: ConvolutionProblem

    private var pixels: Int { problem.height.output * problem.width.output }

    var kernelName: String { "reference" }
    var loadImbalance: Double { 1 }
    var phases: [Int] { [problem.batch * problem.outputChannels * problem.depth.output] }
    var sharedCount: Int { 0 }
    /// Two floats hold a double; a multiple of 16 keeps every worker's memory aligned.
    var workerCount: Int { (2 * pixels + 15) / 16 * 16 }
    var packedWeightCount: Int { problem.weightCount }
    var packingTasks: Int { 1 }
    var packingScratchCount: Int { 0 }
    var packedFormats: [PackedFormat?] { [] }

    func packWeights(
        _ weight: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, task: Int,
        scratch: UnsafeMutablePointer<Float>?
    ) {
        packed.update(from: weight, count: problem.weightCount)
    }

    func run(phase: Int, task: Int, worker: Int, buffers: Buffers) {
        let pixels = pixels
        let scratch = UnsafeMutableRawPointer(buffers.workerWorkspace(worker))
        let sums = UnsafeMutableBufferPointer(
            start: scratch.bindMemory(to: Double.self, capacity: pixels), count: pixels)
        referencePlane(
            problem, task, input: UnsafeBufferPointer(start: buffers.input, count: problem.inputCount),
            weight: UnsafeBufferPointer(start: buffers.weights, count: problem.weightCount),
            bias: buffers.bias.map { UnsafeBufferPointer(start: $0, count: problem.outputChannels) }, sums: sums)
        let plane = problem.outputPlane(task)
        for pixel in 0..<pixels {
            let index = plane.first + pixel * plane.step
            let sum = sums[pixel] + (buffers.residual.map { Double($0[index]) } ?? 0)
            buffers.output[index] = Float(buffers.activation(sum))
        }
    }
}

extension Activation {
    /// The activation of `x`, which a NaN passes through.
    func callAsFunction(_ x: Double) -> Double {
        switch storage {
        case .none: x
        case .relu: x < 0 ? 0 : x
        case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
        case .leakyReLU(let slope): x >= 0 ? x : Double(slope) * x
        case .silu: x / (1 + exp(-x))
        case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
        case .hardSwish(let scale, let offset):
            x < -3 ? Double(offset) : Double(scale) * (x > 3 ? x : x * (x + 3) / 6) + Double(offset)
        case .clamp(let low, let high): x < Double(low) ? Double(low) : x > Double(high) ? Double(high) : x
        }
    }
}
