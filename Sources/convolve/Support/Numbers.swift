// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A number with so many digits after the point, whatever the locale.
func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
}

/// A number with at most `digits` significant digits and no trailing zeros: 0.8, not 0.8000000119.
func short(_ value: Double, digits: Int = 6) -> String {
    String(format: "%.\(digits)g", value)
}

/// The same with a point in it, so that it reads as a real number: 2.0.
func shortReal(_ value: Double) -> String {
    let text = short(value)
    return text.contains(where: { !$0.isNumber && $0 != "-" }) ? text : text + ".0"
}

/// A time or a rate with about four digits that matter, for a column.
func compact(_ value: Double) -> String {
    switch abs(value) {
    case 1000...: fixed(value, 0)
    case 100..<1000: fixed(value, 1)
    case 10..<100: fixed(value, 2)
    case 0.1..<10: fixed(value, 3)
    case 0.01..<0.1: fixed(value, 4)
    default: value == 0 ? "0" : fixed(value, 6)
    }
}

/// A small number such as an error: 1.2e-06.
func scientific(_ value: Double) -> String {
    value == 0 ? "0" : String(format: "%.1e", value)
}

/// A shape as PyTorch writes a tuple: (5, 14, 4, 4), (3,).
func tuple(_ values: [Int]) -> String {
    values.count == 1 ? "(\(values[0]),)" : "(" + values.map(String.init).joined(separator: ", ") + ")"
}

extension String {
    /// The text in a column of the given width, blanks after it; longer text keeps its length.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// The text in a column of the given width, blanks before it.
    func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
