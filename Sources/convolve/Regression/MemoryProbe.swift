// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The bandwidth of memory, by copies of the C library's: none of the code that is being compared takes part. Its memory
/// stays, unlike that of `MachineProbe`: to make it anew between repetitions would take longer than they do.
final class MemoryProbe {
    /// Half of it is copied to the other half. Beyond the last cache of most processors.
    private static let bytes = 96 << 20
    private let memory: UnsafeMutableRawPointer

    /// - Throws: `ConvolutionError.outOfMemory`.
    init() throws(ConvolutionError) {
        var allocated: UnsafeMutableRawPointer?
        guard posix_memalign(&allocated, 64, MemoryProbe.bytes) == 0, let allocated else {
            throw .outOfMemory(bytes: MemoryProbe.bytes)
        }
        memory = allocated
        // Written once before it is timed: memory that no one has touched is not there yet.
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: MemoryProbe.bytes)
    }

    deinit { free(memory) }

    /// One copy's rate in 10^9 bytes a second, read and written.
    func measure() -> Double {
        let half = MemoryProbe.bytes / 2
        let time = ContinuousClock().measure { memory.copyMemory(from: memory + half, byteCount: half) }
        return Double(MemoryProbe.bytes) / (time / .nanoseconds(1))
    }
}
