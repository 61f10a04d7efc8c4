// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels
import Foundation

/// Measures what the processor can do at best, so that a measured speed can be read as a share of it.
public enum MachineProbe {
    /// The rate of single-precision multiplications and additions that a loop of independent fused multiply-adds on
    /// registers reaches, in 10^9 a second: the fastest of many short bursts on the calling thread, times `threads`.
    ///
    /// A processor's clock is not constant, so compare only with times taken in the same run, close by. In plain C on
    /// x86-64 a multiply-add is two instructions, four lanes wide; its peak is that much lower.
    ///
    /// - Parameters:
    ///   - instructionSet: The instruction set of the loop.
    ///   - threads: By how many threads to multiply the rate of one.
    ///   - duration: How long to measure.
    /// - Returns: The rate, or nil where this processor or its operating system cannot run the instruction set.
    public static func fmaPeakGigaflops(
        instructionSet: InstructionSet, threads: Int = 1, duration: Duration = .milliseconds(3)
    ) -> Double? {
        guard instructionSet.isAvailable, let probe = ck_probe_fma(instructionSet.kernelValue)
        else {
            return nil
        }
        // Some 25 to 50 us: a thousand times the resolution of the clock, and shorter than most interruptions.
        let iterations = 20_000
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: duration)
        var shortest = Duration.seconds(3600)
        var result: Float = 0
        repeat {
            shortest = min(shortest, clock.measure { probe.pointee.run(iterations, &result) })
        } while clock.now < end
        let flops = probe.pointee.flops_per_iteration * Double(iterations)
        return flops / (shortest / .nanoseconds(1)) * Double(threads)
    }

    /// The rate at which loops that stream through memory move it, in 10^9 bytes a second: the faster of one that reads
    /// and one that updates in place, whose bytes count twice, read and written; each the fastest of several passes.
    ///
    /// The size decides which cache answers: several times the largest one's measures main memory; as many bytes as a
    /// layer's tensors have measure what a run of that layer can hope for while they stay where they are.
    ///
    /// - Parameters:
    ///   - instructionSet: The instruction set of the loops.
    ///   - threads: The number of threads, each on its own part of the memory.
    ///   - bytes: The size of the memory, of all threads together.
    ///   - duration: How long to measure, at least; one pass of each loop is the least.
    /// - Returns: The rate, or nil where this processor or its operating system cannot run the instruction set, or where
    ///   there is no such memory.
    public static func streamGigabytesPerSecond(
        instructionSet: InstructionSet, threads: Int = 1, bytes: Int, duration: Duration = .milliseconds(5)
    ) -> Double? {
        guard (1...ExecutorKind.mostThreads).contains(threads), bytes >= 0,
            instructionSet.isAvailable,
            let probe = ck_probe_stream(instructionSet.kernelValue)
        else {
            return nil
        }
        let block = Int(CK_STREAM_BLOCK)
        let part = max(1, bytes / MemoryLayout<Float>.stride / threads / block) * block
        guard let buffer = try? FloatBuffer(count: part * threads) else { return nil }
        // Written once before it is timed: memory that no one has touched is not there yet.
        buffer.base.update(repeating: 1, count: part * threads)
        // Some 100 us a region, beside which the threads' start is short.
        let passes = max(1, (4 << 20) / (part * threads * MemoryLayout<Float>.stride))
        let clock = ContinuousClock()
        func shortest(_ pass: (UnsafeMutablePointer<Float>) -> Void) -> Double {
            let end = clock.now.advanced(by: duration / 2)
            var shortest = Duration.seconds(3600)
            repeat {
                let time = clock.measure {
                    [threads].withUnsafeBufferPointer { phases in
                        parallelRegion(.dispatch, threads: threads, phases: phases, spinMicroseconds: 200) {
                            _, task, _ in
                            for _ in 0..<passes { pass(buffer.base + task * part) }
                        }
                    }
                }
                shortest = min(shortest, time)
            } while clock.now < end
            return shortest / .nanoseconds(1)
        }
        let floats = Double(part * threads * passes)
        let reading = shortest { data in
            var sum: Float = 0
            probe.pointee.read(data, part, &sum)
        }
        let updating = shortest { probe.pointee.update($0, part, 1) }
        return max(4 * floats / reading, 8 * floats / updating)
    }

    /// The processor's model, as its vendor names it; "unknown processor" where the system does not tell.
    public static let processorName: String = {
        #if os(Linux)
            let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            if let model = text.flatMap(modelName) { return model }
        #elseif os(macOS)
            var size = 0
            if sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 {
                var bytes = [UInt8](repeating: 0, count: size)
                if sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 {
                    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
            }
        #endif
        return "unknown processor"
    }()

    /// The model in the text of /proc/cpuinfo; nil on architectures whose kernel names none.
    static func modelName(_ text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == "model name" {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }
}
