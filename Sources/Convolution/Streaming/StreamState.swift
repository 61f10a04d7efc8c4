// SPDX-License-Identifier: Apache-2.0

/// A stream's kernel and what it remembers of its signal: a value, whose copies share their memory until one of them is
/// fed.
struct StreamState: Sendable {
    let kernel: StreamKernel
    private var memory: FloatBuffer
    /// Samples that have come.
    private var seen = 0
    /// Outputs that have been given.
    private var given = 0

    init(_ kernel: StreamKernel) throws(ConvolutionError) {
        self.kernel = kernel
        memory = try FloatBuffer(count: kernel.memoryCount)
    }

    /// Outputs that `count` samples more complete.
    func outputs(forNext count: Int) -> Int {
        // Of more samples than any memory holds the answer is that of so many.
        kernel.axis.complete(seen + min(count, 1 << 40)) - given
    }

    /// Outputs that the end of the signal completes.
    var outputsAtEnd: Int { max(0, kernel.axis.all(seen) - given) }

    /// Forgets the signal.
    mutating func reset() { (seen, given) = (0, 0) }

    /// Makes the memory the stream's own before it is written to.
    mutating func makeUnique() throws(ConvolutionError) {
        guard !isKnownUniquelyReferenced(&memory) else { return }
        let copy = try FloatBuffer(count: memory.count)
        copy.base.update(from: memory.base, count: kernel.history.count)
        memory = copy
    }

    /// Takes `count` samples and writes what they complete. The memory must be the stream's own.
    mutating func feed(
        _ samples: StreamElements<UnsafePointer<Float>>, count: Int, output: StreamElements<UnsafeMutablePointer<Float>>
    ) {
        defer { withExtendedLifetime(memory) {} }
        var (samples, output) = (samples, output)
        var left = count
        while left > 0 {
            let piece = min(left, kernel.piece)
            kernel.history.keep(samples, count: piece, number: seen, in: memory.base)
            seen += piece
            give(kernel.axis.complete(seen), &output)
            samples.first += piece * samples.sample
            left -= piece
        }
    }

    /// Writes what the end of the signal completes, and forgets the signal. The memory must be the stream's own, as the
    /// kernels' scratch is part of it.
    mutating func finish(output: StreamElements<UnsafeMutablePointer<Float>>) {
        defer { withExtendedLifetime(memory) {} }
        var output = output
        give(kernel.axis.all(seen), &output)
        reset()
    }

    private mutating func give(_ end: Int, _ output: inout StreamElements<UnsafeMutablePointer<Float>>) {
        guard given < end else { return }
        kernel.compute(given..<end, seen: seen, memory: memory.base, output: output)
        output.first += (end - given) * output.sample
        given = end
    }
}
