// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What a shell offers for the values of options; `convolve --generate-completion-script` writes the script for it.
extension CompletionKind {
    static let jsonFiles = CompletionKind.file(extensions: ["json"])
    static let tensorFiles = CompletionKind.file(extensions: ["npy", "safetensors"])

    /// Values with commas between them: each is offered behind those that are there, but not twice.
    static func commaSeparated(_ values: [String]) -> CompletionKind {
        .custom { _, _, prefix in
            let head = prefix.lastIndex(of: ",").map { String(prefix[...$0]) } ?? ""
            let taken = Set(head.split(separator: ",").map(String.init))
            return values.filter { !taken.contains($0) }.map { head + $0 }
        }
    }

    /// Names of layers: of the table or the network that the command line names, else of `network`, or of all.
    static func layerNames(of network: Network? = nil) -> CompletionKind {
        .custom { words, _, _ in layerNames(words, network) }
    }

    static func layerNames(_ words: [String], _ network: Network?) -> [String] {
        func value(of option: String) -> String? {
            words.lastIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        if let path = value(of: "--layers") { return ((try? LayerTable.load(path: path)) ?? []).map(\.name) }
        guard let network = value(of: "--network").flatMap(Network.init(rawValue:)) ?? network else {
            return LayerTable.allNames
        }
        return ((try? LayerTable.load(network)) ?? []).map(\.name)
    }
}
