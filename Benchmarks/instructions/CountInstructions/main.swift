// SPDX-License-Identifier: Apache-2.0

// Runs each case of the AVX2 kernels once while callgrind counts, and prints its name and its kernel's:
// scripts/check_instructions.py starts it under valgrind. Making the plan and a first run are not counted.

import CCallgrind
import Convolution
import Foundation
import PlanCases

func couldNotMeasure(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("error: \(reason)\n".utf8))
    exit(2)
}

guard callgrind_region_available() else { couldNotMeasure("built without valgrind's headers") }
guard InstructionSet.available.contains(.avx2) else { couldNotMeasure("this processor has no AVX2") }
for planCase in try PlanCase.kernels(.avx2) {
    var prepared = try planCase.prepared()
    try prepared.run()
    callgrind_region_begin()
    try prepared.run()
    callgrind_region_end(planCase.name)
    print("\(planCase.name) \(prepared.plan.kernelName)")
}
