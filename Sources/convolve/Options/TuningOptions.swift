// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution

/// How auto chooses.
enum TuningMode: String, CaseIterable, ExpressibleByArgument, Sendable {
    case estimated
    case measured
}

/// The options of `run`, `run-cases`, `bench` and `info --explain-choice` that say how auto chooses.
struct TuningOptions: ParsableArguments {
    @Option(help: "How auto chooses: by the estimates of its cost model, or by timing the best few of them.")
    var tuning: TuningMode = .estimated

    @Option(
        help: ArgumentHelp(
            "Where --tuning measured remembers what it found; made if it does not exist.", valueName: "file.json"),
        completion: .jsonFiles)
    var tuningFile: String?

    mutating func validate() throws {
        if tuningFile != nil, tuning != .measured {
            throw ValidationError("--tuning-file is for --tuning measured.")
        }
    }

    /// The same as the library takes it.
    var library: Tuning {
        switch tuning {
        case .estimated: .estimated
        case .measured: tuningFile.map { .measured(file: $0) } ?? .measured
        }
    }
}
