// SPDX-License-Identifier: Apache-2.0

import Benchmark
import PlanBenchmarks
import PlanCases

/// Streams of audio networks, fed single samples and the chunks of a device's callback: each run feeds 64 of them.
let benchmarks: @Sendable () -> Void = {
    for streamCase in StreamCase.all { streamCase.registerBenchmark() }
}
