// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Convolution
import Foundation

/// `convolve run-batch`: many convolutions of files, on one of many machines.
struct RunBatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-batch",
        abstract: "Compute convolutions of many files, as one of many workers.",
        discussion: """
            Jobs are lines of JSON, of a file or of standard input (-), or the .npy files of a folder and of the folders in \
            it. A job is an object with 'input' and 'output', which are written as for 'run', and may have: id, weight, \
            bias, op, stride, padding ("same", "valid", a number, or a list of numbers or pairs), pads, dilation, groups, \
            output_padding, output_size, padding_mode and layout. What it does not have is taken from the options. A plan serves all inputs of one \
            shape. How it is computed does not depend on --threads, and so neither do the bits of the outputs.

            Each job is answered by a line of JSON on standard output: its number 'line', input, output, 'status' (done, \
            skipped or failed), and the shape, bytes and sha256 of the output, or 'error', 'code' and 'exit_code'. A job \
            that fails does not stop the others.

            An output is written as a whole, and then a line about it into a manifest. A job whose output is there, with the \
            size and the SHA-256 that the manifest says, of the same input (by size and time of change), weight, options \
            and version, is skipped: a batch that was interrupted goes on where it was. A folder's manifest is \
            manifest.jsonl in the folder of the outputs, or manifest-I-of-N.jsonl of a shard, and all manifest*.jsonl there \
            are read.

            Exit code 0 if all are done or skipped, 1 if one failed, and 74 if the system was the reason for one: the same \
            command once more then does what is left.
            """)

    @Argument(
        help: ArgumentHelp("Jobs, one a line; - is standard input.", valueName: "jobs.jsonl"),
        completion: .file(extensions: ["jsonl", "json"]))
    var jobs: String?

    @Option(
        help: ArgumentHelp("Instead of jobs: the .npy files of this folder.", valueName: "folder"),
        completion: .directory)
    var inputFolder: String?

    @Option(
        help: ArgumentHelp("Where their outputs go, under the same names.", valueName: "folder"), completion: .directory
    )
    var outputFolder: String?

    @Option(
        help: ArgumentHelp(
            "Where it is noted what is done, and looked up what was. (default: none for jobs)", valueName: "file.jsonl"),
        completion: .file(extensions: ["jsonl"]))
    var manifest: String?

    @Option(help: ArgumentHelp("Every n-th job only, the i-th of each n.", valueName: "i/n"))
    var shard = Shard.whole

    @Option(help: "What tells that an output is as the manifest says.")
    var verify = BatchVerification.hash

    @Option(name: .customLong("op"), help: "The operation. (default: the one that the weight's axes are of)")
    var operation: Operation?

    @Option(parsing: .unconditional, help: ArgumentHelp("(K, C / groups, *kernel).", valueName: "file[:key]"))
    var weight: TensorLocation?

    @Option(parsing: .unconditional, help: ArgumentHelp("(K).", valueName: "file[:key]"))
    var bias: TensorLocation?

    @OptionGroup(title: "Geometry")
    var geometry: GeometryOptions

    @Option(help: "What the padding is filled with.")
    var paddingMode: PaddingMode = .zeros

    @Option(help: "The order of the axes of input and output: (N, C, *size), or (N, *size, C) for nhwc.")
    var layout: LayoutArgument = .nchw

    @OptionGroup(title: "Execution")
    var execution: ExecutionOptions

    func validate() throws {
        guard (jobs != nil) != (inputFolder != nil) else {
            throw ValidationError("Either a file of jobs or --input-folder is needed, and not both.")
        }
        guard (inputFolder != nil) == (outputFolder != nil) else {
            throw ValidationError("--input-folder and --output-folder go together.")
        }
        if inputFolder != nil, weight == nil { throw ValidationError("--input-folder needs --weight.") }
        if [weight, bias].contains(where: { $0?.path == "-" }) {
            throw ValidationError("Weight and bias are read from files, not from standard input.")
        }
    }

    func run() throws {
        try execution.requireAvailable()
        if let operation { try geometry.check(operation) }
        var worker = BatchWorker(defaults: defaults, execution: execution)
        // Wrong for every job that names no other: said once, before anything is done.
        try worker.loadDefaults()
        if let inputFolder, let outputFolder {
            try run(try FolderBatch(from: inputFolder, to: outputFolder), &worker)
        } else if let jobs {
            try run(jobs: jobs, &worker)
        }
    }

    private var defaults: BatchJob.Parameters {
        BatchJob.Parameters(
            operation: operation, weight: weight, bias: bias, geometry: geometry.geometry, paddingMode: paddingMode,
            layout: layout)
    }

    private func run(_ folder: FolderBatch, _ worker: inout BatchWorker) throws {
        let names = folder.names.enumerated().filter { shard.contains($0.offset) }
        let path = manifest ?? folder.outputs + "/" + shard.manifestName
        let read = try manifest == nil ? folder.manifests() : [path]
        let noted = try BatchManifest(
            writing: path, reading: read, verification: verify, only: Set(names.map(\.element)))
        var tally = BatchTally()
        var progress = Progress(total: names.count)
        defer { progress.clear() }
        for (index, name) in names {
            progress.show(name)
            let job = folder.job(name, defaults)
            try report(worker.result(of: job, line: index + 1, noted), &tally, &progress)
        }
        try finish(tally, &progress)
    }

    private func run(jobs: String, _ worker: inout BatchWorker) throws {
        let noted = try manifest.map { try BatchManifest(writing: $0, reading: [$0], verification: verify) }
        var tally = BatchTally()
        var progress = Progress(total: 0)
        let lines = try LineReader(inputLocation(jobs))
        var (line, index) = (0, 0)
        while let data = try lines.next() {
            line += 1
            if data.allSatisfy({ [9, 10, 13, 32].contains($0) }) { continue }
            defer { index += 1 }
            guard shard.contains(index) else { continue }
            let result: BatchResult
            do {
                result = worker.result(of: try BatchJob(data, defaults), line: line, noted)
            } catch {
                result = BatchResult(line: line, failure: error)
            }
            try report(result, &tally, &progress)
        }
        try finish(tally, &progress)
    }

    /// Goes on without a reader: the outputs are what it is done for.
    private func report(_ result: BatchResult, _ tally: inout BatchTally, _ progress: inout Progress) throws {
        tally.add(result)
        progress.done += 1
        progress.clear()
        do { try StandardOutput.write(encodeJSON(result, pretty: false) + "\n") } catch is OutputClosed {}
    }

    private func finish(_ tally: BatchTally, _ progress: inout Progress) throws {
        progress.clear()
        StandardError.write(tally.summary + "\n")
        if tally.systemFailures > 0 { throw Failure(.system) }
        if tally.failed > 0 { throw Failure(.no) }
    }
}

/// What tells that an output is as the manifest says.
enum BatchVerification: String, ExpressibleByArgument, CaseIterable {
    /// Its size and its SHA-256: it is read.
    case hash
    /// Its size.
    case size
}

/// One of the parts that a batch is cut into: `2/8`.
struct Shard: ExpressibleByArgument, Equatable {
    let number: Int
    let count: Int

    static let whole = Shard(number: 1, count: 1)

    private init(number: Int, count: Int) {
        (self.number, self.count) = (number, count)
    }

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count >= 1, 1...count ~= number else {
            ArgumentFault.note("it is no i/n with an i from 1 to n", in: argument)
            return nil
        }
        self.init(number: number, count: count)
    }

    var defaultValueDescription: String { "\(number)/\(count)" }

    /// Whether a job belongs to it, by its index.
    func contains(_ index: Int) -> Bool { index % count == number - 1 }

    /// Each shard writes a manifest of its own: workers on several machines need not share a file.
    var manifestName: String { self == .whole ? "manifest.jsonl" : "manifest-\(number)-of-\(count).jsonl" }
}
