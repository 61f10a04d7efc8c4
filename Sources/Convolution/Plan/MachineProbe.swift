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
        guard InstructionSet.available.contains(instructionSet), let probe = ck_probe_fma(instructionSet.kernelValue)
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
