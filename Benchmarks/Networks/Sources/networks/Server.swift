// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// Times networks on request, so that another program can alternate with other libraries: a line of JSON for each line of
/// JSON, until standard input ends.
///
/// A network stays prepared for as long as the requests name the same one with the same number of threads.
@main
struct Server {
    struct Request: Decodable {
        let network: String
        /// The .safetensors file that the example reads.
        let weights: String
        /// Raw floats, and their shape.
        let input: String
        let shape: [Int]
        let threads: Int
        let repetitions: Int
        /// Where to write the output of the last run, as raw floats.
        let answer: String?
    }

    struct Reply: Encodable {
        var medianMs: Double?
        var minMs: Double?
        var repetitions: Int?
        var error: String?
    }

    /// What a request is about, beside how often it runs.
    private struct Key: Equatable {
        let network, weights, input: String
        let threads: Int
    }

    private typealias Prepared = (key: Key, network: any TimedNetwork, input: Tensor, output: Tensor)

    /// The others have had the caches and the clock since, and the workers are asleep.
    private static let warmUp = Duration.milliseconds(4)

    private var prepared: Prepared?

    static func main() throws {
        var server = Server()
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        while let line = readLine() {
            var reply: Reply
            do {
                reply = try server.measure(JSONDecoder().decode(Request.self, from: Data(line.utf8)))
            } catch {
                reply = Reply(error: "\(error)")
            }
            try FileHandle.standardOutput.write(contentsOf: encoder.encode(reply) + Data("\n".utf8))
        }
    }

    private mutating func measure(_ request: Request) throws -> Reply {
        var (key, network, input, output) = try ready(request)
        defer { prepared = (key, network, input, output) }
        var elements = output.mutableSpan
        let clock = ContinuousClock()
        let end = clock.now + Server.warmUp
        repeat { try network.run(input.span, into: &elements) } while clock.now < end
        var times: [Double] = []
        for _ in 0..<max(1, request.repetitions) {
            // Before each timed run an untimed one, as for the others.
            try network.run(input.span, into: &elements)
            times.append(try clock.measure { try network.run(input.span, into: &elements) } / .milliseconds(1))
        }
        times.sort()
        if let path = request.answer {
            try output.elements.withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) }
        }
        return Reply(medianMs: times[times.count / 2], minMs: times[0], repetitions: times.count)
    }

    private mutating func ready(_ request: Request) throws -> Prepared {
        let key = Key(
            network: request.network, weights: request.weights, input: request.input, threads: request.threads)
        // One network at a time is in memory, and what is prepared is held by its run alone.
        defer { prepared = nil }
        if let prepared, prepared.key == key { return prepared }
        prepared = nil
        let input = try Tensor(bytes: Data(contentsOf: URL(filePath: request.input)), shape: request.shape)
        let network = try makeNetwork(
            request.network, weights: request.weights, inputShape: request.shape,
            options: ConvolutionOptions(threads: request.threads))
        return (key, network, input, try Tensor.zeros(network.outputCount))
    }
}
