// SPDX-License-Identifier: Apache-2.0

import Foundation

extension Tensor: CustomStringConvertible {
    /// The tensor as PyTorch prints it: four decimals, aligned columns, and of more than 1000 elements only the first and
    /// last three along each axis.
    public var description: String {
        let prefix = "tensor("
        guard count > 0 else { return prefix + Printer.empty(shape, indent: prefix.count) + ")" }
        return prefix + Printer(self).text(axis: 0, offset: 0, indent: prefix.count) + ")"
    }
}

private struct Printer {
    private static let edge = 3
    private static let lineWidth = 80

    private let tensor: Tensor
    private let isShortened: Bool
    private let strides: [Int]
    private var style = Style.fixed
    private var width = 0

    private enum Style {
        case integer, fixed, scientific
    }

    init(_ tensor: Tensor) {
        self.tensor = tensor
        isShortened = tensor.count > 1000
        var strides = [Int](repeating: 1, count: tensor.rank)
        for axis in strides.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * tensor.shape[axis + 1]
        }
        self.strides = strides
        let shown = shownElements(axis: 0, offset: 0)
        style = Printer.style(of: shown)
        // Zeros and what isn't finite don't count, nor do their signs, as in PyTorch, whose columns are never narrower than
        // one character.
        width = shown.filter { $0.isFinite && $0 != 0 }.map { format($0).count }.max() ?? 1
    }

    private static func style(of elements: [Float]) -> Style {
        let magnitudes = elements.filter { $0.isFinite && $0 != 0 }.map { Double(abs($0)) }
        guard let least = magnitudes.min(), let most = magnitudes.max() else { return .integer }
        let isWide = most / least > 1000 || most > 1e8
        if magnitudes.allSatisfy({ $0 == $0.rounded() }) {
            return isWide ? .scientific : .integer
        }
        return isWide || least < 1e-4 ? .scientific : .fixed
    }

    private func format(_ element: Float) -> String {
        guard element.isFinite else { return element.isNaN ? "nan" : element < 0 ? "-inf" : "inf" }
        switch style {
        case .integer: return String(format: "%.0f.", Double(element))
        case .fixed: return String(format: "%.4f", Double(element))
        case .scientific: return String(format: "%.4e", Double(element))
        }
    }

    /// The positions along an axis that are shown; nil stands for those left out.
    private func positions(_ axis: Int) -> [Int?] {
        let extent = tensor.shape[axis]
        guard isShortened, extent > 2 * Printer.edge else { return (0..<extent).map { $0 } }
        return (0..<Printer.edge).map { $0 } + [nil] + (extent - Printer.edge..<extent).map { $0 }
    }

    private func shownElements(axis: Int, offset: Int) -> [Float] {
        guard axis < tensor.rank else { return [tensor.storage.base[offset]] }
        return positions(axis).compactMap { $0 }.flatMap {
            shownElements(axis: axis + 1, offset: offset + $0 * strides[axis])
        }
    }

    /// A tensor without elements; its shape is said unless it is that of an empty list.
    static func empty(_ shape: [Int], indent: Int) -> String {
        guard shape.count != 1 else { return "[]" }
        let size = "size=(" + shape.map(String.init).joined(separator: ", ") + ")"
        // PyTorch counts two characters more than the line has: the parenthesis to come, and a line break.
        let isLong = indent + "[]".count + 2 + ", ".count + size.count > lineWidth
        return "[]," + (isLong ? "\n" + String(repeating: " ", count: indent) : " ") + size
    }

    func text(axis: Int, offset: Int, indent: Int) -> String {
        guard axis < tensor.rank else { return format(tensor.storage.base[offset]) }
        if axis == tensor.rank - 1 {
            return row(offset: offset, indent: indent)
        }
        let blankLines = String(repeating: "\n", count: tensor.rank - axis - 1)
        let separator = "," + blankLines + String(repeating: " ", count: indent + 1)
        let parts = positions(axis).map { position in
            position.map { text(axis: axis + 1, offset: offset + $0 * strides[axis], indent: indent + 1) } ?? "..."
        }
        return "[" + parts.joined(separator: separator) + "]"
    }

    private func row(offset: Int, indent: Int) -> String {
        let axis = tensor.rank - 1
        let cells = positions(axis).map { position in
            position.map { position -> String in
                let text = format(tensor.storage.base[offset + position])
                return String(repeating: " ", count: max(0, width - text.count)) + text
            } ?? " ..."
        }
        let cellsALine = max(1, (Printer.lineWidth - indent) / (width + 2))
        let lines = stride(from: 0, to: cells.count, by: cellsALine).map {
            cells[$0..<min($0 + cellsALine, cells.count)].joined(separator: ", ")
        }
        return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
    }
}
