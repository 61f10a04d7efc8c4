// SPDX-License-Identifier: Apache-2.0

/// The definition of the transposed convolution, summed in double precision over the inputs that reach an output:
///
///     out[n, k, o] = bias[k] + sum over c in the group of k, i, t with o = i * stride - before + t * dilation
///                              of weight[c, k', t] * input[n, c, i]
///
/// Computes one plane of the output: `plane` counts images times output channels times depths.
func referenceTransposedPlane(
    _ problem: ConvolutionProblem, _ plane: Int, input: UnsafeBufferPointer<Float>,
    weight: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?, sums: UnsafeMutableBufferPointer<Double>
) {
    let (depth, height, width) = (problem.depth, problem.height, problem.width)
    let (imageChannel, slice) = plane.quotientAndRemainder(dividingBy: depth.output)
    let (image, outputChannel) = imageChannel.quotientAndRemainder(dividingBy: problem.outputChannels)
    let (group, filter) = outputChannel.quotientAndRemainder(dividingBy: problem.weightChannels.inner)
    let channels = problem.inputChannels / problem.groups
    let strides = problem.inputStrides
    sums.update(repeating: bias.map { Double($0[outputChannel]) } ?? 0)
    for channel in group * channels..<(group + 1) * channels {
        let inputChannel = image * strides.volume + channel * strides.channel
        let firstWeight = (channel * problem.weightChannels.inner + filter) * depth.kernel
        for tapSlice in 0..<depth.kernel {
            for inputSlice in depth.inputs(tap: tapSlice)
            where depth.transposedOutput(of: inputSlice, tap: tapSlice) == slice {
                let inputPlane = inputChannel + inputSlice * strides.plane
                for tapRow in 0..<height.kernel {
                    let firstTap = ((firstWeight + tapSlice) * height.kernel + tapRow) * width.kernel
                    for tapColumn in 0..<width.kernel {
                        let tap = Double(weight[firstTap + tapColumn])
                        let columns = width.inputs(tap: tapColumn)
                        guard !columns.isEmpty else { continue }
                        let column = width.transposedOutput(of: columns.lowerBound, tap: tapColumn)
                        for inputRow in height.inputs(tap: tapRow) {
                            let row = height.transposedOutput(of: inputRow, tap: tapRow)
                            scatterRow(
                                tap, input, step: strides.pixel,
                                from: inputPlane + inputRow * strides.row + columns.lowerBound * strides.pixel,
                                to: sums, at: row * width.output + column, apart: width.stride, count: columns.count)
                        }
                    }
                }
            }
        }
    }
}

private func scatterRow(
    _ tap: Double, _ input: UnsafeBufferPointer<Float>, step: Int, from inputIndex: Int,
    to sums: UnsafeMutableBufferPointer<Double>, at sumIndex: Int, apart: Int, count: Int
) {
    // A while loop over raw pointers: without optimisation it is ten times as fast as ranges and buffers.
    guard var source = input.baseAddress, var sum = sums.baseAddress else { return }
    source += inputIndex
    sum += sumIndex
    var left = count
    while true {
        sum.pointee += tap * Double(source.pointee)
        left -= 1
        // The last step isn't taken: with a large stride it would leave the output.
        guard left > 0 else { return }
        source += step
        sum += apart
    }
}

extension Axis {
    /// The output of a transposed convolution that a tap of an input falls on; beside the output if the index isn't in
    /// `0..<output`.
    func transposedOutput(of input: Int, tap: Int) -> Int { input * stride - before + tap * dilation }

    /// The inputs whose `tap` falls on the output.
    func inputs(tap: Int) -> Range<Int> {
        let offset = transposedOutput(of: 0, tap: tap)
        guard offset < output else { return 0..<0 }
        let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
        let end = min((output - 1 - offset) / stride + 1, input)
        return first < end ? first..<end : 0..<0
    }
}
