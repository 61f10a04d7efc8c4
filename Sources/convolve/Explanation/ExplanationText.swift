// SPDX-License-Identifier: Apache-2.0

import Convolution

/// An explanation as text: on a terminal no wider than that, elsewhere at most about 100 columns wide.
struct ExplanationText {
    let operation: Operation
    let problem: ConvolutionProblem
    let geometry: Geometry
    let elements: [ElementSum]
    let data: ExampleData
    let style: Style

    /// Products on one line.
    static let lineTerms = 6
    /// Channels whose products are listed; the others are only summed.
    static let listedChannels = 32

    /// Whether each element is a line with its window: that of one channel, with taps that fit on a line.
    static func hasWindows(_ problem: ConvolutionProblem) -> Bool {
        problem.channelsPerSum == 1 && problem.termsPerSum <= lineTerms
    }

    /// About how many lines the sum of an element has, the blank one after it included.
    static func sumLines(_ problem: ConvolutionProblem) -> Int {
        let taps = problem.termsPerSum / max(1, problem.channelsPerSum)
        return 4 + min(problem.channelsPerSum, listedChannels) * ((taps + lineTerms - 1) / lineTerms)
    }

    var text: String {
        var lines = hanging(heading).map(style.bold) + [""] + hanging(formula) + axes.flatMap { hanging($0) } + [""]
        let landing = problem.isTransposed ? Landing(problem, data: data, style: style).lines : []
        if !landing.isEmpty { lines += landing + [""] }
        if elements.count > 1, ExplanationText.hasWindows(problem) {
            lines += windows + [""]
            lines += hanging("y = [" + elements.map { shortReal($0.sum) }.joined(separator: ", ") + "]")
        } else {
            for element in elements { lines += sum(element) + [""] }
            lines.removeLast()
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A line as it is, or several where a terminal is too narrow for it.
    private func hanging(_ line: String) -> [String] {
        guard let columns = style.columns, line.count > columns else { return [line] }
        let first = String(line.prefix { $0 == " " })
        let indent = first + "    "
        return wrapped(line, width: max(1, columns - indent.count)).enumerated()
            .map { ($0 == 0 ? first : indent) + $1 }
    }

    private var heading: String {
        "\(operation.rawValue): input \(tuple(problem.inputShape)), weight \(tuple(problem.weightShape)) -> output "
            + tuple(problem.outputShape)
    }

    private var formula: String {
        problem.isTransposed
            ? "output = (size - 1) * stride - before - after + dilation * (kernel - 1) + output_padding + 1"
            : "output = floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1"
    }

    /// The formula with the numbers of each axis in it.
    private var axes: [String] {
        let names = problem.rank == 1 ? ["length"] : ["depth", "height", "width"].suffix(problem.rank)
        return zip(names, problem.spatialAxes).map { name, axis in
            if problem.isTransposed {
                return "  \(name.padded(to: 6)) = (\(axis.input) - 1) * \(axis.stride) - \(axis.before) - \(axis.after)"
                    + " + \(axis.dilation) * (\(axis.kernel) - 1) + \(axis.outputPadding) + 1 = \(axis.output)"
            }
            let numerator =
                "\(axis.input) + \(axis.before) + \(axis.after) - \(axis.dilation) * (\(axis.kernel) - 1) - 1"
            let value = axis.paddedInput - axis.dilatedKernel
            return "  \(name.padded(to: 6)) = floor((\(numerator)) / \(axis.stride)) + 1"
                + " = floor(\(value) / \(axis.stride)) + 1 = \(axis.output)"
        }
    }

    /// One line for each window, in columns; what a terminal has no room for is left out.
    private var windows: [String] {
        let titles = ["output", "window", "products", "", "sum"]
        let rows = elements.map { element in
            let terms = element.channels.joined()
            let inside = terms.filter { $0.inputIndex != nil }
            return [
                "y\(bracketed(element.index))",
                window(terms.map { $0.inputIndex == nil ? absent : short(Double($0.input)) }),
                inside.map(product).joined(separator: " + "),
                inside.map { short($0.product) }.joined(separator: " + "), shortReal(element.sum),
            ]
        }
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String], _ shown: [Int]) -> String {
            let isTitle = cells == titles
            return shown.map { column in
                let separator = column == 0 ? "" : column < 3 ? "  " : isTitle ? "   " : " = "
                return separator + (column == 4 ? cells[column] : cells[column].padded(to: widths[column]))
            }.joined()
        }
        let choices = [[0, 1, 2, 3, 4], [0, 1, 2, 4], [0, 2, 4], [0, 1, 4]]
        let shown =
            choices.first { choice in
                style.columns.map { limit in rows.allSatisfy { line($0, choice).count <= limit } } ?? true
            } ?? [0, 4]
        let missing = [(1, "window"), (2, "products"), (3, "their values")].filter { !shown.contains($0.0) }.map(\.1)
        return [style.bold(style.fitted(line(titles, shown)))] + rows.map { style.fitted(line($0, shown)) }
            + notShown(missing, style: style).split(separator: "\n").map(String.init)
    }

