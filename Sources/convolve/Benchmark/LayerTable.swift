// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tables of layers.
enum LayerTable {
    static func load(_ network: Network) throws -> [Layer] {
        try decode(Data(network.table), named: "the table of \(network.rawValue)")
    }

    static func load(path: String) throws -> [Layer] {
        try decode(readFile(path), named: path)
    }

    /// The layers whose names contain the text; all without one.
    /// - Throws: `Failure` with exit code 65 if there is none. It says where there are some.
    static func filtered(_ table: [Layer], by filter: String?) throws -> [Layer] {
        guard let filter else { return table }
        let selected = table.filter { $0.name.contains(filter) }
        if selected.isEmpty {
            let names = table.prefix(3).map(\.name).joined(separator: ", ")
            throw Failure.badData(
                "no layer's name contains '\(filter)' among the \(table.count) of the table: \(names)"
                    + (table.count > 3 ? ", ..." : "") + (hint(filter, besides: table).map { "; \($0)" } ?? ""))
        }
        return selected
    }

    /// The layer of this name in any of the tables that come with the tool.
    /// - Throws: `Failure` with exit code 65 if there is none. It names some that are alike.
    static func layer(named name: String) throws -> Layer {
        for network in Network.allCases {
            if let layer = try load(network).first(where: { $0.name == name }) { return layer }
        }
        throw Failure.badData(
            "no layer is named '\(name)' in the tables that come with the tool"
                + (alike(name).map { "; \($0)" } ?? ", which 'convolve bench --list --network NAME' prints"))
    }

    /// The names in all tables that come with the tool, in their order.
    static var allNames: [String] {
        Network.allCases.flatMap { network in ((try? load(network)) ?? []).map(\.name) }.uniqued()
    }

    private static func decode(_ data: Data, named name: String) throws -> [Layer] {
        let layers = try decodeJSON([Layer].self, from: data, named: name)
        if layers.isEmpty { throw Failure.badData("\(name): the table has no layers") }
        if let layer = layers.first(where: { $0.multiplicity < 1 }) {
            throw Failure.badData("\(name): the count of layer \(layer.name) is \(layer.multiplicity), less than 1")
        }
        return layers
    }

    // MARK: Hints

    /// So many names are enough for a hint.
    private static let fewNames = 5

    /// What a filter that selects nothing may have meant: a network, layers of another table, or another case.
    private static func hint(_ filter: String, besides table: [Layer]) -> String? {
        let text = filter.lowercased()
        let here = table.filter { $0.name.lowercased().contains(text) }
        if let first = here.first { return "without regard to case '\(first.name)' does" }
        let named = Network.allCases.filter { $0.rawValue.contains(text) }
        if !named.isEmpty {
            let options = named.prefix(fewNames).map { "--network \($0.rawValue)" }.joined(separator: ", ")
            return "did you mean the layers of \(named.count == 1 ? "a network" : "one of these networks"): \(options)?"
        }
        let others = Network.allCases.filter { network in
            ((try? load(network)) ?? []).contains { $0.name.lowercased().contains(text) }
        }
        guard !others.isEmpty else { return nil }
        let options = others.prefix(fewNames).map { "--network \($0.rawValue)" }.joined(separator: ", ")
        return "layers of other networks do: \(options)" + (others.count > fewNames ? ", ..." : "")
    }

    /// Names that contain the text, or a network that has it as its name.
    private static func alike(_ name: String) -> String? {
        let text = name.lowercased()
        let names = allNames.filter { $0.lowercased().contains(text) }
        guard !text.isEmpty, !names.isEmpty else { return nil }
        return "names with it in them: " + names.prefix(fewNames).joined(separator: ", ")
            + (names.count > fewNames ? ", ... (\(names.count) in all)" : "")
    }
}
