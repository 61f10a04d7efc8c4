// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// One integer, or several with commas between them: `2`, `2,1`.
struct IntegerList: ExpressibleByArgument, Equatable, Sendable {
    let values: [Int]

    init(_ values: [Int]) { self.values = values }

    init?(argument: String) {
        guard let values = readList(argument, { Int($0) }, fault: "is no integer") else { return nil }
        self.values = values
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

/// Real numbers with commas between them: `0.1,0.2,0.3`.
struct RealList: ExpressibleByArgument, Equatable, Sendable {
    let values: [Float]

    init?(argument: String) {
        guard let values = readList(argument, { Float($0) }, fault: "is no number") else { return nil }
        self.values = values
    }
}

/// Values of one kind with commas between them: `direct,winograd4`.
struct ValueList<Value: ExpressibleByArgument & Equatable & Sendable>: ExpressibleByArgument, Equatable, Sendable {
    let values: [Value]

    init(_ values: [Value]) { self.values = values }

    init?(argument: String) {
        let known = Value.allValueStrings.joined(separator: ", ")
        guard let values = readList(argument, { Value(argument: $0) }, fault: "is none of \(known)") else { return nil }
        // A name given twice would be timed twice and listed twice.
        self.values = values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    var defaultValueDescription: String { values.map(\.defaultValueDescription).joined(separator: ",") }

    static var allValueStrings: [String] { Value.allValueStrings }

    static var defaultCompletionKind: CompletionKind { .commaSeparated(allValueStrings) }
}

/// The values of a list with commas between them; nil, having noted the first that is none, if not all are.
private func readList<Value>(_ argument: String, _ read: (String) -> Value?, fault: String) -> [Value]? {
    var values: [Value] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
        guard let value = read(String(part)) else {
            ArgumentFault.note("'\(part)' \(fault)", in: argument)
            return nil
        }
        values.append(value)
    }
    return values
}
