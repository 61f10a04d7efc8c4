// SPDX-License-Identifier: Apache-2.0

import Convolution

/// Where the products of a transposed convolution of one axis land: a line for each input, a column for each output.
///
///     x[0] = 0      0   0   0
///     x[1] = 1              0.1 0.2 0.3
struct Landing {
    private let problem: ConvolutionProblem
    private let data: ExampleData
    private let style: Style

    /// Inputs that have a line.
    private static let mostInputs = 16

    init(_ problem: ConvolutionProblem, data: ExampleData, style: Style) {
        (self.problem, self.data, self.style) = (problem, data, style)
    }

    /// Nothing for more than one axis or many inputs, whose picture would not be one.
    var lines: [String] {
        let axis = problem.width
        guard problem.rank == 1, axis.input <= Landing.mostInputs, axis.input > 0 else { return [] }
        let image = problem.isUnbatched ? [] : [0]
        var rows: [[String]] = [["", "output"] + (0..<axis.output).map { "y[\($0)]" }]
        var beside = false
        for input in 0..<axis.input {
            let x = data.input(at: image + [0, input], in: problem.inputShape)
            var cells = [String](repeating: "", count: axis.output)
            for tap in 0..<axis.kernel {
                let output = input * axis.stride - axis.before + tap * axis.dilation
                guard cells.indices.contains(output) else {
                    beside = true
                    continue
                }
                let weight = data.weight(at: [0, 0, tap], in: problem.weightShape)
                cells[output] = short(Double(x) * Double(weight))
            }
            rows.append(["x[\(input)]", "= \(short(Double(x)))"] + cells)
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let table = rows.map { row in
            zip(row, widths).map { $0.padded(to: $1) }.joined(separator: " ")
        }
        let channels = problem.channelsPerSum > 1 ? ", of the first channels" : ""
        let note = beside ? ["  (products that fall beside the output are left out)"] : []
        let title =
            "Where the products of each input land\(channels): input i and tap t at i * stride - before + t * dilation"
        return [style.bold(style.fitted(title))] + table.map { style.fitted("  " + trimmed($0)) } + note
    }

    private func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
