// SPDX-License-Identifier: Apache-2.0

import Convolution

/// An explanation as text, at most about 100 columns wide.
struct ExplanationText {
    let operation: Operation
    let problem: ConvolutionProblem
    let geometry: Geometry
    let elements: [ElementSum]
    let style: Style

    /// Products on one line.
    static let lineTerms = 6
    /// Channels whose products are listed; the others are only summed.
    static let listedChannels = 32

    var text: String {
        var lines = [heading, "", formula] + axes + [""]
        if elements.count > 1, problem.channelsPerSum == 1, problem.rank == 1 {
            lines += windows + ["", "y = [" + elements.map { shortReal($0.sum) }.joined(separator: ", ") + "]"]
        } else {
            for element in elements { lines += sum(element) + [""] }
            lines.removeLast()
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        style.bold(
            "\(operation.rawValue): input \(tuple(problem.inputShape)), weight \(tuple(problem.weightShape)) -> output "
                + tuple(problem.outputShape))
    }

    private var formula: String {
        "output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1"
    }

    /// The formula with the numbers of each axis in it.
    private var axes: [String] {
        let axes =
            problem.rank == 1
            ? [("length", problem.width)] : [("height", problem.height), ("width", problem.width)]
        return axes.map { name, axis in
            let numerator =
                "\(axis.input) + \(axis.before) + \(axis.after) - \(axis.dilation) * (\(axis.kernel) - 1) - 1"
            let value = axis.paddedInput - axis.dilatedKernel
            return "  \(name.padded(to: 6)) = floor((\(numerator)) / \(axis.stride)) + 1"
                + " = floor(\(value) / \(axis.stride)) + 1 = \(axis.output)"
        }
    }

    /// One line for each window, in columns.
    private var windows: [String] {
        let rows = elements.map { element in
            let terms = element.channels.joined()
            return [
                "y\(bracketed(element.index))",
                "[" + terms.map { $0.inputIndex == nil ? "pad" : short(Double($0.input)) }.joined(separator: ", ")
                    + "]",
                terms.filter { $0.inputIndex != nil }.map(product).joined(separator: " + "),
                terms.filter { $0.inputIndex != nil }.map { short($0.product) }.joined(separator: " + "),
                shortReal(element.sum),
            ]
        }
        let table = [["output", "window", "products", "", "sum"]] + rows
        let widths = (0..<5).map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.enumerated().map { number, cells in
            let isHeader = number == 0
            let line =
                "\(cells[0].padded(to: widths[0]))  \(cells[1].padded(to: widths[1]))  "
                + "\(cells[2].padded(to: widths[2])) \(isHeader ? " " : "=") \(cells[3].padded(to: widths[3])) "
                + "\(isHeader ? " " : "=") \(cells[4])"
            return isHeader ? style.bold(line) : line
        }
    }

    /// The products of one element, channel by channel.
    private func sum(_ element: ElementSum) -> [String] {
        var lines = [style.bold("y\(bracketed(element.index))") + " = sum over \(indexNames) of"]
        lines.append("  weight\(weightFormula(element)) * input\(inputFormula(element))")
        var running = 0.0
        for (c, terms) in element.channels.enumerated() {
            let subtotal = terms.reduce(0) { $0 + $1.product }
            running += subtotal
            guard c < ExplanationText.listedChannels else { continue }
            let parts = stride(from: 0, to: terms.count, by: ExplanationText.lineTerms).map { start in
                terms[start..<min(start + ExplanationText.lineTerms, terms.count)]
                    .map { $0.inputIndex == nil ? "pad" : product($0) }.joined(separator: " + ")
            }
            let label = "  c = \(c): "
            for (number, part) in parts.enumerated() {
                let prefix = number == 0 ? label : String(repeating: " ", count: label.count - 2) + "+ "
                let isLast = number == parts.count - 1
                lines.append(prefix + part + (isLast ? " = \(shortReal(subtotal)), so far \(shortReal(running))" : ""))
            }
        }
        if element.channels.count > ExplanationText.listedChannels {
            lines.append("  ... and \(element.channels.count - ExplanationText.listedChannels) more channels")
        }
        if element.channels.joined().contains(where: { $0.inputIndex == nil }) {
            lines.append("  (pad: the tap lies outside the input and is skipped)")
        }
        lines.append("  y\(bracketed(element.index)) = \(shortReal(element.sum))")
        return lines
    }

    private var indexNames: String { problem.rank == 1 ? "c, t" : "c, ky, kx" }

    private func weightFormula(_ element: ElementSum) -> String {
        let channel = element.index[element.index.count - problem.rank - 1]
        return "[\(channel), \(indexNames)]"
    }

    /// Where the window reads, with the numbers of the element.
    private func inputFormula(_ element: ElementSum) -> String {
        let taps = problem.rank == 1 ? ["t"] : ["ky", "kx"]
        let axes = problem.rank == 1 ? [problem.width] : [problem.height, problem.width]
        let positions = zip(zip(element.index.suffix(problem.rank), axes), taps).map { place, tap in
            let (position, axis) = place
            return "\(position) * \(axis.stride) - \(axis.before) + \(tap) * \(axis.dilation)"
        }
        let channel = element.index[element.index.count - problem.rank - 1]
        let first = problem.firstChannel(of: channel)
        let image = problem.isUnbatched ? [] : ["\(element.index[0])"]
        return "[" + (image + [first == 0 ? "c" : "\(first) + c"] + positions).joined(separator: ", ") + "]"
    }

    private func product(_ term: ElementSum.Term) -> String {
        "\(short(Double(term.input)))*\(short(Double(term.weight)))"
    }

    private func bracketed(_ index: [Int]) -> String {
        "[" + index.map(String.init).joined(separator: ", ") + "]"
    }
}
