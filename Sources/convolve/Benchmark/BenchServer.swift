// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve bench --serve`: times layers on request, so that another program can alternate with other libraries.
struct BenchServer {
    /// What a line asks for beside the layer.
    struct Request: Decodable {
        let algorithm: String?
        let isa: String?
        let executor: String?
        let threads: Int?
        let precision: String?
        let repetitions: Int?
    }

    /// The answer to a request that cannot be measured. A caller that reads a line for each line stays in step.
    struct Refusal: Codable, Equatable {
        let error: String
    }

    static let defaultRepetitions = 10
    /// The programs that this one takes turns with have had the caches and the clock, and its own threads are asleep.
    private static let warmUp = 4e-3

    // The data of the layer asked for last: callers ask for one layer in many ways, one after the other.
    private var latest: LayerBenchmark?
    private var plans: [(candidate: Candidate, prepared: LayerBenchmark.Prepared)] = []
    private var probe = PeakProbe()

    /// Answers until standard input ends.
    mutating func serve() throws {
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            try StandardOutput.write(answer(line) + "\n")
        }
    }

    /// The answer to one line, in JSON.
    mutating func answer(_ line: String) throws -> String {
        do {
            return try encodeJSON(measure(line), pretty: false)
        } catch {
            guard let failure = Failure(error), failure.status == .badData else { throw error }
            return try encodeJSON(Refusal(error: failure.message ?? ""), pretty: false)
        }
    }

    private mutating func measure(_ line: String) throws -> BenchRow {
        let data = Data(line.utf8)
        let layer = try decodeJSON(Layer.self, from: data, named: "request")
        let request = try decodeJSON(Request.self, from: data, named: "request")
        let candidate = Candidate(
            algorithm: try value(request.algorithm, "algorithm") ?? .auto, isa: try value(request.isa, "isa") ?? .auto,
            executor: try value(request.executor, "executor") ?? .dispatch, threads: request.threads,
            precision: try value(request.precision, "precision") ?? .standard)
        let most = ConvolutionOptions.mostThreads
        if let threads = request.threads, !(1...most).contains(threads) {
            throw Failure.badData("threads is \(threads), not from 1 to \(most)")
        }
        if latest?.layer != layer {
            plans = []
            latest = try LayerBenchmark(layer)
        }
        guard let latest else { throw Failure(.bug, "a layer without data") }
        let prepared: LayerBenchmark.Prepared
        if let known = plans.first(where: { $0.candidate == candidate }) {
            prepared = known.prepared
        } else {
            prepared = try latest.prepare(candidate)
            plans.append((candidate, prepared))
        }
        let instructionSet = prepared.plan.instructionSet
        probe.measure([instructionSet])
        let repetitions = min(max(1, request.repetitions ?? BenchServer.defaultRepetitions), 1_000_000)
        let timings = try latest.measure(
            [prepared], minimumTime: 0, repetitions: repetitions, warmUp: BenchServer.warmUp)
        probe.measure([instructionSet])
        return latest.row(prepared, timings[0], peak: probe.peak(instructionSet))
    }

    private func value<Value: ExpressibleByArgument>(_ text: String?, _ name: String) throws -> Value? {
        guard let text else { return nil }
        guard let value = Value(argument: text) else {
            throw Failure.badData(
                "\(name) is '\(text)', not one of \(Value.allValueStrings.joined(separator: ", "))")
        }
        return value
    }
}
