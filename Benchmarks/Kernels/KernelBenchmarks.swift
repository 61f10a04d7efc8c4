// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Convolution
import PlanBenchmarks
import PlanCases

/// Each family of kernels in each vector instruction set of this processor, on one thread.
let benchmarks: @Sendable () -> Void = {
    do {
        for instructionSet in InstructionSet.available where instructionSet != .scalar {
            for planCase in try PlanCase.kernels(instructionSet) { planCase.registerBenchmark() }
        }
    } catch {
        fatalError("\(error)")
    }
}
