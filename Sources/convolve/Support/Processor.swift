// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// What the operating system says of the machine.
enum Processor {
    /// The model, as the vendor names it.
    static var name: String { MachineProbe.processorName }

    /// Vendor, family, model and stepping, which tell models of one name apart; empty where the system does not say.
    static let identity: String = {
        #if os(Linux)
            let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            return ["vendor_id", "cpu family", "model", "stepping"].compactMap { field($0, text) }
                .joined(separator: " ")
        #else
            return ""
        #endif
    }()

    /// Logical cores that this process may use.
    static var cores: Int { MachineProbe.processorCount }

    /// Logical cores of the machine, whoever may use them.
    static var onlineCores: Int { MachineProbe.onlineProcessorCount }

    /// The threads of a convolution that names no number of them.
    static var defaultThreads: Int { min(cores, ConvolutionOptions.mostThreads) }

    /// 2 cores; 1 core used of 2.
    static var coresInWords: String { words(cores: cores, online: onlineCores) }

    static func words(cores: Int, online: Int) -> String {
        "\(cores) \(cores == 1 ? "core" : "cores")" + (cores == online ? "" : " used of \(online)")
    }

    static let architecture: String = {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "another architecture"
        #endif
    }()

    /// The first value of this name in the text of /proc/cpuinfo.
    private static func field(_ name: String, _ text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }
}
