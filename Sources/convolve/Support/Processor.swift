// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the operating system says of the machine.
enum Processor {
    /// The model, as the vendor names it.
    static let name: String = {
        #if os(Linux)
            if let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8), let model = modelName(text) {
                return model
            }
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

    /// Logical cores that this process may use.
    static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    static let architecture: String = {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "aarch64"
        #else
            "another architecture"
        #endif
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
