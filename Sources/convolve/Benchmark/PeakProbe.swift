// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The arithmetic peaks of one thread, measured again whenever the machine's clock may have changed.
struct PeakProbe {
    private var latest: [InstructionSet: Double] = [:]
    private var previous: [InstructionSet: Double] = [:]
    private var lowest: [InstructionSet: Double] = [:]
    private var highest: [InstructionSet: Double] = [:]

    /// Measures the peak of each instruction set.
    mutating func measure(_ instructionSets: some Sequence<InstructionSet>) {
        for instructionSet in Set(instructionSets) {
            guard let peak = MachineProbe.fmaPeakGigaflops(instructionSet: instructionSet) else { continue }
            note(peak, of: instructionSet)
        }
    }

    /// Takes a measurement.
    mutating func note(_ peak: Double, of instructionSet: InstructionSet) {
        previous[instructionSet] = latest[instructionSet]
        latest[instructionSet] = peak
        guard previous[instructionSet] != nil else { return }
        let steady = self.peak(instructionSet)
        lowest[instructionSet] = min(lowest[instructionSet] ?? steady, steady)
        highest[instructionSet] = max(highest[instructionSet] ?? steady, steady)
    }

    /// The higher of the last two measurements, those before and after a layer: no share of the peak is flattered by a
    /// probe that was disturbed.
    func peak(_ instructionSet: InstructionSet) -> Double {
        max(latest[instructionSet] ?? 0, previous[instructionSet] ?? 0)
    }

    /// The highest `peak` of an instruction set so far over its lowest, of the set where they differ most; 1 at first.
    var drift: Double {
        highest.compactMap { set, peak in lowest[set].map { peak / $0 } }.max() ?? 1
    }
}
