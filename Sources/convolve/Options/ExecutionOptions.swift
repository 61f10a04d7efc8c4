// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// How a convolution is to be computed: the options that `run`, `run-cases` and `info --explain-choice` share.
struct ExecutionOptions: ParsableArguments {
    @Option(help: "The algorithm; auto takes the one that is estimated to be fastest, or measured with --tuning.")
    var algorithm: Choice<Algorithm> = .auto

    @Option(
        help: """
            What auto may choose from: strict sums the true products; standard adds FFT and Winograd where the error \
            is small; fast adds Winograd with a larger error.
            """)
    var precision: Precision = .standard

    @OptionGroup
    var tuning: TuningOptions

    @Option(help: "The instruction set; auto takes the best of this processor.")
    var isa: Choice<InstructionSet> = .auto

    @Option(help: "What runs the threads; openmp needs a build with --traits OpenMP.")
    var executor: ExecutorKind = .dispatch

    @Option(
        help: ArgumentHelp(
            "How many threads work on one convolution, at most \(ConvolutionOptions.mostThreads). (default: one per core)",
            valueName: "count"))
    var threads: Int?

    mutating func validate() throws {
        try validateThreads(threads.map { [$0] } ?? [])
    }

    /// The same as the library takes them.
    var library: ConvolutionOptions {
        ConvolutionOptions(
            algorithm: algorithm.value, precision: precision, tuning: tuning.library,
            instructionSet: isa.value, executor: executor, threads: threads)
    }

    /// Refuses an instruction set that this machine does not have before anything is read or run.
    func requireAvailable() throws {
        try requireAvailableInstructionSet(isa)
    }
}

/// - Throws: `ConvolutionError.instructionSetUnavailable`.
func requireAvailableInstructionSet(_ isa: Choice<InstructionSet>) throws(ConvolutionError) {
    if let instructionSet = isa.value, !InstructionSet.available.contains(instructionSet) {
        throw .instructionSetUnavailable(instructionSet, available: InstructionSet.available)
    }
}

/// Rejects counts of threads that the library does not use.
func validateThreads(_ counts: [Int]) throws {
    let most = ConvolutionOptions.mostThreads
    for count in counts where !(1...most).contains(count) {
        throw ValidationError("--threads must be from 1 to \(most), but got \(count).")
    }
}
