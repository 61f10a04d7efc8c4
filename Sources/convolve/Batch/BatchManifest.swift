// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// What is done of a batch: a line of JSON for each output, appended when it is in its place. A worker that dies loses at
/// most the line of its last output, which is then computed once more; half a line is no line.
final class BatchManifest {
    struct Entry: Codable, Equatable {
        enum CodingKeys: String, CodingKey {
            case input, output, sha256, job
            case inputBytes = "input_bytes"
            case inputModified = "input_modified"
            case outputBytes = "output_bytes"
        }

        let input: String
        let inputBytes: Int
        /// In nanoseconds since 1970.
        let inputModified: Int
        let output: String
        let outputBytes: Int
        /// Of the output's file.
        let sha256: String
        /// What the output depends on beside the input.
        let job: String
    }

    private let path: String
    private let verification: BatchVerification
    private var entries: [String: Entry] = [:]
    private var descriptor: Int32?

    /// - Parameters:
    ///   - path: Where lines are appended. The file is made with the first.
    ///   - read: Where lines are read; a file that does not exist has none.
    ///   - outputs: Those to remember; nil for all.
    init(
        writing path: String, reading read: [String], verification: BatchVerification, only outputs: Set<String>? = nil
    ) throws {
        self.path = path
        self.verification = verification
        let decoder = JSONDecoder()
        for path in read where FileState(encodeArgument(path)) != nil {
            let lines = try LineReader(encodeArgument(path))
            while let line = try lines.next() {
                guard let entry = try? decoder.decode(Entry.self, from: line),
                    outputs?.contains(entry.output) ?? true
                else { continue }
                entries[entry.output] = entry
            }
        }
        try requireWritable(encodeArgument(path))
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// The entry of a job that is done: of the same input and parameters, with the output as it was written.
    func entry(of job: BatchJob, _ fingerprint: String, _ input: FileState?) -> Entry? {
        guard let entry = entries[job.output], let input, entry.job == fingerprint, entry.input == job.input,
            entry.inputBytes == input.size, entry.inputModified == input.modified
        else { return nil }
        let path = encodeArgument(job.target.path)
        guard FileState(path)?.size == entry.outputBytes else { return nil }
        if verification == .hash, (try? hashOfFile(path))?.hash != entry.sha256 { return nil }
        return entry
    }

    /// Appends an entry in one write, so that workers may share a file of a local disk.
    func note(_ entry: Entry) throws {
        entries[entry.output] = entry
        let descriptor = try opened()
        let code = writeAll(try encodeJSON(entry, pretty: false) + "\n", to: descriptor)
        if code != 0 { throw FileError.writeFailure(path: path, errorNumber: code) }
    }

    private func opened() throws -> Int32 {
        if let descriptor { return descriptor }
        let bytes = encodeArgument(path).map(CChar.init(bitPattern:)) + [0]
        let opened = open(bytes, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard opened >= 0 else { throw FileError.writeFailure(path: path, errorNumber: errno) }
        descriptor = opened
        // What a worker that died has written of a line must not become the beginning of this one.
        var last: UInt8 = 0
        let size = lseek(opened, 0, SEEK_END)
        if size > 0, pread(opened, &last, 1, size - 1) == 1, last != UInt8(ascii: "\n") {
            _ = writeAll("\n", to: opened)
        }
        return opened
    }
}
