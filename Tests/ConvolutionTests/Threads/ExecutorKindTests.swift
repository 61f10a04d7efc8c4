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

    @Test func aQuotaIsRoundedUpToWholeProcessors() {
        func quota(_ text: String?) -> Int? {
            ProcessorQuota.read(groups: "0::/\n") { $0 == "/cpu.max" ? text : nil }
        }
        #expect(quota("150000 100000\n") == 2)
        #expect(quota("200000 100000\n") == 2)
        #expect(quota("1000 100000\n") == 1)
        #expect(quota("max 100000\n") == nil)
        #expect(quota("\(Int.max) 1") == .max)
        for text in [nil, "", "max", "1", "0 100000", "-5 100000", "100000 0", "1 2 3", "99999999999999999999 1"] {
            #expect(quota(text) == nil)
        }
    }

    @Test func theLeastQuotaOfAllGroupsCounts() {
        let files = ["/a/b/cpu.max": "max 100000", "/a/cpu.max": "300000 100000", "/cpu.max": "800000 100000"]
        #expect(ProcessorQuota.read(groups: "0::/a/b\n") { files[$0] } == 3)
        #expect(ProcessorQuota.read(groups: "1:cpu:/x\n0::/c\n") { files[$0] } == 8)
        #expect(ProcessorQuota.read(groups: "1:cpu:/a\n") { files[$0] } == nil)
        #expect(ProcessorQuota.read(groups: nil) { files[$0] } == nil)
    }
}
