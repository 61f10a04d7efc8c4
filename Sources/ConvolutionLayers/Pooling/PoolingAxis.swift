// SPDX-License-Identifier: Apache-2.0

import Convolution

/// One axis of a pooling: which elements of the input each element of the output is of.
struct PoolingAxis: Sendable {
    /// The taps of one output: `first`, `first + dilation`, ... below `end`, all of them inside the input.
    struct Window: Sendable {
        let first: Int
        let end: Int
    }

    let inputSize: Int
    let windows: [Window]
    let dilation: Int
    /// How far the windows' beginnings are apart, and how far the first of them lies before the input; nil where the
    /// windows are not all alike, as those of an adaptive pooling.
    let regular: (taps: Int, stride: Int, padding: Int)?
    /// What an average divides by, of each output: its taps, those on padding counted or not.
    let counts: [Float]

    var outputSize: Int { windows.count }

    /// Whether there is one window, of all elements.
    var isWhole: Bool {
        windows.count == 1 && windows[0].first == 0 && windows[0].end == inputSize && dilation == 1
    }

    /// The largest distance from a window's first element to the one behind its last.
    let span: Int

    init(inputSize: Int, windows: [Window], dilation: Int, regular: (Int, Int, Int)?, counts: [Float]) {
        self.inputSize = inputSize
        self.windows = windows
        self.dilation = dilation
        self.regular = regular
        self.counts = counts
        if let (taps, _, _) = regular {
            span = (taps - 1) * dilation + 1
        } else {
            span = windows.map { $0.end - $0.first }.max() ?? 0
        }
    }

    /// An axis that the pooling doesn't have.
    static let absent = PoolingAxis(
        inputSize: 1, windows: [Window(first: 0, end: 1)], dilation: 1, regular: (1, 1, 0), counts: [1])

    /// Windows of one kernel. Whether the sizes are legal has been checked.
    static func kernel(
        _ inputSize: Int, outputSize: Int, taps: Int, stride: Int, padding: Int, dilation: Int, countsPadding: Bool
    ) -> PoolingAxis {
        var counts: [Float] = []
        let windows = (0..<outputSize).map { output in
            let start = output * stride - padding
            let end = min(start + (taps - 1) * dilation + 1, inputSize + padding)
            // The first tap that is not before the input.
            let first = start < 0 ? start + (-start + dilation - 1) / dilation * dilation : start
            let window = Window(first: first, end: max(first, min(end, inputSize)))
            counts.append(Float(countsPadding ? end - start : window.end - window.first))
            return window
        }
        return PoolingAxis(
            inputSize: inputSize, windows: windows, dilation: dilation, regular: (taps, stride, padding), counts: counts
        )
    }

    /// Windows that divide the input into so many parts, overlapping where they don't divide it evenly.
    static func adaptive(_ inputSize: Int, outputSize: Int) -> PoolingAxis {
        let windows = (0..<outputSize).map { output in
            // floor(output * inputSize / outputSize) and ceil((output + 1) * inputSize / outputSize)
            let (first, _) = divided(output, inputSize, by: outputSize)
            let (end, rest) = divided(output + 1, inputSize, by: outputSize)
            return Window(first: first, end: rest == 0 ? end : end + 1)
        }
        return PoolingAxis(
            inputSize: inputSize, windows: windows, dilation: 1, regular: nil,
            counts: windows.map { Float($0.end - $0.first) })
    }

    /// The product of two numbers, the first of which is at most the divisor, divided.
    private static func divided(_ left: Int, _ right: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
        divisor.dividingFullWidth(left.multipliedFullWidth(by: right))
    }
}
