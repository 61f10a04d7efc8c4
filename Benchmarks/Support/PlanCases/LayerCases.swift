// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

extension PlanCase {
    /// Layers of the tables that `convolve bench --network mixed` and `family` read, computed as a user would have them:
    /// algorithm, instruction set and threads chosen by the plan.
    ///
    /// - Parameters:
    ///   - names: Which layers of the tables.
    ///   - threads: Threads of the executor `dispatch`.
    /// - Throws: The error of reading a table, `MissingLayer` for a name that is not in it.
    public static func layers(named names: [String], threads: Int) throws -> [PlanCase] {
        // The tables are the tool's own files, found from this file's place, as a target cannot name a resource outside.
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let rows = try ["layers", "family"].flatMap { table in
            let path = root.appending(path: "Sources/convolve/Resources/layers/\(table).json")
            return try JSONDecoder().decode([Row].self, from: Data(contentsOf: path))
        }
        return try names.map { name in
            guard let row = rows.first(where: { $0.name == name }) else { throw MissingLayer(name: name) }
            // Workers that have left are woken through Dispatch, which allocates. The plan's promise is of warm ones, so
            // these stay while the machine does something else.
            let options = ConvolutionOptions(executor: .dispatch, threads: threads, spinMicroseconds: 10_000_000)
            return PlanCase(
                name: "\(name).\(threads)t", problem: try row.problem(), options: options, kernel: nil)
        }
    }

    private struct Row: Decodable {
        let name: String
        let op: String?
        let rank: Int
        let n: Int
        let c: Int
        let size: [Int]
        let k: Int
        let kernel: [Int]
        let stride: [Int]
        let padding: [Int]
        let dilation: [Int]
        let groups: Int
        let outputPadding: [Int]?

        enum CodingKeys: String, CodingKey {
            case name, op, rank, n, c, size, k, kernel, stride, padding, dilation, groups
            case outputPadding = "output_padding"
        }

        func problem() throws -> ConvolutionProblem {
            if op?.hasPrefix("conv_transpose") == true {
                return try ConvolutionProblem.transposed(
                    inputShape: [n, c] + size, weightShape: [c, k / groups] + kernel, rank: rank,
                    stride: Extents(stride), padding: Padding(padding), outputPadding: Extents(outputPadding ?? [0]),
                    groups: groups, dilation: Extents(dilation))
            }
            return try ConvolutionProblem(
                inputShape: [n, c] + size, weightShape: [k, c / groups] + kernel, rank: rank,
                stride: Extents(stride), padding: Padding(padding), dilation: Extents(dilation), groups: groups)
        }
    }
}

/// The tables have no layer of this name.
public struct MissingLayer: Error, CustomStringConvertible {
    let name: String

    /// A sentence.
    public var description: String { "the tables of layers have no layer \(name)" }
}
