// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What measuring has found, as a file keeps it: the latest last.
struct TuningRecord: Codable, Equatable {
    /// The winner for one problem, and the time of each candidate.
    struct Entry: Codable, Equatable {
        let problem: String
        let execution: String
        let machine: String
        let algorithm: String
        let milliseconds: [String: Double]

        func isOf(_ other: TuningKey) -> Bool {
            problem == other.problem && execution == other.execution && machine == other.machine
        }
    }

    static let formatName = "swift-convolution tuning"
    static let latestVersion = 1
    /// A network has hundreds of layers; a record that grows without end would be a leak.
    static let mostEntries = 4096
    /// As large as so many entries can be, and a margin: no more of a file is read.
    static let mostBytes = 4 << 20

    private let format: String
    private let version: Int
    private(set) var entries: [Entry]

    init() {
        format = TuningRecord.formatName
        version = TuningRecord.latestVersion
        entries = []
    }

    /// The record of a file; an empty one if there is no file.
    ///
    /// - Throws: `ConvolutionError.tuningFile` if it can't be read or is not a record, `.tuningFileFailure` if the system
    ///   would not read it.
    init(contentsOf path: FilePath) throws(ConvolutionError) {
        func unusable(_ reason: String) -> ConvolutionError { .tuningFile(path: path.description, reason: reason) }
        guard let data = try TuningRecord.bytes(of: path) else {
            self.init()
            return
        }
        guard let record = try? JSONDecoder().decode(TuningRecord.self, from: data),
            record.format == TuningRecord.formatName
        else {
            throw unusable("it isn't a record of tunings, and is left as it is")
        }
        guard record.version == TuningRecord.latestVersion else {
            throw unusable("it has version \(record.version); \(TuningRecord.latestVersion) is what is read")
        }
        self = record
    }

    /// The bytes of a file; nil if there is no file.
    private static func bytes(of path: FilePath) throws(ConvolutionError) -> Data? {
        var status = stat()
        switch path.call({ stat($0, &status) }) {
        case .failure(ENOENT):
            return nil
        case .success where status.st_mode & S_IFMT != S_IFREG:
            // A pipe or a device could keep its reader for ever.
            throw .tuningFile(path: path.description, reason: "it isn't a regular file")
        default:
            break
        }
        do throws(FileError) {
            return try Data(contentsOfFile: path, most: mostBytes)
        } catch {
            throw .tuningFile(error)
        }
    }

    /// Replaces a file as a whole.
    ///
    /// - Throws: `ConvolutionError.tuningFile`, or `.tuningFileFailure` if the disk is full.
    func write(to path: FilePath) throws(ConvolutionError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try replaceFile(path, with: Array(encoder.encode(self)))
        } catch let error as FileError {
            throw .tuningFile(error)
        } catch {
            throw .tuningFile(path: path.description, reason: error.localizedDescription)
        }
    }

    func entry(_ key: TuningKey) -> Entry? {
        entries.last { $0.isOf(key) }
    }

    /// Adds a finding in the place of an older one for the same key.
    mutating func add(_ finding: TuningFinding, for key: TuningKey) {
        entries.removeAll { $0.isOf(key) }
        if entries.count >= TuningRecord.mostEntries {
            entries.removeFirst(entries.count - TuningRecord.mostEntries + 1)
        }
        entries.append(
            Entry(
                problem: key.problem, execution: key.execution, machine: key.machine,
                algorithm: finding.algorithm.rawValue,
                milliseconds: [String: Double](
                    uniqueKeysWithValues: finding.milliseconds.map { ($0.key.rawValue, $0.value) })))
    }
}

/// What measuring found for one problem.
struct TuningFinding: Sendable, Equatable {
    let algorithm: Algorithm
    let milliseconds: [Algorithm: Double]

    init(algorithm: Algorithm, milliseconds: [Algorithm: Double]) {
        self.algorithm = algorithm
        self.milliseconds = milliseconds
    }

    /// nil if the entry names an algorithm that is not known.
    init?(_ entry: TuningRecord.Entry) {
        guard let algorithm = Algorithm(rawValue: entry.algorithm) else { return nil }
        self.algorithm = algorithm
        var milliseconds: [Algorithm: Double] = [:]
        for (name, time) in entry.milliseconds {
            if let algorithm = Algorithm(rawValue: name) { milliseconds[algorithm] = time }
        }
        self.milliseconds = milliseconds
    }
}

/// What a finding is valid for, in words: equal words, equal conditions.
struct TuningKey: Equatable {
    let problem: String
    let execution: String
    let machine: String

    init(_ problem: ConvolutionProblem, _ machine: Choice.Machine, _ options: ConvolutionOptions) {
        // Of one axis as of two.
        let axes = problem.axes.values(rank: max(2, problem.rank))
        func sizes(_ value: (Axis) -> Int) -> String { axes.map { "\(value($0))" }.joined(separator: "x") }
        let padding = axes.map { "\($0.before),\($0.after)" }.joined(separator: ",")
        let weight =
            "\(problem.outputChannels)x\(problem.inputChannels / problem.groups)x\(sizes(\.kernel))"
        self.problem =
            "\(problem.batch)x\(problem.inputChannels)x\(sizes(\.input)), weight \(weight), stride \(sizes(\.stride)), "
            + "padding \(padding), dilation \(sizes(\.dilation)), groups \(problem.groups), \(problem.layout)"
        let limit = options.workspaceLimit.map { "at most \($0) bytes of workspace" } ?? "any workspace"
        execution =
            "\(machine.instructionSet), \(machine.threads) threads of \(machine.executor), \(options.precision), \(limit)"
        self.machine =
            "\(MachineProbe.processorName), \(ExecutorKind.processorCount) cores, kernels \(TuningKey.kernelFingerprint)"
    }

    /// Changes with the version of the library and with its list of kernels (the hash FNV-1a of what is known of them).
    private static let kernelFingerprint: String = {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for kernel in Kernel.all {
            for byte in "\(kernel.name) \(kernel.lanes) \(kernel.tilePixels) \(kernel.tileChannels);".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        return "\(ConvolutionLibrary.version)-" + String(hash, radix: 16)
    }()
}

extension ConvolutionError {
    /// Why a record can't be used.
    fileprivate static func tuningFile(_ error: FileError) -> ConvolutionError {
        switch error.storage {
        case .unreadable(let path, let reason), .unwritable(let path, let reason), .malformed(let path, let reason):
            .tuningFile(path: path, reason: reason)
        default: .tuningFileFailure(error)
        }
    }
}
