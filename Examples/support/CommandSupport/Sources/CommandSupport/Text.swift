// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Double {
    /// With so many digits behind the point.
    public func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

extension String {
    /// With spaces before it.
    public func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
