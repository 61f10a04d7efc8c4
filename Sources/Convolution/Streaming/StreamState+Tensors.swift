// SPDX-License-Identifier: Apache-2.0

// Chunks as they are given: tensors and spans in the stream's layout.
extension StreamState {
    private var problem: ConvolutionProblem { kernel.problem }

    private func shape(_ channels: Int, _ samples: Int) -> [Int] {
        problem.layout.shape(
            batch: problem.isUnbatched ? nil : problem.batch, channels: channels, size: [samples])
    }

    /// The elements of a contiguous chunk of `count` samples.
    private func elements<Pointer>(_ first: Pointer, channels: Int, count: Int) -> StreamElements<Pointer> {
        // A single sample has its channels side by side in either layout.
        problem.layout == .channelsFirst && count > 1
            ? StreamElements(first: first, image: channels * count, channel: count, sample: 1)
            : StreamElements(first: first, image: channels * count, channel: 1, sample: channels)
    }

    private func outputElements(
        _ first: UnsafeMutablePointer<Float>, count: Int
    ) -> StreamElements<UnsafeMutablePointer<Float>> {
        elements(first, channels: problem.outputChannels, count: count)
    }

    /// Samples of a chunk of this shape.
    private func samples(in shape: [Int]) throws(ConvolutionError) -> Int {
        let axes = problem.isUnbatched ? 2 : 3
        let width = problem.layout.widthAxis(count: axes)
        let matches =
            shape.count == axes && (problem.isUnbatched || shape[0] == problem.batch)
            && shape[problem.layout.channelAxis(count: axes, rank: 1)] == problem.inputChannels
        guard matches else {
            let samples = shape.count == axes ? shape[width] : shape.last ?? 0
            throw .shapeMismatch(tensor: "chunk", expected: self.shape(problem.inputChannels, samples), got: shape)
        }
        return shape[width]
    }

    mutating func feed(_ chunk: Tensor) throws(ConvolutionError) -> Tensor {
        let count = try samples(in: chunk.shape)
        let completed = outputs(forNext: count)
        let output = try Tensor(uninitializedShape: shape(problem.outputChannels, completed))
        try makeUnique()
        feed(
            elements(UnsafePointer(chunk.storage.base), channels: problem.inputChannels, count: count), count: count,
            output: outputElements(output.storage.base, count: completed))
        return output
    }

    mutating func feed(
        _ chunk: Span<Float>, into output: inout MutableSpan<Float>
    ) throws(ConvolutionError) -> Int {
        let floatsASample = problem.batch * problem.inputChannels
        let count = floatsASample > 0 ? chunk.count / floatsASample : 0
        guard count * floatsASample == chunk.count else {
            throw .countMismatch(tensor: "chunk", expected: count * floatsASample, got: chunk.count)
        }
        let completed = outputs(forNext: count)
        try check(output.count, holds: completed)
        try makeUnique()
        chunk.withUnsafeBufferPointer { chunk in
            output.withUnsafeMutableBufferPointer { output in
                guard let first = chunk.baseAddress else { return }
                // Without an output nothing is written.
                let to = output.baseAddress ?? UnsafeMutablePointer(mutating: first)
                feed(
                    elements(first, channels: problem.inputChannels, count: count), count: count,
                    output: outputElements(to, count: completed))
            }
        }
        return completed
    }

    mutating func finish() throws(ConvolutionError) -> Tensor {
        let completed = outputsAtEnd
        let output = try Tensor(uninitializedShape: shape(problem.outputChannels, completed))
        try makeUnique()
        finish(output: outputElements(output.storage.base, count: completed))
        return output
    }

    mutating func finish(into output: inout MutableSpan<Float>) throws(ConvolutionError) -> Int {
        let completed = outputsAtEnd
        try check(output.count, holds: completed)
        try makeUnique()
        output.withUnsafeMutableBufferPointer { output in
            if let first = output.baseAddress { finish(output: outputElements(first, count: completed)) }
        }
        // An empty buffer, into which nothing was to be written, may have no address.
        reset()
        return completed
    }

    private func check(_ count: Int, holds completed: Int) throws(ConvolutionError) {
        let needed = try (CheckedSize(completed) * problem.outputChannels * problem.batch).get(
            "the elements that a chunk completes", [problem.batch, problem.outputChannels, completed])
        guard count >= needed else { throw .countMismatch(tensor: "output", expected: needed, got: count) }
    }
}
