// SPDX-License-Identifier: Apache-2.0

import Convolution

/// What can be timed, without timing it: printed in any of the formats of the benchmark's rows.
protocol Listing {
    associatedtype Record: Encodable

    /// - Parameter isComplete: Whether columns that say the same of all records are wanted too.
    func table(isComplete: Bool) -> TextTable
    /// For JSON.
    var records: [Record] { get }
    /// A line under the table; "" for none.
    var total: String { get }
}

extension Listing {
    func text(_ format: BenchFormat, style: Style) throws -> String {
        switch format {
        case .table:
            table(isComplete: false).text(style: style) + (total.isEmpty ? "" : "\n" + style.paragraph(total))
        case .markdown: table(isComplete: false).markdown
        case .csv: table(isComplete: true).commaSeparated
        case .json: try encodeJSON(records, pretty: true) + "\n"
        }
    }
}

/// The networks that come with the tool: `convolve bench --network list`.
struct NetworkListing: Listing {
    struct Record: Encodable {
        let network: String
        let summary: String
        /// Layers that differ in shape.
        let shapes: Int
        /// All layers.
        let convolutions: Int
        /// Of the direct convolutions.
        let multiplications: Double
    }

    let records: [Record]
    let total = ""

    init() throws {
        records = try Network.allCases.map { network in
            let layers = try LayerTable.load(network)
            return Record(
                network: network.rawValue, summary: network.summary, shapes: layers.count,
                convolutions: layers.map(\.multiplicity).reduce(0, +), multiplications: try layers.multiplications)
        }
    }

    func table(isComplete: Bool) -> TextTable {
        var table = TextTable([
            TextTable.Column("network"), TextTable.Column("layers of"),
            TextTable.Column("shapes", .right, dispensable: 2),
            TextTable.Column("convolutions", .right, dispensable: 1), TextTable.Column("GMAC", .right),
        ])
        for record in records {
            table.add([
                record.network, record.summary, "\(record.shapes)", "\(record.convolutions)",
                fixed(record.multiplications / 1e9, 2),
            ])
        }
        return table
    }
}

/// The layers of a table: `convolve bench --list`.
struct LayerListing: Listing {
    /// A row that `--layers` reads again, with the shapes that follow from it.
    struct Record: Encodable {
        let layer: Layer
        let problem: ConvolutionProblem

        private enum Keys: String, CodingKey {
            case inputShape = "input_shape"
            case weightShape = "weight_shape"
            case outputShape = "output_shape"
            case multiplications
        }

        func encode(to encoder: any Encoder) throws {
            try layer.encode(to: encoder)
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(problem.inputShape, forKey: .inputShape)
            try container.encode(problem.weightShape, forKey: .weightShape)
            try container.encode(problem.outputShape, forKey: .outputShape)
            try container.encode(problem.multiplications, forKey: .multiplications)
        }
    }

    let records: [Record]
    let total: String

    /// - Throws: `Failure` with exit code 65 for a layer whose shapes are wrong.
    init(_ layers: [Layer], title: String) throws {
        records = try layers.map { Record(layer: $0, problem: try $0.problem()) }
        total = title
    }

    func table(isComplete: Bool) -> TextTable {
        let geometry = LayerListing.geometry.filter { column in
            isComplete || records.contains { column.text($0.layer) != column.usual }
        }
        var table = TextTable(
            [TextTable.Column("layer"), TextTable.Column("input", dispensable: 0), TextTable.Column("weight")]
                + geometry.map { TextTable.Column($0.title, dispensable: $0.dispensable) } + [
                    TextTable.Column("output", dispensable: 5), TextTable.Column("count", .right, dispensable: 3),
                    TextTable.Column("MFLOP", .right, dispensable: 4),
                ])
        for record in records {
            let (layer, problem) = (record.layer, record.problem)
            let cells = [singleLine(layer.name), list(problem.inputShape), list(problem.weightShape)]
            table.add(
                cells + geometry.map { $0.text(layer) } + [
                    list(problem.outputShape), "\(layer.multiplicity)", compact(2e-6 * problem.multiplications),
                ])
        }
        return table
    }

    /// What a layer has beside its shapes, each as the options of the tool take it, one number where all are the same.
    private static let geometry:
        [(title: String, usual: String, dispensable: Int?, text: @Sendable (Layer) -> String)] = [
            ("operation", "-", 1, { $0.operation?.isTransposed == true ? "transposed" : "-" }),
            ("stride", "1", nil, { brief($0.stride) }), ("padding", "0", nil, { padding($0) }),
            ("dilation", "1", 2, { brief($0.dilation) }), ("groups", "1", 1, { "\($0.groups)" }),
            ("output padding", "0", 2, { brief($0.outputPadding ?? [0]) }),
            ("layout", "nchw", nil, { ($0.layout ?? .nchw).rawValue }),
        ]

    private static func brief(_ values: [Int]) -> String {
        Set(values).count == 1 ? "\(values[0])" : IntegerList(values).defaultValueDescription
    }

    private static func padding(_ layer: Layer) -> String {
        switch layer.padding {
        case .amounts(let amounts): brief(amounts)
        case .pairs(let values): "pads " + IntegerList(values).defaultValueDescription
        case .same: "same"
        case .valid: "0"
        }
    }

    private func list(_ values: [Int]) -> String { IntegerList(values).defaultValueDescription }
}
