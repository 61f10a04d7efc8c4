// SPDX-License-Identifier: Apache-2.0

/// The definition of the convolution, summed in double precision over the taps that fall on the input:
///
///     out[n, k, o] = bias[k] + sum over c, t of weight[k, c, t] * input[n, group(k) * C / groups + c,
///                                                                       o * stride - before + t * dilation]
///
/// It is what every kernel is compared with, so it is plain; it goes tap by tap over whole rows of the output, so that
/// it is also fast enough without optimisation.
///
/// - Parameters:
///   - output: In the problem's layout, each element rounded once, from the double sum.
func referenceConvolution(
    _ problem: ConvolutionProblem, input: UnsafeBufferPointer<Float>, weight: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, output: UnsafeMutableBufferPointer<Float>
) {
    let pixels = problem.height.output * problem.width.output
    withUnsafeTemporaryAllocation(of: Double.self, capacity: pixels) { sums in
        for plane in 0..<problem.batch * problem.outputChannels * problem.depth.output {
            referencePlane(problem, plane, input: input, weight: weight, bias: bias, sums: sums)
            let plane = problem.outputPlane(plane)
            for pixel in 0..<pixels { output[plane.first + pixel * plane.step] = Float(sums[pixel]) }
        }
    }
}

/// The same of (N, K, *output size), with the double sums as they are, against which the error of a kernel is measured.
func referenceConvolution(
    _ problem: ConvolutionProblem, input: UnsafeBufferPointer<Float>, weight: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, output: UnsafeMutableBufferPointer<Double>
) {
    let pixels = problem.height.output * problem.width.output
    for plane in 0..<problem.batch * problem.outputChannels * problem.depth.output {
        let sums = output.extracting(plane * pixels..<(plane + 1) * pixels)
        referencePlane(problem, plane, input: input, weight: weight, bias: bias, sums: sums)
    }
}

/// Computes one plane of the output: `plane` counts images times output channels times depths.
func referencePlane(
    _ problem: ConvolutionProblem, _ plane: Int, input: UnsafeBufferPointer<Float>,
    weight: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?, sums: UnsafeMutableBufferPointer<Double>
) {
    if problem.isTransposed {
        referenceTransposedPlane(problem, plane, input: input, weight: weight, bias: bias, sums: sums)
        return
    }
    let (depth, height, width) = (problem.depth, problem.height, problem.width)
    let channels = problem.inputChannels / problem.groups
    let (imageChannel, slice) = plane.quotientAndRemainder(dividingBy: depth.output)
    let (image, outputChannel) = imageChannel.quotientAndRemainder(dividingBy: problem.outputChannels)
    let group = outputChannel / (problem.outputChannels / problem.groups)
    let strides = problem.inputStrides
    let firstInputPlane = image * strides.volume + group * channels * strides.channel
    let taps = height.kernel * width.kernel
    sums.update(repeating: bias.map { Double($0[outputChannel]) } ?? 0)
    for channel in 0..<channels {
        for tapSlice in 0..<depth.kernel {
            let inputSlice = depth.inputIndex(of: slice, tap: tapSlice)
            guard 0..<depth.input ~= inputSlice else { continue }
            let inputPlane = firstInputPlane + channel * strides.channel + inputSlice * strides.plane
            var weightIndex = ((outputChannel * channels + channel) * depth.kernel + tapSlice) * taps
            for tapRow in 0..<height.kernel {
                let rows = height.outputs(of: tapRow)
                for tapColumn in 0..<width.kernel {
                    let columns = width.outputs(of: tapColumn)
                    let tap = Double(weight[weightIndex])
                    weightIndex += 1
                    guard !columns.isEmpty else { continue }
                    for row in rows {
                        let inputRow = inputPlane + height.inputIndex(of: row, tap: tapRow) * strides.row
                        let column = width.inputIndex(of: columns.lowerBound, tap: tapColumn)
                        addRow(
                            tap, input, from: inputRow + column * strides.pixel, step: width.stride * strides.pixel,
                            to: sums, at: row * width.output + columns.lowerBound,
                            count: columns.count)
                    }
                }
            }
        }
    }
}

private func addRow(
    _ tap: Double, _ input: UnsafeBufferPointer<Float>, from inputIndex: Int, step: Int,
    to sums: UnsafeMutableBufferPointer<Double>, at sumIndex: Int, count: Int
) {
    // A while loop over raw pointers: without optimisation it is ten times as fast as ranges and buffers.
    guard var source = input.baseAddress, var sum = sums.baseAddress else { return }
    source += inputIndex
    sum += sumIndex
    var left = count
    while true {
        sum.pointee += tap * Double(source.pointee)
        left -= 1
        // The last step isn't taken: with a large stride it would leave the input.
        guard left > 0 else { return }
        source += step
        sum += 1
    }
}

extension ConvolutionProblem {
    /// The strides of the input.
    var inputStrides: TensorStrides { KernelProblem(slicesOf: self).input }

    /// Where the pixels of a plane of the output are, which `plane` counts as images times output channels times depths.
    func outputPlane(_ plane: Int) -> (first: Int, step: Int) {
        let (imageChannel, slice) = plane.quotientAndRemainder(dividingBy: depth.output)
        let (image, channel) = imageChannel.quotientAndRemainder(dividingBy: outputChannels)
        let strides = KernelProblem(slicesOf: self).output
        return (image * strides.volume + channel * strides.channel + slice * strides.plane, strides.pixel)
    }
}

extension Axis {
    /// Where in the input the `tap` of an output lies; in its padding if the index isn't in `0..<input`.
    func inputIndex(of output: Int, tap: Int) -> Int {
        output * stride - before + tap * dilation
    }

    /// The outputs whose `tap` falls on the input and not on its padding.
    func outputs(of tap: Int) -> Range<Int> {
        let offset = inputIndex(of: 0, tap: tap)
        guard offset < input else { return 0..<0 }
        let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
        let end = min((input - 1 - offset) / stride + 1, output)
        return first < end ? first..<end : 0..<0
    }
}