    /// The values of a window: [0, 1, 2], or [[0, 1], [5, 6]] row by row, and so on.
    private func window(_ values: [String]) -> String {
        var parts = values
        for axis in problem.spatialAxes.reversed() {
            parts = stride(from: 0, to: parts.count, by: max(1, axis.kernel)).map { start in
                "[" + parts[start..<min(start + axis.kernel, parts.count)].joined(separator: ", ") + "]"
            }
        }
        return parts.joined()
    }

    /// The products of one element, channel by channel.
    private func sum(_ element: ElementSum) -> [String] {
        var lines = [style.bold("y\(bracketed(element.index))") + " = sum over \(indexNames) of"]
        lines += hanging("  weight\(weightFormula(element)) * input\(inputFormula(element))")
        var running = 0.0
        for (c, terms) in element.channels.enumerated() {
            let subtotal = terms.reduce(0) { $0 + $1.product }
            running += subtotal
            guard c < ExplanationText.listedChannels else { continue }
            let label = "  c = \(c): "
            lines += sumLines(terms, label: label, ending: " = \(shortReal(subtotal)), so far \(shortReal(running))")
        }
        if element.channels.count > ExplanationText.listedChannels {
            lines.append("  ... and \(element.channels.count - ExplanationText.listedChannels) more channels")
        }
        if element.channels.joined().contains(where: { $0.inputIndex == nil }) {
            lines.append(
                problem.isTransposed
                    ? "  (-: the tap brings no input here)" : "  (pad: the tap lies outside the input and is skipped)")
        }
        lines.append("  y\(bracketed(element.index)) = \(shortReal(element.sum))")
        return lines
    }

    /// The products of one channel, a few on a line, and what they come to.
    private func sumLines(_ terms: [ElementSum.Term], label: String, ending: String) -> [String] {
        let columns = style.columns ?? .max
        let indent = String(repeating: " ", count: label.count - 2)
        var lines: [String] = []
        var line = label
        var count = 0
        for term in terms {
            let text = term.inputIndex == nil ? absent : product(term)
            if count == ExplanationText.lineTerms || (count > 0 && line.count + 3 + text.count > columns) {
                lines.append(line)
                (line, count) = (indent + "+ " + text, 1)
            } else {
                line += (count > 0 ? " + " : "") + text
                count += 1
            }
        }
        return line.count + ending.count > columns ? lines + [line, indent + ending] : lines + [line + ending]
    }

    /// In place of a tap that reads nothing.
    private var absent: String { problem.isTransposed ? "-" : "pad" }

    private var tapNames: [String] { problem.rank == 1 ? ["t"] : ["kz", "ky", "kx"].suffix(problem.rank) }
    private var indexNames: String { (["c"] + tapNames).joined(separator: ", ") }

    private func weightFormula(_ element: ElementSum) -> String {
        let channel = element.index[element.index.count - problem.rank - 1]
        guard problem.isTransposed else { return "[\(channel), \(indexNames)]" }
        let first = problem.firstChannel(of: channel)
        let filter = channel % (problem.outputChannels / problem.groups)
        return "[" + ([first == 0 ? "c" : "\(first) + c", "\(filter)"] + tapNames).joined(separator: ", ") + "]"
    }

    /// Where the window reads, with the numbers of the element.
    private func inputFormula(_ element: ElementSum) -> String {
        let places = zip(element.index.suffix(problem.rank), problem.spatialAxes)
        let positions = zip(places, tapNames).map { place, tap in
            let (position, axis) = place
            return problem.isTransposed
                ? "(\(position) + \(axis.before) - \(tap) * \(axis.dilation)) / \(axis.stride)"
                : "\(position) * \(axis.stride) - \(axis.before) + \(tap) * \(axis.dilation)"
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
