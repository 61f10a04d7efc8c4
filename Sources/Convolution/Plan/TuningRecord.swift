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
    /// - Throws: `ConvolutionError.tuningFile` if it can't be read or is not a record.
    init(contentsOf path: String) throws(ConvolutionError) {
        guard let data = try TuningRecord.bytes(of: path) else {
            self.init()
            return
        }
        guard data.count <= TuningRecord.mostBytes else {
            throw .tuningFile(path: path, reason: "it has more than \(TuningRecord.mostBytes) bytes")
        }
        guard let record = try? JSONDecoder().decode(TuningRecord.self, from: data),
            record.format == TuningRecord.formatName
        else {
            throw .tuningFile(path: path, reason: "it isn't a record of tunings, and is left as it is")
        }
        guard record.version == TuningRecord.latestVersion else {
            throw .tuningFile(
                path: path, reason: "it has version \(record.version); \(TuningRecord.latestVersion) is what is read")
        }
        self = record
    }

    /// The bytes of a file, one more than are allowed at most; nil if there is no file.
    private static func bytes(of path: String) throws(ConvolutionError) -> Data? {
        do {
            // A pipe or a device could keep its reader for ever.
            let type =
                try FileManager.default.attributesOfItem(
                    atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)[.type] as? FileAttributeType
            guard type == .typeRegular else {
                throw ConvolutionError.tuningFile(path: path, reason: "it isn't a regular file")
            }
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            return try file.read(upToCount: mostBytes + 1) ?? Data()
        } catch let error as ConvolutionError {
            throw error
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return nil
        } catch {
            throw .tuningFile(path: path, reason: (error as NSError).localizedDescription)
        }
    }

    /// Replaces a file as a whole.
    ///
    /// - Throws: `ConvolutionError.tuningFile`.
    func write(to path: String) throws(ConvolutionError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .tuningFile(path: path, reason: (error as NSError).localizedDescription)
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
        func pair(_ value: (Axis) -> Int) -> String { "\(value(problem.height))x\(value(problem.width))" }
        func ends(_ axis: Axis) -> String { "\(axis.before),\(axis.after)" }
        self.problem =
            "\(problem.batch)x\(problem.inputChannels)x\(pair(\.input)), weight \(problem.outputChannels)x"
            + "\(problem.channelsPerGroup)x\(pair(\.kernel)), stride \(pair(\.stride)), padding "
            + "\(ends(problem.height)),\(ends(problem.width)), dilation \(pair(\.dilation)), groups \(problem.groups), "
            + "\(problem.layout)"
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
