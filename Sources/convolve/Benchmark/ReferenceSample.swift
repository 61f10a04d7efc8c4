// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Some elements of a convolution's output in double precision, summed straight from the definition.
///
/// All of a small output; of a large one the corners of the first and last planes and elements at random, always the
/// same, since the whole would take longer than everything that is timed.
struct ReferenceSample: Sendable {
    /// Where the elements are in the output.
    private let places: [Int]
    private let values: [Double]
    /// The largest absolute value among them.
    let largest: Double

    init(_ problem: ConvolutionProblem, input: Span<Float>, weight: Span<Float>, limit: Int) {
        let offsets = ReferenceSample.offsets(
            count: problem.outputCount, plane: problem.height.output * problem.width.output,
            width: problem.width.output, limit: limit)
        places = offsets.map { offset in
            let at = ReferenceSample.position(offset, problem)
            return problem.outputOffset(image: at.image, channel: at.channel, at: (at.z, at.y, at.x))
        }
        values = input.withUnsafeBufferPointer { input in
            weight.withUnsafeBufferPointer { weight in
                offsets.map { ReferenceSample.element($0, problem, input, weight) }
            }
        }
        largest = values.reduce(0) { max($0, abs($1)) }
    }

    /// The largest error of the sampled elements, relative to the largest of them; NaN if one of them is NaN.
    func error(of output: Span<Float>) -> Double {
        var worst = 0.0
        for (place, value) in zip(places, values) {
            let error = abs(Double(output[place]) - value)
            if error.isNaN { return .nan }
            worst = max(worst, error)
        }
        return largest > 0 ? worst / largest : worst
    }

    /// Distinct offsets below `count`, ascending, about `limit` of them or all.
    static func offsets(count: Int, plane: Int, width: Int, limit: Int) -> [Int] {
        guard count > limit, plane > 0 else { return Array(0..<count) }
        var chosen: Set<Int> = []
        for start in [0, count - plane] {
            chosen.formUnion([start, start + width - 1, start + plane - width, start + plane - 1])
        }
        var generator = SplitMix64(seed: 0x5EED)
        while chosen.count < limit {
            chosen.insert(Int.random(in: 0..<count, using: &generator))
        }
        return chosen.sorted()
    }

    /// The element that an offset counts with the channels first.
    private static func position(
        _ offset: Int, _ problem: ConvolutionProblem
    ) -> (image: Int, channel: Int, z: Int, y: Int, x: Int) {
        let (rows, x) = offset.quotientAndRemainder(dividingBy: problem.width.output)
        let (planes, y) = rows.quotientAndRemainder(dividingBy: problem.height.output)
        let (volumes, z) = planes.quotientAndRemainder(dividingBy: problem.depth.output)
        let (image, channel) = volumes.quotientAndRemainder(dividingBy: problem.outputChannels)
        return (image, channel, z, y, x)
    }

    private static func element(
        _ offset: Int, _ problem: ConvolutionProblem, _ input: UnsafeBufferPointer<Float>,
        _ weight: UnsafeBufferPointer<Float>
    ) -> Double {
        let (depth, height, width) = (problem.depth, problem.height, problem.width)
        let (image, channel, z, y, x) = position(offset, problem)
        let channels = problem.channelsPerSum
        let firstChannel = problem.firstChannel(of: channel)
        var sum = 0.0
        let columnStride = problem.inputColumnStride
        for c in 0..<channels {
            for kz in 0..<depth.kernel {
                guard let plane = problem.inputPosition(depth, output: z, tap: kz) else { continue }
                for ky in 0..<height.kernel {
                    guard let row = problem.inputPosition(height, output: y, tap: ky) else { continue }
                    let taps = problem.weightOffset(outputChannel: channel, channel: c, at: (kz, ky, 0))
                    let first = problem.inputOffset(image: image, channel: firstChannel + c, at: (plane, row, 0))
                    for kx in 0..<width.kernel {
                        guard let column = problem.inputPosition(width, output: x, tap: kx) else { continue }
                        sum += Double(input[first + column * columnStride]) * Double(weight[taps + kx])
                    }
                }
            }
        }
        return sum
    }
}
