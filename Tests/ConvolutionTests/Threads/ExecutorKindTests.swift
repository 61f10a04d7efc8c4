// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Convolution

@Suite struct ExecutorKindTests {
    @Test func openMPIsAvailableOrSaysHowToGetIt() {
        if let reason = ExecutorKind.openmp.unavailableReason {
            #expect(reason.contains("apt-get install libomp-dev") && reason.contains("--traits OpenMP"))
            #expect(ExecutorKind.available == [.serial, .dispatch])
        } else {
            #expect(ExecutorKind.available == [.serial, .dispatch, .openmp])
        }
    }

    @Test func thereIsAThreadForEachCore() {
        #expect(ExecutorKind.processorCount >= 1)
        #expect(ExecutorKind.defaultThreads == min(ExecutorKind.processorCount, 64))
    }
}
