// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

/// How many times a test has run a kernel, and how many cases it has passed over as none of the kernel's.
final class CaseCount: Sendable {
    @TaskLocal static var current: CaseCount?

    private let ran = Atomic<Int>(0)
    private let skipped = Atomic<Int>(0)

    var ranCount: Int { ran.load(ordering: .relaxed) }
    var skippedCount: Int { skipped.load(ordering: .relaxed) }

    func add(ran: Int, skipped: Int) {
        self.ran.wrappingAdd(ran, ordering: .relaxed)
        self.skipped.wrappingAdd(skipped, ordering: .relaxed)
    }
}

/// Counts the runs of each test of a suite. A test that ran one of its kernels never fails: its loops are over something
/// else than was meant. The sums over all kernels are printed.
struct CountsCases: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> CountsCases? {
        test.isSuite ? nil : self
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let total = CaseCount.current
        let count = CaseCount()
        try await CaseCount.$current.withValue(count) { try await function() }
        if testCase != nil {
            #expect(count.ranCount > 0, "\(test.name) ran nothing, and passed over \(count.skippedCount) cases")
            total?.add(ran: count.ranCount, skipped: count.skippedCount)
        } else {
            print("\(test.name): \(count.ranCount) runs, \(count.skippedCount) cases passed over")
        }
    }
}

extension Trait where Self == CountsCases {
    static var countsCases: CountsCases { CountsCases() }
}
