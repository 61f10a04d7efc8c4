// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc

    @Suite struct ProcessorTests {
        /// The processors that the calling thread may run on, as the kernel writes them: "0-1".
        private static func allowed() -> Substring? {
            let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
            return status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }?
                .split(whereSeparator: \.isWhitespace).last
        }

        private func onAThread(_ body: @escaping @Sendable () -> Void) {
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                body()
                done.signal()
            }
            done.wait()
        }

        @Test func `A thread that leaves a processor runs on another, and may run where it might before`() {
            onAThread {
                let before = Self.allowed()
                var hasLeft = false
                // The system may send it back at once.
                for _ in 0..<100 where !hasLeft {
                    let processor = ck_current_processor()
                    #expect(processor >= 0)
                    ck_leave_processor(processor)
                    hasLeft = ck_current_processor() != processor
                }
                #expect(hasLeft == (before.map { Int($0) == nil } ?? false))
                #expect(Self.allowed() == before)
            }
        }

        @Test func `A thread with one processor stays`() {
            onAThread {
                let processor = ck_current_processor()
                // A GNU function, which Swift does not import.
                typealias SetAffinity = @convention(c) (pid_t, Int, UnsafeRawPointer) -> CInt
                let setAffinity = unsafeBitCast(dlsym(nil, "sched_setaffinity"), to: SetAffinity.self)
                var mask = [UInt8](repeating: 0, count: 128)
                mask[Int(processor) / 8] = 1 << UInt8(processor % 8)
                #expect(setAffinity(0, mask.count, mask) == 0)
                ck_leave_processor(processor)
                #expect(ck_current_processor() == processor)
                #expect(Self.allowed() == "\(processor)")
            }
        }

        @Test(arguments: [-1, 1023, 1024, .max] as [Int32])
        func `A processor that the thread does not run on is left already`(_ processor: Int32) {
            onAThread {
                let before = Self.allowed()
                ck_leave_processor(processor)
                #expect(Self.allowed() == before)
            }
        }
    }
#endif
