// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A build of `convolve` as a process that times layers on request.
///
/// To die, to be silent and to answer nonsense are a `Failure` with exit code 3 that names it; to say that it does not
/// time a layer is one with exit code 2.
final class ServedTool {
    /// An answer is one line of some hundreds of bytes.
    private static let longestAnswer = 1 << 16

    let path: String
    private let process: ChildProcess
    private let patience: Double
    private var unread = Data()

    /// - Parameters:
    ///   - path: The program.
    ///   - patience: How long to wait for an answer, in seconds.
    /// - Throws: `Failure` with exit code 64 if there is no such program.
    init(path: String, patience: Double) throws {
        self.path = path
        self.patience = patience
        process = try ChildProcess(path: path, arguments: ["bench", "--serve"])
    }

    /// Its number among the system's processes.
    var identifier: Int32 { process.identifier }

    /// Lets it end, and makes it if it doesn't.
    func stop() {
        process.stop(patience: 1)
    }

    /// Times an item.
    func time(_ item: CheckedLayer, repetitions: Int) throws -> ServeAnswer {
        let line = try encodeJSON(ServeRequest(item: item, repetitions: repetitions), pretty: false) + "\n"
        guard writeAll(line, to: process.input) == 0 else { throw ended() }
        let text = try readLine(for: item)
        if let refusal = try? JSONDecoder().decode(BenchServer.Refusal.self, from: text) {
            throw Failure(.couldNotMeasure, "\(path) does not time \(item.title): \(refusal.error)")
        }
        guard let answer = try? JSONDecoder().decode(ServeAnswer.self, from: text), answer.isPlausible,
            answer.layer == item.layer.name, answer.threads == item.threads
        else {
            let words = String(decoding: text.prefix(80), as: UTF8.self)
            throw Failure(.buildFailed, "\(path) answers nonsense for \(item.title): '\(words)'")
        }
        return answer
    }

    private func readLine(for item: CheckedLayer) throws -> Data {
        let end = ContinuousClock().now.advanced(by: .seconds(patience))
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            if let newline = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(unread[..<newline])
                unread = Data(unread[(newline + 1)...])
                return line
            }
            if unread.count > ServedTool.longestAnswer {
                throw Failure(.buildFailed, "\(path) answers nonsense for \(item.title): a line without an end")
            }
            let left = (end - ContinuousClock().now) / .milliseconds(1)
            var waiting = pollfd(fd: process.output, events: Int16(POLLIN), revents: 0)
            let ready = left > 0 ? poll(&waiting, 1, Int32(left.rounded(.up))) : 0
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else {
                throw Failure(.buildFailed, "\(path) has not answered for \(item.title) in \(short(patience)) s")
            }
            let count = read(process.output, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ended() }
            unread.append(contentsOf: bytes[..<count])
        }
    }

    private func ended() -> Failure {
        process.closeInput()
        process.hasEnded(within: 1)
        let status =
            switch process.ending {
            case nil: "its output is closed"
            case .exit(let code): "exit code \(code)"
            case .signal(let number): "signal \(number)"
            }
        return Failure(.buildFailed, "\(path) bench --serve has ended (\(status)) instead of answering")
    }
}
