// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// One integer, or several with commas between them: `2`, `2,1`.
struct IntegerList: ExpressibleByArgument, Equatable, Sendable {
    let values: [Int]

    init(_ values: [Int]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Int($0) }
        guard values.count == parts.count else { return nil }
        self.values = values
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

/// Real numbers with commas between them: `0.1,0.2,0.3`.
struct RealList: ExpressibleByArgument, Equatable, Sendable {
    let values: [Float]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { Float($0) }
        guard values.count == parts.count else { return nil }
        self.values = values
    }
}

/// Values of one kind with commas between them: `direct,winograd4`.
struct ValueList<Value: ExpressibleByArgument & Equatable & Sendable>: ExpressibleByArgument, Equatable, Sendable {
    let values: [Value]

    init(_ values: [Value]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let values = parts.compactMap { Value(argument: $0) }
        guard values.count == parts.count, !values.isEmpty else { return nil }
        // A name given twice would be timed twice and listed twice.
        self.values = values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    var defaultValueDescription: String { values.map(\.defaultValueDescription).joined(separator: ",") }

    static var allValueStrings: [String] { Value.allValueStrings }

    static var defaultCompletionKind: CompletionKind { .commaSeparated(allValueStrings) }
}
