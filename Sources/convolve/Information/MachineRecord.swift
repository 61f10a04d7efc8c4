// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What `convolve info` says of the machine and the build.
struct MachineRecord: Codable, Equatable {
    struct Peak: Codable, Equatable {
        let isa: String
        /// Of one thread, in 10^9 multiplications and additions a second.
        let gflops: Double
    }

    struct Kernel: Codable, Equatable {
        let name: String
        let isa: String
        let isSupported: Bool

        enum CodingKeys: String, CodingKey {
            case name, isa
            case isSupported = "supported"
        }
    }

    struct Executor: Codable, Equatable {
        let name: String
        /// Why it cannot be used; nil if it can.
        let unavailable: String?
    }

    let version: String
    let processor: String
    let architecture: String
    /// That this process may use, and of the machine.
    let cores: Int
    let onlineCores: Int
    let instructionSetsAvailable: [String]
    let instructionSetUsed: String
    let threads: Int
    let executors: [Executor]
    let executorUsed: String
    let peaks: [Peak]
    let kernels: [Kernel]

    enum CodingKeys: String, CodingKey {
        case version, processor, architecture, cores, threads, executors, peaks, kernels
        case onlineCores = "cores_online"
        case instructionSetsAvailable = "isas_available"
        case instructionSetUsed = "isa_used"
        case executorUsed = "executor_used"
    }

    /// Asks the machine, and measures its peaks.
    init(options: ConvolutionOptions) {
        version = toolVersion
        processor = Processor.name
        architecture = Processor.architecture
        cores = Processor.cores
        onlineCores = Processor.onlineCores
        instructionSetsAvailable = InstructionSet.available.map(\.rawValue)
        instructionSetUsed = (options.instructionSet ?? .best).rawValue
        threads = options.executor == .serial ? 1 : options.threads ?? Processor.defaultThreads
        executors = ExecutorKind.allCases.map { Executor(name: $0.rawValue, unavailable: $0.unavailableReason) }
        executorUsed = options.executor.rawValue
        peaks = InstructionSet.available.compactMap { set in
            MachineProbe.fmaPeakGigaflops(instructionSet: set, duration: .milliseconds(20))
                .map { Peak(isa: set.rawValue, gflops: $0) }
        }
        kernels = KernelInfo.all.map {
            Kernel(name: $0.name, isa: $0.instructionSet.rawValue, isSupported: $0.isSupported)
        }
    }

    func text(style: Style) -> String {
        var lines = [
            row("convolve", version, style),
            row(
                "processor", "\(processor) (\(architecture)), \(Processor.words(cores: cores, online: onlineCores))",
                style),
            row(
                "instruction sets",
                instructionSetsAvailable.joined(separator: ", ") + "; used: " + instructionSetUsed, style),
            row(
                "FMA peak, a thread",
                peaks.map { "\(compact($0.gflops)) GFLOP/s (\($0.isa))" }.joined(separator: ", "), style),
            row("threads", "\(threads)", style),
            row(
                "executors",
                executors.filter { $0.unavailable == nil }.map(\.name).joined(separator: ", ")
                    + "; used: \(executorUsed)", style),
        ]
        lines += executors.compactMap { executor in
            executor.unavailable.map { row("", "\(executor.name): \($0)", style) }
        }
        lines += ["", style.bold("\(kernels.count) kernels") + " (convolve info --kernels says more of them)"]
        lines += kernels.map { style.fitted("  \($0.name)" + ($0.isSupported ? "" : "  (not on this processor)")) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A name and a value, which goes on below where the terminal is too narrow.
    private func row(_ name: String, _ value: String, _ style: Style) -> String {
        let indent = MachineRecord.nameWidth
        let width = style.columns.map { max(indent, $0 - indent) } ?? .max
        return name.padded(to: indent)
            + wrapped(value, width: width).joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    private static let nameWidth = 20
}
