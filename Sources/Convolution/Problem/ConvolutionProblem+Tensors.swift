// SPDX-License-Identifier: Apache-2.0

extension ConvolutionProblem {
    /// Checks that a weight and a bias are those of this problem.
    func check(weight: [Int], bias: [Int]?) throws(ConvolutionError) {
        // Compared extent by extent: `weightShape` would allocate.
        let matches =
            weight.count == rank + 2 && weight[0] == weightChannels.outer && weight[1] == weightChannels.inner
            && hasSize(weight, endingAt: weight.count - 1) { $0.kernel }
        guard matches else { throw .shapeMismatch(tensor: "weight", expected: weightShape, got: weight) }
        if let bias, bias.count != 1 || bias[0] != outputChannels {
            throw isTransposed
                ? .transposedBiasShape(weightShape: weightShape, groups: groups, biasShape: bias)
                : .biasShape(weightShape: weightShape, biasShape: bias)
        }
    }

    /// Checks that an input and a residual, which has the shape of the output, are those of this problem.
    func check(input: [Int], residual: [Int]?) throws(ConvolutionError) {
        guard hasShape(input, channels: inputChannels, { $0.input }) else {
            throw .shapeMismatch(tensor: "input", expected: inputShape, got: input)
        }
        if let residual, !hasShape(residual, channels: outputChannels, { $0.output }) {
            throw .shapeMismatch(tensor: "residual", expected: outputShape, got: residual)
        }
    }

    /// Checks that an output is this problem's as well.
    func check(input: [Int], residual: [Int]?, output: [Int]) throws(ConvolutionError) {
        try check(input: input, residual: residual)
        guard hasShape(output, channels: outputChannels, { $0.output }) else {
            throw .shapeMismatch(tensor: "output", expected: outputShape, got: output)
        }
    }

    /// Checks that buffers have as many elements as the tensors they hold.
    func check(inputCount: Int, residualCount: Int?, outputCount: Int) throws(ConvolutionError) {
        guard inputCount == self.inputCount else {
            throw .countMismatch(tensor: "input", expected: self.inputCount, got: inputCount)
        }
        if let residualCount, residualCount != self.outputCount {
            throw .countMismatch(tensor: "residual", expected: self.outputCount, got: residualCount)
        }
        guard outputCount == self.outputCount else {
            throw .countMismatch(tensor: "output", expected: self.outputCount, got: outputCount)
        }
    }

    private func hasShape(_ shape: [Int], channels: Int, _ extent: (Axis) -> Int) -> Bool {
        let axes = isUnbatched ? rank + 1 : rank + 2
        return shape.count == axes && (isUnbatched || shape[0] == batch)
            && shape[layout.channelAxis(count: axes, rank: rank)] == channels
            && hasSize(shape, endingAt: layout.widthAxis(count: axes), extent)
    }

    private func hasSize(_ shape: [Int], endingAt last: Int, _ extent: (Axis) -> Int) -> Bool {
        shape[last] == extent(width) && (rank < 2 || shape[last - 1] == extent(height))
            && (rank < 3 || shape[last - 2] == extent(depth))
    }
}
