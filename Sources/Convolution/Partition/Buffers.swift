// SPDX-License-Identifier: Apache-2.0

/// The memory of one run, each pointer to element 0 of the whole tensor.
struct Buffers {
    let input: UnsafePointer<Float>
    let weights: UnsafePointer<Float>
    let bias: UnsafePointer<Float>?
    let residual: UnsafePointer<Float>?
    let output: UnsafeMutablePointer<Float>
    /// `sharedCount` floats and then `workerCount` for each worker, 64-byte aligned.
    let workspace: UnsafeMutablePointer<Float>
    /// Of the method that runs.
    let sharedCount: Int
    let workerCount: Int
    let activation: Activation

    func workerWorkspace(_ worker: Int) -> UnsafeMutablePointer<Float> {
        workspace + sharedCount + worker * workerCount
    }

    /// The buffers of a part of the output, which other weights may be for.
    func moved(input: Int, weights: Int, output: Int) -> Buffers {
        Buffers(
            input: self.input + input, weights: self.weights + weights, bias: bias,
            residual: residual.map { $0 + output }, output: self.output + output, workspace: workspace,
            sharedCount: sharedCount, workerCount: workerCount, activation: activation)
    }
}
