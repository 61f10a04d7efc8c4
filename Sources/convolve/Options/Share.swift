// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A share, written as a number or in percent: `0.1`, `10%`.
struct Share: ExpressibleByArgument, Equatable, Sendable {
    let value: Double
    /// As it was written.
    let text: String

    init(_ value: Double) {
        self.value = value
        text = short(value)
    }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        value = isPercent ? number / 100 : number
        text = argument
    }

    var defaultValueDescription: String { text }
}
