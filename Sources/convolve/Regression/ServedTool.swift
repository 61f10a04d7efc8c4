// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A build of `convolve` as a process that times layers on request.
///
/// Whatever it does wrong, to die, to be silent or to answer nonsense, is a `Failure` with exit code 2 that names it.
final class ServedTool {
    let path: String
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private let patience: Double
    private var unread = Data()

    /// - Parameters:
    ///   - path: The program.
    ///   - patience: How long to wait for an answer, in seconds.
    init(path: String, patience: Double) throws {
        self.path = path
        self.patience = patience
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["bench", "--serve"]
        process.standardInput = requests
        process.standardOutput = answers
        // Each launch of a debug build would repeat its note.
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw Failure(.couldNotMeasure, "\(path) cannot be started")
        }
        // The parent's ends of what the child uses: without them a dead child is an end of file.
        try? requests.fileHandleForReading.close()
        try? answers.fileHandleForWriting.close()
    }

    /// Its number among the system's processes.
    var identifier: Int32 { process.processIdentifier }

    /// Lets it end, and makes it if it doesn't.
    func stop() {
        try? requests.fileHandleForWriting.close()
        if !hasEnded(within: 1) {
            kill(process.processIdentifier, SIGKILL)
            _ = hasEnded(within: 1)
        }
    }

    // Not waitUntilExit(), which also waits for processes that the program has left behind.
    private func hasEnded(within seconds: Double) -> Bool {
        let end = ContinuousClock().now.advanced(by: .seconds(seconds))
        while process.isRunning, ContinuousClock().now < end { usleep(500) }
        return !process.isRunning
    }

    /// Times an item.
    func time(_ item: CheckedLayer, repetitions: Int) throws -> ServeAnswer {
        let line = try encodeJSON(ServeRequest(item: item, repetitions: repetitions), pretty: false) + "\n"
        guard writeAll(line, to: requests.fileHandleForWriting.fileDescriptor) == 0 else { throw ended() }
        let text = try readLine(for: item)
        if let refusal = try? JSONDecoder().decode(BenchServer.Refusal.self, from: text) {
            throw Failure(.couldNotMeasure, "\(path) does not time \(item.title): \(refusal.error)")
        }
        guard let answer = try? JSONDecoder().decode(ServeAnswer.self, from: text), answer.isPlausible,
            answer.layer == item.layer.name, answer.threads == item.threads
        else {
            let words = String(decoding: text.prefix(80), as: UTF8.self)
            throw Failure(.couldNotMeasure, "\(path) answers nonsense for \(item.title): '\(words)'")
        }
        return answer
    }

    private func readLine(for item: CheckedLayer) throws -> Data {
        let descriptor = answers.fileHandleForReading.fileDescriptor
        let end = ContinuousClock().now.advanced(by: .seconds(patience))
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            if let newline = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(unread[..<newline])
                unread = Data(unread[(newline + 1)...])
                return line
            }
            let left = (end - ContinuousClock().now) / .milliseconds(1)
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = left > 0 ? poll(&waiting, 1, Int32(left.rounded(.up))) : 0
            if ready < 0 && errno == EINTR { continue }
            guard ready > 0 else {
                throw Failure(
                    .couldNotMeasure, "\(path) has not answered for \(item.title) in \(short(patience)) s")
            }
            let count = read(descriptor, &bytes, bytes.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ended() }
            unread.append(contentsOf: bytes[..<count])
        }
    }

    private func ended() -> Failure {
        stop()
        let status = process.isRunning ? "its output is closed" : describe(process)
        return Failure(.couldNotMeasure, "\(path) bench --serve has ended (\(status)) instead of answering")
    }

    private func describe(_ process: Process) -> String {
        process.terminationReason == .exit
            ? "exit code \(process.terminationStatus)" : "signal \(process.terminationStatus)"
    }
}
