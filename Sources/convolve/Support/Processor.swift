// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// What the operating system says of the machine.
enum Processor {
    /// The model, as the vendor names it.
    static var name: String { MachineProbe.processorName }

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
}
