// SPDX-License-Identifier: Apache-2.0

import Convolution
import Testing

@Suite struct MachineProbeTests {
    @Test(arguments: InstructionSet.available, [1, 2, 3])
    func everyAvailableInstructionSetHasABandwidth(instructionSet: InstructionSet, threads: Int) throws {
        for bytes in [0, 100, 10_000] {
            let bandwidth = try #require(
                MachineProbe.streamGigabytesPerSecond(
                    instructionSet: instructionSet, threads: threads, bytes: bytes, duration: .zero))
            #expect(bandwidth > 0 && bandwidth.isFinite)
        }
    }

    @Test func impossibleMeasurementsHaveNoAnswer() {
        #expect(MachineProbe.streamGigabytesPerSecond(instructionSet: .scalar, threads: 0, bytes: 100) == nil)
        #expect(MachineProbe.streamGigabytesPerSecond(instructionSet: .scalar, threads: .max, bytes: 100) == nil)
        #expect(MachineProbe.streamGigabytesPerSecond(instructionSet: .scalar, bytes: -1) == nil)
        #expect(MachineProbe.streamGigabytesPerSecond(instructionSet: .scalar, bytes: .max) == nil)
    }
}
