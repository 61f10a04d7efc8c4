// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The arithmetic peaks of one thread, measured again whenever the machine's clock may have changed.
struct PeakProbe {
    private var latest: [InstructionSet: Double] = [:]
    private var previous: [InstructionSet: Double] = [:]

    /// Measures the peak of each instruction set.
    mutating func measure(_ instructionSets: some Sequence<InstructionSet>) {
        for instructionSet in Set(instructionSets) {
            previous[instructionSet] = latest[instructionSet]
            latest[instructionSet] = MachineProbe.fmaPeakGigaflops(instructionSet: instructionSet)
        }
    }

    /// The higher of the last two measurements, those before and after a layer: no share of the peak is flattered by a
    /// probe that was disturbed.
    func peak(_ instructionSet: InstructionSet) -> Double {
        max(latest[instructionSet] ?? 0, previous[instructionSet] ?? 0)
    }
}
