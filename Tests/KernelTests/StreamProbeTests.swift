// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import TestSupport
import Testing

/// The loops that measure bandwidth move each byte once: a loop that left some out would flatter the memory.
@Suite struct StreamProbeTests {
    private static var probes: [UnsafePointer<ck_stream_probe>] {
        [CK_ISA_SCALAR, CK_ISA_AVX2, CK_ISA_AVX512]
            .filter { ck_cpu_isas() & (1 << $0.rawValue) != 0 }.compactMap { ck_probe_stream($0) }
    }
    private static let block = Int(CK_STREAM_BLOCK)

    @Test(arguments: 1...5, GuardedBuffer.Placement.allCases)
    func readsEachFloatOnce(blocks: Int, placement: GuardedBuffer.Placement) {
        for probe in Self.probes {
            let buffer = GuardedBuffer(count: blocks * Self.block, placement: placement)
            for index in 0..<buffer.count { buffer.base[index] = Float(index % 7 + 1) }
            var sum: Float = -1
            probe.pointee.read(buffer.base, buffer.count, &sum)
            let expected = (0..<buffer.count).reduce(0) { (sum: Int, index: Int) -> Int in sum + index % 7 + 1 }
            #expect(sum == Float(expected))
        }
    }

    @Test(arguments: 1...5, GuardedBuffer.Placement.allCases)
    func updatesEachFloatOnce(blocks: Int, placement: GuardedBuffer.Placement) {
        for probe in Self.probes {
            let buffer = GuardedBuffer(count: blocks * Self.block, placement: placement)
            for index in 0..<buffer.count { buffer.base[index] = Float(index) }
            probe.pointee.update(buffer.base, buffer.count, 3)
            #expect((0..<buffer.count).allSatisfy { buffer.base[$0] == Float(3 * $0) })
            #expect(buffer.isSlackUntouched)
        }
    }
}
