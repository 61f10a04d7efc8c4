// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How a launch of a build times one item: requests short enough that a change of the machine's speed meets both builds,
/// or the repetitions and the probes, alike.
enum Visit {
    /// Requests of each build in a visit.
    static let requests = 4
    /// About how long each is to take, in seconds.
    static let slice = 0.01

    /// As many repetitions as fill the slice, each with its untimed run before it.
    static func repetitions(milliseconds: Double) -> Int {
        Int(min(max(slice * 1e3 / (2 * milliseconds), 3), 60))
    }

    /// Whose turn it is, of two: each pair of turns in the reverse order of the one before, so that a steady drift
    /// cancels.
    static func turns(first: Int) -> [Int] {
        (0..<requests).flatMap { $0.isMultiple(of: 2) ? [first, 1 - first] : [1 - first, first] }
    }
}

/// What one launch showed of one item.
struct Sample: Equatable, Sendable {
    /// The natural logarithm of the head's time over the reference's.
    let logRatio: Double
    let referenceMs: Double
    let headMs: Double
    let referenceAlgorithm: String
    let headAlgorithm: String
    let isa: String
}

/// Where samples come from.
protocol Sampler {
    /// Launches the builds anew and visits the items in turn.
    /// - Parameter progress: Told before each visit which it is.
    /// - Returns: A sample an item; nil where the machine was busy with something else.
    mutating func round(_ items: [CheckedLayer], progress: (CheckedLayer) -> Void) throws -> [Sample?]
}

/// Two builds in turns.
struct PairedSampler: Sampler {
    let head: String
    let base: String
    let patience: Double
    private var rounds = 0

    init(head: String, base: String, patience: Double) {
        self.head = head
        self.base = base
        self.patience = patience
    }

    mutating func round(_ items: [CheckedLayer], progress: (CheckedLayer) -> Void) throws -> [Sample?] {
        // Who is launched first and who begins change from round to round, each with each.
        let launchedFirst = rounds % 2
        let beginner = rounds / 2 % 2
        rounds += 1
        let paths = [head, base]
        var tools: [Int: ServedTool] = [:]
        defer { tools.values.forEach { $0.stop() } }
        for index in [launchedFirst, 1 - launchedFirst] {
            tools[index] = try ServedTool(path: paths[index], patience: patience)
        }
        return try items.map { item in
            progress(item)
            return try sample(item, [tools[0]!, tools[1]!], first: beginner)
        }
    }

    private func sample(_ item: CheckedLayer, _ tools: [ServedTool], first: Int) throws -> Sample {
        let warm = try tools.map { try $0.time(item, repetitions: 1) }
        let repetitions = Visit.repetitions(milliseconds: max(warm[0].minMs, warm[1].minMs))
        var fastest = [Double.infinity, .infinity]
        for turn in Visit.turns(first: first) {
            fastest[turn] = min(fastest[turn], try tools[turn].time(item, repetitions: repetitions).minMs)
        }
        return Sample(
            logRatio: log(fastest[0] / fastest[1]), referenceMs: fastest[1], headMs: fastest[0],
            referenceAlgorithm: warm[1].resolved, headAlgorithm: warm[0].resolved, isa: warm[0].isa)
    }
}
