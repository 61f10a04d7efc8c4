// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The machine that times were taken on, as far as times of another can be compared with them.
struct MachineClass: Codable, Equatable, Sendable {
    let processor: String
    /// Vendor, family and model, where the system tells them: many models share a name.
    let identity: String
    let architecture: String
    let cores: Int
    let isas: [String]
    /// Of one thread, in GFLOP/s.
    let peak: Double
    /// Of one thread's copies in memory, in GB/s read and written.
    let bandwidth: Double

    /// Clocks differ within a class, and memory a little more; beyond this factor between the machines' balances of
    /// arithmetic and memory a layer is bound by something else.
    static let balanceTolerance = 1.6

    /// What makes this processor one of another class; nil if nothing does.
    var processorDifference: String? {
        let here = MachineClass(peak: peak, bandwidth: bandwidth)
        func differ(_ what: String, _ value: (MachineClass) -> String) -> String? {
            value(self) == value(here) ? nil : "its \(what) \(value(self)), this machine's \(value(here))"
        }
        return differ("architecture is") { $0.architecture }
            ?? differ("processor is") { "\($0.processor) (\($0.identity))" }
            ?? differ("number of cores is") { "\($0.cores)" }
            ?? differ("instruction sets are") { $0.isas.joined(separator: ", ") }
    }

    /// What is too far from these probes; nil if nothing is.
    func balanceDifference(peak: Double, bandwidth: Double) -> String? {
        let (there, here) = (self.peak / self.bandwidth, peak / bandwidth)
        guard max(there / here, here / there) > MachineClass.balanceTolerance else { return nil }
        return "its peak over its memory's bandwidth is \(fixed(there, 1)) FLOP a byte, this machine's "
            + "\(fixed(here, 1))"
    }

    /// Asks this machine; the probes are the caller's.
    init(peak: Double, bandwidth: Double) {
        processor = Processor.name
        identity = Processor.identity
        architecture = Processor.architecture
        cores = Processor.cores
        isas = InstructionSet.available.map(\.rawValue)
        self.peak = peak
        self.bandwidth = bandwidth
    }
}

/// Normalised times of layers: the file that `convolve check --baseline` compares with.
struct Baseline: Codable, Equatable, Sendable {
    /// The probe that a row's times are multiplied by: times are then numbers of the machine's own operations.
    enum Probe: String, Codable, Sendable {
        /// The arithmetic peak of one thread, which follows the core's clock, as the caches inside a core do.
        case arithmetic
        /// The bandwidth of memory.
        case memory
    }

    struct Row: Codable, Equatable, Sendable {
        let item: CheckedLayer
        /// The algorithm and the instruction set that ran.
        let resolved: String
        let isa: String
        let probe: Probe
        /// Of the launches' fastest times, in 10^6 operations or bytes of the probe.
        let time: MedianInterval
        let launches: Int

        /// Half the width of the interval of the median, as a logarithm of a ratio.
        var uncertainty: Double { log(time.high / time.low) / 2 }

        /// What no tool has written; nil if it may be one's row.
        var fault: String? {
            if !(time.low > 0 && time.low <= time.median && time.median <= time.high) {
                return "times that are not above 0 and in order"
            }
            let most = ConvolutionOptions.mostThreads
            if !(1...most).contains(item.threads) { return "\(item.threads) threads, not from 1 to \(most)" }
            return launches > 0 ? nil : "\(launches) launches"
        }
    }

    static let currentVersion = 1

    let version: Int
    let tool: String
    let machine: MachineClass
    let rows: [Row]

    init(machine: MachineClass, rows: [Row]) {
        version = Baseline.currentVersion
        tool = toolVersion
        self.machine = machine
        self.rows = rows
    }

    /// - Throws: `FileError` if the file is missing, `Failure` with exit code 65 if it is not such a file.
    static func load(path: String) throws -> Baseline {
        struct Header: Decodable {
            let version: Int
        }
        let data = try readFile(path)
        let version = try decodeJSON(Header.self, from: data, named: path).version
        guard version == currentVersion else {
            throw Failure.badData("\(path): its version is \(version), and this tool reads version \(currentVersion)")
        }
        let baseline = try decodeJSON(Baseline.self, from: data, named: path)
        guard !baseline.rows.isEmpty, baseline.machine.peak > 0, baseline.machine.bandwidth > 0 else {
            throw Failure.badData("\(path): it has no rows, or a machine whose probes are not above 0")
        }
        for row in baseline.rows {
            if let fault = row.fault { throw Failure.badData("\(path): the row of \(row.item.title) has \(fault)") }
            do {
                _ = try row.item.layer.problem()
            } catch let failure as Failure {
                throw Failure.badData("\(path): \(failure.message ?? "")")
            }
        }
        return baseline
    }

    /// The row of an item.
    func row(_ item: CheckedLayer) -> Row? { rows.first { $0.item == item } }
}

extension Baseline.Probe {
    /// What bounds a layer, by the roofline: memory if its tensors take longer to move than its operations to compute,
    /// unless it is faster than memory could be, so that they were in a cache.
    static func bound(
        operations: Double, bytes: Double, threads: Int, milliseconds: Double, peak: Double, bandwidth: Double
    ) -> Baseline.Probe {
        let computing = operations / (peak * 1e6 * Double(threads))
        let moving = bytes / (bandwidth * 1e6)
        return moving > computing && milliseconds >= moving ? .memory : .arithmetic
    }
}
